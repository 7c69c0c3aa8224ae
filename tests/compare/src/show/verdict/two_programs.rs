//! The verdict on two programs without a chapter's rules.

use compare::language::Text;
use compare::text;
use compare::two_programs::{Named, compare};
use compare::words::count;

use super::{Explanation, Verdict};

/// The verdict on two programs.
pub fn judge(words: &mut Explanation, named: [Named; 2]) -> Verdict {
    let compared = compare(named);
    let [one, other] = named.map(|(name, _)| name);
    let verdict = match (compared.differences.as_slice(), compared.moved) {
        ([], Some([first, then])) => {
            words.say(text!(
                "{one} and {other} print the same lines, in another order.",
                "{one} 和 {other} 打印的行相同，顺序不同。"
            ));
            words.detail(text!(
                "Such as `{first}` before `{then}` from {one}. This may be chance; an order that a \
                 join or a message fixes is none.",
                "例如在 {one} 里，`{first}` 先于 `{then}`。这可能只是偶然；由 join 或消息决定的顺序，就不是偶然。"
            ));
            Verdict::Same
        }
        ([], None) => {
            words.same([one, other]);
            let number = named[0].1.transcript.lines.len();
            let lines = count(number, "line");
            words.detail(text!(
                "Both printed the same {lines}, in the same order, and ended in the same way.",
                "两边打印了相同的 {number} 行，顺序相同，结束方式也相同。"
            ));
            Verdict::Same
        }
        (differences, _) => Verdict::Different(words.differ(None, differences)),
    };
    let traced = named
        .iter()
        .all(|(_, program)| program.transcript.was_traced());
    words.detail(match traced {
        true => Text::new(
            "Not compared: PIDs, times, the words on stderr, and who waits where it is not seen.",
            "没有比较：PID、时间、stderr 上的文字，以及没有看到的等待。",
        ),
        false => Text::new(
            "Not compared: who wrote which line, who waits for whom, and whole numbers, since \
             compare may not trace programs here (ptrace); times, and the words on stderr.",
            "没有比较：哪一行是谁写的、谁等待了谁、整数（这里不允许 compare 用 ptrace 跟踪程序），以及时间和 stderr 上的文字。",
        ),
    });
    verdict
}
