//! The verdict by a chapter's rules.

use compare::words::count;
use compare::{Difference, Ending, Story, check, rules};

use super::{Outcome, Paragraph, Paragraphs};

/// A program's name, and the story that it told.
type NamedStory<'a> = (&'a str, &'a Story);

/// The verdict on the notes (when they could be run) and the other program.
pub fn judge(words: &mut Paragraphs, programs: &[NamedStory]) -> Outcome {
    let differences: Vec<_> = programs.iter().map(|(_, story)| check(story)).collect();
    let points = differences.iter().map(Vec::len).sum();
    if programs.len() == 1 {
        words.say(
            "There is no python3 here to run the notes, so only the chapter's rules were checked.",
        );
    }
    let outcome = if points == 0 {
        same(words, programs);
        Outcome::Same
    } else if changed_alike(programs, &differences) {
        words.say("The same story, though not the chapter's. Both differ from it:");
        list(words, &differences[0]);
        Outcome::Same
    } else {
        for ((name, _), differences) in programs.iter().zip(&differences) {
            differs(words, name, differences);
        }
        Outcome::Different(points)
    };
    for program in programs {
        notes(words, *program);
    }
    outcome
}

/// Whether two programs differ from the chapter, but not from each other:
/// somebody has changed both, and wants to know whether they still agree.
fn changed_alike(programs: &[NamedStory], points: &[Vec<Difference>]) -> bool {
    let ([(_, left), (_, right)], [left_points, right_points]) = (programs, points) else {
        return false;
    };
    let causes = |points: &[Difference]| -> Vec<String> {
        points.iter().map(|point| point.cause.clone()).collect()
    };
    let ended = [left, right].map(|story| story.transcript.ending());
    let waited = |ending| matches!(ending, Some(Ending::TimeLimit(_)));
    let succeeded = |ending: Option<Ending>| ending.is_some_and(|ending| ending.is_success());
    (ended.into_iter().all(succeeded) || ended.into_iter().all(waited))
        && causes(left_points) == causes(right_points)
        && said(left) == said(right)
}

/// All lines without their numbers, sorted.
fn said(story: &Story) -> Vec<String> {
    let known = story.told.iter().map(|told| told.expected.line.to_owned());
    let unknown = story
        .unknown
        .iter()
        .map(|&index| without_numbers(&story.transcript.lines[index].text));
    let mut said: Vec<_> = known.chain(unknown).collect();
    said.sort();
    said
}

fn without_numbers(text: &str) -> String {
    let parts = text.split(|c: char| c.is_ascii_digit());
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("0")
}

fn same(words: &mut Paragraphs, programs: &[NamedStory]) {
    match programs {
        [(left, _), (right, _)] => {
            words.say(&format!("{left} and {right} tell the same story."));
        }
        _ => words.say("It is the chapter's story."),
    }
    let checked: Vec<_> = programs
        .iter()
        .map(|(_, story)| rules::checked(story))
        .collect();
    let alike = checked.windows(2).all(|two| two[0] == two[1]);
    for ((name, _), checked) in programs.iter().zip(&checked) {
        if alike {
            return words.item("  ", &format!("Checked: {checked}."));
        }
        words.item("  ", &format!("Checked in {name}: {checked}."));
    }
}

fn differs(words: &mut Paragraphs, name: &str, differences: &[Difference]) {
    if !differences.is_empty() {
        let points = count(differences.len(), "point");
        words.say(&format!("Not the same story: {name} differs in {points}."));
        list(words, differences);
    }
}

fn list(words: &mut Paragraphs, differences: &[Difference]) {
    for (number, difference) in differences.iter().enumerate() {
        let first = format!("  {}. ", number + 1);
        words.item(&first, &difference.to_string());
        let same = |earlier: &Difference| earlier.cause == difference.cause;
        let cause = match differences[..number].iter().position(same) {
            Some(earlier) => format!("The same as in point {}.", earlier + 1),
            None => difference.cause.clone(),
        };
        words.item("     → ", &cause);
    }
}

/// What a reader should know, though it is no difference.
fn notes(words: &mut Paragraphs, (name, story): NamedStory) {
    let transcript = &story.transcript;
    let Some(end) = &transcript.end else { return };
    let says_so = |said: &Paragraph| said.text.contains("reads stdin");
    if end.read_stdin && !words.0.iter().any(says_so) {
        words.say(&format!("Note: {name} reads stdin, which is empty here."));
    }
    if !transcript.errors.is_empty() && end.ending.is_success() {
        words.say(&format!(
            "Note: {name} also printed to stderr (the lines marked `!`)."
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use compare::{Chapter, End, Line, Output};

    use super::*;

    /// A program that printed these lines, and ended so.
    fn program(lines: &[&str], ending: Ending) -> Story {
        let line = |text: &&str| Line {
            text: text.to_string(),
            ..Line::default()
        };
        let mut story = Story::new(Chapter::ProcessBasic);
        let lines = lines.iter().map(line).map(Output::Line);
        let end = End {
            ending,
            ..End::default()
        };
        lines
            .chain([Output::End(end)])
            .for_each(|output| story.record(output));
        story
    }

    const NOTES: [&str; 4] = [
        "Parent process 1.",
        "Child process will start.",
        "Run child process test (2)...",
        "Child process end.",
    ];

    fn verdict(left: &[&str], right: &[&str]) -> (String, Outcome) {
        verdict_on([
            program(left, Ending::default()),
            program(right, Ending::default()),
        ])
    }

    fn verdict_on([left, right]: [Story; 2]) -> (String, Outcome) {
        let mut words = Paragraphs::default();
        let outcome = judge(
            &mut words,
            &[("notes.py", &left), ("process-basic", &right)],
        );
        (words.wrapped(80), outcome)
    }

    #[test]
    fn the_same_story() {
        let (words, outcome) = verdict(&NOTES, &NOTES);
        assert!(matches!(outcome, Outcome::Same));
        assert!(
            words.contains("notes.py and process-basic tell the same story."),
            "{words}"
        );
    }

    #[test]
    fn two_programs_changed_alike_agree() {
        let changed = [&NOTES[..], &["Goodbye 7."]].concat();
        let also_changed = [&NOTES[..], &["Goodbye 8."]].concat();
        let (words, outcome) = verdict(&changed, &also_changed);
        assert!(matches!(outcome, Outcome::Same));
        assert!(
            words.contains("The same story, though not the chapter's."),
            "{words}"
        );
    }

    #[test]
    fn so_do_two_that_wait_for_ever() {
        let waiting = || {
            let limit = Ending::TimeLimit(Duration::from_secs(30));
            program(&NOTES[..3], limit)
        };
        let (words, outcome) = verdict_on([waiting(), waiting()]);
        assert!(matches!(outcome, Outcome::Same));
        assert!(words.contains("was still running after 30 s"), "{words}");
        let ended = program(&NOTES[..3], Ending::default());
        let (words, outcome) = verdict_on([waiting(), ended]);
        assert!(matches!(outcome, Outcome::Different(_)), "{words}");
    }

    #[test]
    fn two_programs_changed_differently_do_not() {
        let changed = [&NOTES[..], &["Goodbye."]].concat();
        let (words, outcome) = verdict(&changed, &NOTES);
        assert!(matches!(outcome, Outcome::Different(1)));
        assert!(
            words.contains("Not the same story: notes.py differs in 1 point."),
            "{words}"
        );
        let otherwise = [&NOTES[..], &["Farewell."]].concat();
        assert!(matches!(
            verdict(&changed, &otherwise).1,
            Outcome::Different(2)
        ));
    }
}
