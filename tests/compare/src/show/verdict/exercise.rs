//! The verdict on an exercise and its Python twin: each is held to what the lesson
//! says that it prints.

use compare::lesson::answer::{Flaws, Printed, Rest, Said, Writers};
use compare::lesson::{Block, Exercise};
use compare::words::{count, how_it_ended};
use compare::{Ending, Transcript};

use super::{Outcome, Paragraphs};
use crate::show::side::Side;

/// So many lines are told one by one.
const TOLD: usize = 6;

/// What was found of one program: the block that it keeps to, and who wrote each line.
type Kept<'e> = (&'e Block, Writers);

/// The verdict on a Python twin and an exercise, or on the twin and the reader's own
/// program (`own`), which may print what either of the two does.
pub fn judge(
    words: &mut Paragraphs,
    [twin, other]: [&Side; 2],
    own: bool,
    exercise: &Exercise,
) -> Outcome {
    let blocks: Vec<&Block> = match own {
        false => exercise.rust.iter().collect(),
        true => exercise.rust.iter().chain(&exercise.python).collect(),
    };
    let twins: Vec<&Block> = exercise.python.iter().collect();
    let place = &exercise.place;
    let outcome = match (hold(twin, false, &twins), hold(other, own, &blocks)) {
        (Ok(one), Ok(two)) => both_keep(words, [&twin.name, &other.name], one, two),
        (one, two) => {
            let mut points = 0;
            for (side, flaws) in [(twin, one.err()), (other, two.err())] {
                points += flaws.map_or(0, |flaws| differs(words, side, &flaws));
            }
            Outcome::Different(points)
        }
    };
    words.item("  ", &format!("What each prints, and why: {place}."));
    outcome
}

/// Holds a program to the first of these blocks that it keeps to.
fn hold<'e>(side: &Side, own: bool, blocks: &[&'e Block]) -> Result<Kept<'e>, Flaws> {
    let printed = printed(side.reading.transcript(), own);
    let mut flaws: Option<Flaws> = None;
    for &block in blocks {
        match block.hold(&printed, true) {
            Ok(writers) => return Ok((block, writers)),
            // Of several answers, the one that is meant has the fewest flaws.
            Err(other)
                if flaws
                    .as_ref()
                    .is_none_or(|known| other.count() < known.count()) =>
            {
                flaws = Some(other);
            }
            Err(_) => {}
        }
    }
    Err(flaws.unwrap_or_default())
}

fn printed(transcript: &Transcript, own: bool) -> Printed {
    let mut lines: Vec<_> = transcript.lines.iter().chain(&transcript.errors).collect();
    lines.sort_by_key(|line| line.at);
    let said = |line: &&compare::Line| Said {
        writer: line.writer().map(|writer| (writer.process, writer.thread)),
        text: line.text.clone(),
    };
    let code = match transcript.ending() {
        Some(Ending::Ended(status)) => status.code(),
        _ => None,
    };
    Printed {
        // The first process of the reader's command may be a shell.
        pid: transcript.end.as_ref().filter(|_| !own).map(|end| end.pid),
        lines: lines.iter().map(said).collect(),
        code,
        waited: matches!(transcript.ending(), Some(Ending::TimeLimit(_))),
    }
}

fn both_keep(
    words: &mut Paragraphs,
    [name, other]: [&str; 2],
    (block, writers): Kept,
    (other_block, other_writers): Kept,
) -> Outcome {
    if block.text != other_block.text {
        words.say(&format!("{name} and {other} differ, as the lesson says:"));
        let only = [block.without(other_block), other_block.without(block)];
        if only.iter().all(Vec::is_empty) {
            words.item("  ", "the same lines come in another order.");
        }
        for (name, lines) in [name, other].iter().zip(only) {
            let lines = lines.into_iter().filter(|line| !line.trim().is_empty());
            for line in lines.take(TOLD) {
                words.item("  ", &format!("only {name}: `{line}`"));
            }
        }
        return Outcome::Expected;
    }
    let lines: Vec<&str> = block.text.lines().collect();
    if let Some((first, then)) = block.other_writers(&writers, &other_writers) {
        words.say("Not the same story: they differ in 1 point.");
        let (first_line, then_line) = (lines[first], lines[then]);
        let (one, two) = match writers[&first] == writers[&then] {
            true => (name, other),
            false => (other, name),
        };
        let text = format!(
            "`{first_line}` and `{then_line}` are of one process or thread from {one}, and of two \
             from {two}."
        );
        words.item("  1. ", &text);
        return Outcome::Different(1);
    }
    words.say(&format!("{name} and {other} tell the same story."));
    let lines = count(lines.len(), "line");
    words.item(
        "  ",
        &format!("Each printed the lesson's {lines}, and nothing else."),
    );
    Outcome::Same
}

/// Tells what is not as the lesson says; returns in how many points.
fn differs(words: &mut Paragraphs, side: &Side, flaws: &Flaws) -> usize {
    let name = &side.name;
    let transcript = side.reading.transcript();
    if flaws.paired == 0 {
        words.say(&format!(
            "Not this exercise: {name} prints none of its lines. Any two programs of your own are \
             compared with `cargo compare -- one -- other`."
        ));
        return 1;
    }
    let mut points = Vec::new();
    if let Some(end) = &flaws.end {
        let how = match transcript.ending() {
            Some(Ending::Ended(status)) => how_it_ended(status),
            _ => "was still running when it was ended".to_owned(),
        };
        points.push(format!("It {how}; the lesson says `{end}`."));
    }
    tell(&mut points, &flaws.missing, "is missing");
    tell(&mut points, &flaws.left, "is not in the lesson");
    match flaws.rest {
        Some(Rest::Order) => points.push("Every line came, but in another order.".to_owned()),
        Some(Rest::Numbers) => points.push(
            "Every line came, but the numbers in braces in the lesson stand for others: who prints \
             which line?"
                .to_owned(),
        ),
        None => {}
    }
    let number = count(points.len(), "point");
    words.say(&format!("Not the same story: {name} differs in {number}."));
    for (number, point) in points.iter().enumerate() {
        words.item(&format!("  {}. ", number + 1), point);
    }
    points.len()
}

fn tell(points: &mut Vec<String>, lines: &[String], what: &str) {
    let told = lines.iter().take(TOLD);
    points.extend(told.map(|line| format!("`{line}` {what}.")));
    if lines.len() > TOLD {
        points.push(format!("So it is with {} more.", lines.len() - TOLD));
    }
}
