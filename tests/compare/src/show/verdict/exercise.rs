//! The verdict on an exercise and its Python twin: each is held to what the lesson
//! says that it prints.

use compare::language::Text;
use compare::lesson::answer::{Flaws, LineWriters};
use compare::lesson::{Block, Exercise};
use compare::two_programs::Named;
use compare::words::{count, how_ended};
use compare::{Difference, Transcript, text};

use super::{Explanation, Verdict};

/// So many lines that only one of two answers has are quoted: all are in the columns.
const QUOTED: usize = 3;

/// What was found of one program: the block that it keeps to, and who wrote each line.
type Kept<'e> = (&'e Block, LineWriters);

/// The verdict on a Python twin and an exercise, or on the twin and the reader's own
/// program (`own`), which may print what either of the two does.
pub fn judge(
    words: &mut Explanation,
    named: [Named; 2],
    own: bool,
    exercise: &Exercise,
) -> Verdict {
    let python: Vec<&Block> = exercise.python.iter().collect();
    let mut blocks: Vec<&Block> = exercise.rust.iter().collect();
    if own {
        blocks.extend(&python);
    }
    let [twin, other] = named.map(|(_, program)| &program.transcript);
    let verdict = match (hold(twin, &python), hold(other, &blocks)) {
        (Ok(one), Ok(two)) => both_keep(words, named.map(|(name, _)| name), one, two),
        (one, two) => {
            let flaws = named.into_iter().zip([one.err(), two.err()]);
            let points =
                flaws.map(|(named, flaws)| flaws.map_or(0, |flaws| differs(words, named, flaws)));
            Verdict::Different(points.sum())
        }
    };
    if !(twin.was_traced() && other.was_traced()) {
        words.detail(Text::new(
            "Not checked: who wrote which line, and in which order, since compare may not trace \
             programs here (ptrace).",
            "没有核对：哪一行是谁写的、按什么顺序写的，因为这里不允许 compare 用 ptrace 跟踪程序。",
        ));
    } else if exercise.compares_times() && !(twin.had_cores() && other.had_cores()) {
        words.detail(Text::new(
            "Not checked: how long each part takes, since other programs kept the cores busy.",
            "没有核对各部分的用时：其他程序占用了处理器。",
        ));
    }
    let is_different = matches!(verdict, Verdict::Different(_));
    if is_different && (twin.was_held_up() || other.was_held_up()) {
        words.detail(Text::new(
            "Compare itself was held up, and so were the programs, which may be why: compare again.",
            "compare 自己停顿过，两个程序也跟着停顿，差别可能由此而来：请再比较一次。",
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
fn hold<'e>(transcript: &Transcript, blocks: &[&'e Block]) -> Result<Kept<'e>, Flaws> {
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
        let (first_line, then_line) = (lines[first], lines[then]);
        let (one, two) = match writers[&first] == writers[&then] {
            true => (name, other),
            false => (other, name),
        };
        let what = text!(
            "`{first_line}` and `{then_line}` are of one process or thread from {one}, and of two \
             from {two}.",
            "`{first_line}` 和 `{then_line}` 在 {one} 里由同一个进程或线程打印，在 {two} 里由两个打印。"
        );
        return Verdict::Different(words.differ(None, &[what.into()]));
    }
    words.same(names);
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
        for line in lines.iter().take(QUOTED) {
            words.detail(text!("only {name}: `{line}`", "只有 {name}：`{line}`"));
        }
        let more = lines.len().saturating_sub(QUOTED);
        if more > 0 {
            let lines = count(more, "more line");
            words.detail(text!("only {name}: {lines}", "只有 {name}：另外 {more} 行"));
        }
    }
}

/// Tells what is not as the lesson says; returns in how many points.
fn differs(words: &mut Explanation, (name, program): Named, flaws: Flaws) -> usize {
    if flaws.paired == 0 {
        words.say(text!(
            "Not this exercise: {name} prints none of its lines. Any two programs of your own are \
             compared with `cargo compare -- one -- other`.",
            "不是这个练习：{name} 没有打印它的任何一行。要比较两个自己写的程序，请用 \
             `cargo compare -- one -- other`。"
        ));
        return 1;
    }
    let end = flaws.end.map(|end| {
        let how = how_ended(name, program.transcript.ending().unwrap_or_default());
        how.then(&text!("The lesson says `{end}`.", "教程里是 `{end}`。"))
    });
    let missing = flaws.missing.iter();
    let missing = missing.map(|line| text!("`{line}` is missing.", "缺少 `{line}`。"));
    let left = flaws.left.iter();
    let left = left.map(|line| text!("`{line}` is not in the lesson.", "教程里没有 `{line}`。"));
    let mixed_up = flaws.mixed_up.then_some(Text::new(
        "Every line came, but in another order, or with other numbers than in the lesson: who prints \
         which line, and how long does it take?",
        "每一行都有，但顺序或其中的数字与教程不符：哪一行是谁打印的，各用了多长时间？",
    ));
    let all = end.into_iter().chain(missing).chain(left).chain(mixed_up);
    let differences: Vec<Difference> = all.map(Difference::from).collect();
    words.differ(Some(name), &differences)
}
