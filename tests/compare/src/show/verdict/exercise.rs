//! The verdict on an exercise and its Python twin: each is held to what the lesson
//! says that it prints.

use compare::language::Text;
use compare::lesson::answer::{Flaws, LineWriters, Rest, WAITS};
use compare::lesson::{Block, Exercise};
use compare::words::{count, ended};
use compare::{Ending, text};

use super::{Explanation, Verdict};
use crate::show::side::Side;

/// So many lines that are missing, or too many, are told one by one.
const TOLD: usize = 6;

/// So many lines that only one of two answers has are quoted: all are in the columns.
const QUOTED: usize = 3;

/// What was found of one program: the block that it keeps to, and who wrote each line.
type Kept<'e> = (&'e Block, LineWriters);

/// The verdict on a Python twin and an exercise, or on the twin and the reader's own
/// program (`own`), which may print what either of the two does.
pub fn judge(
    words: &mut Explanation,
    [twin, other]: [&Side; 2],
    own: bool,
    exercise: &Exercise,
) -> Verdict {
    let python: Vec<&Block> = exercise.python.iter().collect();
    let mut blocks: Vec<&Block> = exercise.rust.iter().collect();
    if own {
        blocks.extend(&python);
    }
    let verdict = match (hold(twin, &python), hold(other, &blocks)) {
        (Ok(one), Ok(two)) => both_keep(words, [&twin.name, &other.name], one, two),
        (one, two) => {
            let flawed = [(twin, one.err()), (other, two.err())];
            let flawed = flawed
                .iter()
                .filter_map(|(side, flaws)| Some((side, flaws.as_ref()?)));
            Verdict::Different(
                flawed
                    .map(|(side, flaws)| differs(words, side, flaws))
                    .sum(),
            )
        }
    };
    let transcripts = [twin, other].map(|side| side.reading.transcript());
    if !transcripts.iter().all(|transcript| transcript.was_traced()) {
        words.detail(Text::new(
            "Not checked: who wrote which line, and in which order, since compare may not trace \
             programs here (ptrace).",
            "没有核对：哪一行是谁写的、按什么顺序写的，因为这里不允许 compare 用 ptrace 跟踪程序。",
        ));
    } else if exercise.compares_times() && !transcripts.iter().all(|t| t.had_cores()) {
        words.detail(Text::new(
            "Not checked: how long each part takes, since other programs kept the cores busy.",
            "没有核对各部分的用时：其他程序占用了处理器。",
        ));
    }
    let (chapter, name) = (exercise.chapter, &exercise.name);
    words.detail(text!(
        "What each prints, and why: {chapter}/README.md, \"{name}\".",
        "各打印什么、为什么，见 {chapter}/README.zh-CN.md 的“{name}”一节。"
    ));
    verdict
}

/// Holds a program to the first of these blocks that it keeps to. Of several answers,
/// the one that was meant has the fewest flaws.
fn hold<'e>(side: &Side, blocks: &[&'e Block]) -> Result<Kept<'e>, Flaws> {
    let transcript = side.reading.transcript();
    let mut flaws = Vec::new();
    for &block in blocks {
        match block.hold(transcript, true) {
            Ok(writers) => return Ok((block, writers)),
            Err(other) => flaws.push(other),
        }
    }
    Err(flaws
        .into_iter()
        .min_by_key(Flaws::count)
        .unwrap_or_default())
}

fn both_keep(
    words: &mut Explanation,
    names: [&str; 2],
    (block, writers): Kept,
    (other_block, other_writers): Kept,
) -> Verdict {
    let [name, other] = names;
    if block.text != other_block.text {
        words.say(text!(
            "{name} and {other} differ, as the lesson says:",
            "{name} 和 {other} 有差别，与教程所说的一样："
        ));
        tell_apart(words, names, [block, other_block]);
        return Verdict::AsTheLessonSays;
    }
    let lines: Vec<&str> = block.text.lines().collect();
    if let Some((first, then)) = block.other_writers(&writers, &other_writers) {
        words.say(Text::new(
            "Not the same story: they differ in 1 point.",
            "执行过程不一致：有 1 处不同。",
        ));
        let (first_line, then_line) = (lines[first], lines[then]);
        let (one, two) = match writers[&first] == writers[&then] {
            true => (name, other),
            false => (other, name),
        };
        words.point(text!(
            "`{first_line}` and `{then_line}` are of one process or thread from {one}, and of two \
             from {two}.",
            "`{first_line}` 和 `{then_line}` 在 {one} 里由同一个进程或线程打印，在 {two} 里由两个打印。"
        ));
        return Verdict::Different(1);
    }
    words.say(text!(
        "{name} and {other} tell the same story.",
        "{name} 和 {other} 的执行过程一致。"
    ));
    let (number, lines) = (lines.len(), count(lines.len(), "line"));
    words.detail(text!(
        "Each printed the lesson's {lines}, and nothing else.",
        "教程里的 {number} 行，两边都打印了，没有多余的。"
    ));
    Verdict::Same
}

/// Tells what only one of two answers has.
fn tell_apart(words: &mut Explanation, names: [&str; 2], [one, other]: [&Block; 2]) {
    let only = [one.without(other), other.without(one)];
    if only.iter().all(Vec::is_empty) {
        words.detail(Text::new(
            "The same lines come in another order.",
            "行相同，顺序不同。",
        ));
    }
    for (name, lines) in names.into_iter().zip(only) {
        let is_telling = |line: &&str| !matches!(line.trim(), "" | "...");
        let lines: Vec<&str> = lines.into_iter().filter(is_telling).collect();
        for line in lines.iter().take(QUOTED) {
            words.detail(match *line {
                WAITS => text!("only {name}: `{line}`", "只有 {name} 一直阻塞"),
                _ => text!("only {name}: `{line}`", "只有 {name}：`{line}`"),
            });
        }
        let more = lines.len().saturating_sub(QUOTED);
        if more > 0 {
            let lines = count(more, "more line");
            words.detail(text!("only {name}: {lines}", "只有 {name}：另外 {more} 行"));
        }
    }
}

/// Tells what is not as the lesson says; returns in how many points.
fn differs(words: &mut Explanation, side: &Side, flaws: &Flaws) -> usize {
    let name = &side.name;
    if flaws.paired == 0 {
        words.say(text!(
            "Not this exercise: {name} prints none of its lines. Any two programs of your own are \
             compared with `cargo compare -- one -- other`.",
            "不是这个练习：{name} 没有打印它的任何一行。要比较两个自己写的程序，请用 \
             `cargo compare -- one -- other`。"
        ));
        return 1;
    }
    let ending = side.reading.transcript().ending();
    let mut points: Vec<Text> = flaws.end.iter().map(|end| other_end(ending, end)).collect();
    points.extend(some(&flaws.missing, |line| {
        text!("`{line}` is missing.", "缺少 `{line}`。")
    }));
    points.extend(some(&flaws.left, |line| {
        text!("`{line}` is not in the lesson.", "教程里没有 `{line}`。")
    }));
    points.extend(flaws.rest.map(|rest| match rest {
        Rest::Order => Text::new(
            "Every line came, but in another order.",
            "每一行都有，但顺序不同。",
        ),
        Rest::Numbers => Text::new(
            "Every line came, but the numbers are not as in the lesson: who prints which line, and \
             how long does it take?",
            "每一行都有，但其中的数字与教程不符：哪一行是谁打印的，各用了多长时间？",
        ),
    }));
    let (number, points_said) = (points.len(), count(points.len(), "point"));
    words.say(text!(
        "Not the same story: {name} differs in {points_said}.",
        "执行过程不一致：{name} 有 {number} 处不同。"
    ));
    points.into_iter().for_each(|point| words.point(point));
    number
}

/// How a program ended, of which the lesson says another end.
fn other_end(ending: Option<Ending>, said: &str) -> Text {
    let how = match ending {
        Some(Ending::Ended(status)) => ended(&Text::new("It", "它"), status),
        _ => Text::new(
            "It was still running when it was ended.",
            "它一直在运行，最后被终止。",
        ),
    };
    how.then(&text!("The lesson says `{said}`.", "教程里是 `{said}`。"))
}

/// What is said of each of these lines; of many, only how many more there are.
fn some(lines: &[String], say: impl Fn(&String) -> Text) -> Vec<Text> {
    let mut said: Vec<Text> = lines.iter().take(TOLD).map(say).collect();
    let more = lines.len().saturating_sub(TOLD);
    if more > 0 {
        said.push(text!(
            "So it is with {more} more.",
            "还有 {more} 行也是这样。"
        ));
    }
    said
}
