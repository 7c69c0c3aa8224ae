//! The verdict on two programs without a chapter's rules, in words.

use compare::language::Text;
use compare::without_rules::{Diff, diff};
use compare::words::count;
use compare::{NormalizedOutput, text};

use super::{Explanation, Verdict};

/// So many points are told.
const TOLD: usize = 6;

/// The verdict on two programs.
pub fn judge(
    words: &mut Explanation,
    one: (&str, &NormalizedOutput),
    other: (&str, &NormalizedOutput),
) -> Verdict {
    let diff = diff(one, other);
    let (one, other, number) = (one.0, other.0, diff.points.len());
    let verdict = if number > 0 {
        let points = count(number, "point");
        words.say(text!(
            "Not the same story: they differ in {points}.",
            "不是同一个故事：有 {number} 处不同。"
        ));
        Verdict::Different(number)
    } else if diff.another_order.is_none() {
        words.say(text!(
            "{one} and {other} tell the same story.",
            "{one} 和 {other} 讲的是同一个故事。"
        ));
        Verdict::Same
    } else {
        words.say(text!(
            "{one} and {other} print the same lines, in another order.",
            "{one} 和 {other} 打印的行相同，顺序不同。"
        ));
        Verdict::Same
    };
    list(words, &diff);
    verdict
}

fn list(words: &mut Explanation, diff: &Diff) {
    let untranslated = |sentence: &String| text!("{sentence}", "{sentence}");
    for point in diff.points.iter().take(TOLD) {
        words.point(untranslated(point));
    }
    let more = diff.points.len().saturating_sub(TOLD);
    if more > 0 {
        words.detail(text!("And {more} more.", "还有 {more} 处。"));
    }
    if !diff.same.is_empty() {
        let same = diff.same.join("; ");
        words.detail(text!("The same: {same}.", "相同的是：{same}。"));
    }
    for more in diff.another_order.iter().chain(&diff.processes) {
        words.detail(untranslated(more));
    }
    if diff.another_order.is_some() && diff.points.is_empty() {
        words.detail(Text::new(
            "Another order is chance if different processes or threads print the lines.",
            "如果这些行来自不同的进程或线程，顺序不同只是偶然。",
        ));
    }
    words.detail(Text::new(
        "Not compared: PIDs, times, and the words on stderr.",
        "没有比较：PID、时间，以及 stderr 上的文字。",
    ));
}
