//! The verdict on two programs without a chapter's rules, in words.

use std::collections::HashSet;

use compare::language::{Language, Text};
use compare::two_programs::{Comparison, Order, Point, compare};
use compare::words::{Seconds, count, ended, times};
use compare::{AnyProgram, End, Ending, stderr, text};

use super::{Explanation, Verdict};

/// So many points are told.
const TOLD: usize = 6;

type Named<'a> = (&'a str, &'a AnyProgram);

/// The verdict on two programs.
pub fn judge(words: &mut Explanation, one: Named, other: Named) -> Verdict {
    let compared = compare([one.1, other.1]);
    let named = [one, other];
    let (one, other, number) = (one.0, other.0, compared.points.len());
    if number > 0 {
        let points = count(number, "point");
        words.say(text!(
            "Not the same story: they differ in {points}.",
            "执行过程不一致：有 {number} 处不同。"
        ));
    } else if let Some(Order::ByChance(Some(_))) = compared.order {
        words.say(text!(
            "{one} and {other} print the same lines, in another order.",
            "{one} 和 {other} 打印的行相同，顺序不同。"
        ));
    } else {
        words.say(text!(
            "{one} and {other} tell the same story.",
            "{one} 和 {other} 的执行过程一致。"
        ));
    }
    for point in compared.points.iter().take(TOLD) {
        words.point(differ(point, &compared, named));
        cause(words, point, named);
    }
    let more = number.saturating_sub(TOLD);
    if more > 0 {
        words.detail(text!("And {more} more.", "还有 {more} 处。"));
    }
    same(words, &compared, named);
    processes(words, &compared, named);
    placeholders(words);
    words.detail(not_compared(&compared));
    match number {
        0 => Verdict::Same,
        points => Verdict::Different(points),
    }
}

/// A point in which they differ.
fn differ(point: &Point, compared: &Comparison, named: [Named; 2]) -> Text {
    let [name, other] = named.map(|(name, _)| name);
    match point {
        Point::OneProcess(_) => numbers_of_processes(compared, named),
        Point::End => end_of(named[0]).then(&end_of(named[1])),
        Point::Line(line, counts) => {
            let (more, fewer) = if counts[0] > counts[1] {
                (0, 1)
            } else {
                (1, 0)
            };
            let (name, other) = (named[more].0, named[fewer].0);
            let (often, seldom) = (counts[more], counts[fewer]);
            let [most, least] = [often, seldom].map(times);
            text!(
                "`{line}` came {most} from {name}, {least} from {other}.",
                "`{line}` 在 {name} 里出现 {often} 次，在 {other} 里出现 {seldom} 次。"
            )
        }
        Point::Order(first, then) => text!(
            "The order of lines of one process or thread: `{first}` came before `{then}` from \
             {name}, and after it from {other}.",
            "同一个进程或线程打印的行，顺序不同：在 {name} 里，`{first}` 先于 `{then}`；在 {other} 里正相反。"
        ),
        Point::Waited(line, side) => {
            let (name, other) = (named[*side].0, named[1 - side].0);
            text!(
                "`{line}` came from {name} after its other processes had ended, from {other} \
                 before they had.",
                "`{line}` 出现时，{name} 的其他进程都已经结束，{other} 的还没有。"
            )
        }
        Point::Errors(side) => {
            let (name, program) = named[*side];
            let only = text!(
                "Only {name} printed to stderr.",
                "只有 {name} 在 stderr 上打印了内容。"
            );
            let why = stderr::why(&program.transcript.errors);
            why.map_or(only.clone(), |why| only.then(&why))
        }
    }
}

/// Why they differ in this point, where there is a common reason.
fn cause(words: &mut Explanation, point: &Point, named: [Named; 2]) {
    match point {
        Point::OneProcess(side) => {
            let (name, program) = named[*side];
            let threads = (0..program.transcript.lines.len()).map(|line| program.owner(line));
            if threads.collect::<HashSet<_>>().len() > 1 {
                words.cause(text!(
                    "Threads are used in {name} in place of processes.",
                    "{name} 用的是线程，而不是进程。"
                ));
            }
        }
        Point::Waited(_, side) => {
            let (name, _) = named[1 - side];
            words.cause(text!(
                "Was join left out of {name}, or given a time limit?",
                "{name} 是不是漏了 join，或者给它设了超时？"
            ));
        }
        _ => {}
    }
}

fn end_of((name, program): Named) -> Text {
    let end = program.transcript.end.clone().unwrap_or_default();
    let how = match end.ending {
        Ending::Ended(status) => ended(&text!("{name}", "{name}"), status),
        Ending::TimeLimit(limit) => {
            let limit = limit.as_secs_f64();
            text!(
                "After {limit} s, {name} still ran.",
                "{limit} 秒以后，{name} 还在运行。"
            )
        }
        Ending::TooMuchOutput => text!("Too many lines came from {name}.", "{name} 打印得太多。"),
        Ending::Stopped => text!("Ctrl-C ended {name}.", "{name} 被 Ctrl-C 中断。"),
    };
    left_over(&end).iter().fold(how, |how, more| how.then(more))
}

/// What else is to be said of an end.
fn left_over(end: &End) -> Vec<Text> {
    let closed = end
        .closed_stdout
        .map(Seconds)
        .map(|at| text!("It closed stdout at {at}.", "它在 {at} 时就关闭了 stdout。"));
    let left = (end.left_behind > 0).then(|| {
        let (number, processes) = (end.left_behind, count(end.left_behind, "process"));
        text!(
            "It left {processes} running.",
            "它结束时还有 {number} 个进程在运行。"
        )
    });
    closed.into_iter().chain(left).collect()
}

/// What is the same.
fn same(words: &mut Explanation, compared: &Comparison, named: [Named; 2]) {
    if !compared.points.contains(&Point::End) {
        let (_, program) = named[0];
        words.detail(match program.transcript.ending() {
            Some(Ending::Ended(status)) if status.code().is_some() => {
                let code = status.code().unwrap_or_default();
                text!(
                    "Each ended with exit code {code}.",
                    "两边的退出码都是 {code}。"
                )
            }
            _ => Text::new("Both ended in the same way.", "两边的结束方式相同。"),
        });
    }
    let is_other = |point: &Point| matches!(point, Point::Line(..));
    if compared.points.iter().any(is_other) {
        return;
    }
    let number = compared.lines[0];
    let lines = count(number, "line");
    let same = match number {
        0 => Text::new("Both printed nothing.", "两边都没有打印任何内容。"),
        _ => text!(
            "Both printed the same {lines}.",
            "两边打印了相同的 {number} 行。"
        ),
    };
    let (name, _) = named[0];
    words.detail(match &compared.order {
        Some(Order::Same) if number > 1 => same.then(&Text::new(
            "They came in the same order.",
            "顺序也相同。",
        )),
        Some(Order::ByChance(None)) => same.then(&Text::new(
            "Those of one process or thread came in the same order.",
            "同一个进程或线程打印的行，顺序相同。",
        )),
        Some(Order::ByChance(Some((first, then)))) => same.then(&text!(
            "Some came in another order, such as `{first}` before `{then}` from {name}. This may \
             be chance; an order that a join or a message fixes is none.",
            "有些行的顺序不同，例如在 {name} 里，`{first}` 先于 `{then}`。这可能只是偶然；由 join 或消息决定的顺序，就不是偶然。"
        )),
        _ => same,
    });
}

/// Of how many processes the lines are. In a pool, one may get no task.
fn processes(words: &mut Explanation, compared: &Comparison, named: [Named; 2]) {
    let is_told = |point: &Point| matches!(point, Point::OneProcess(_));
    let [one, other] = compared.processes;
    if one != other && !compared.points.iter().any(is_told) {
        words.detail(numbers_of_processes(compared, named));
    } else if one == other && one > 0 {
        let processes = count(one, "process");
        words.detail(text!(
            "The lines are of {processes}.",
            "这些行来自 {one} 个进程。"
        ));
    }
}

fn numbers_of_processes(compared: &Comparison, named: [Named; 2]) -> Text {
    let [one, other] = compared.processes;
    let [of_one, of_other] = compared.processes.map(|number| count(number, "process"));
    let [name, other_name] = named.map(|(name, _)| name);
    text!(
        "The lines of {name} are of {of_one}, those of {other_name} of {of_other}.",
        "{name} 的行来自 {one} 个进程，{other_name} 的行来自 {other} 个进程。"
    )
}

/// What stands for PIDs in the lines that were told.
fn placeholders(words: &mut Explanation) {
    let told = |name: &str| {
        let mut texts = words.0.iter().map(|paragraph| &paragraph.text);
        texts.any(|text| text.to(Language::English).contains(name))
    };
    if told("{main}") {
        words.detail(Text::new(
            "`{main}` stands for the PID of the program's first process, `{pid}` for another's.",
            "`{main}` 代表程序第一个进程的 PID，`{pid}` 代表其他进程的 PID。",
        ));
    } else if told("{pid}") {
        words.detail(Text::new("`{pid}` stands for a PID.", "`{pid}` 代表 PID。"));
    }
}

fn not_compared(compared: &Comparison) -> Text {
    match (compared.traced, compared.waiting) {
        (true, true) => Text::new(
            "Not compared: PIDs, times, and the words on stderr.",
            "没有比较：PID、时间，以及 stderr 上的文字。",
        ),
        (true, false) => Text::new(
            "Not compared: who waited for whom, PIDs, times, and the words on stderr.",
            "没有比较：谁等待了谁、PID、时间，以及 stderr 上的文字。",
        ),
        (false, _) => Text::new(
            "Not compared: who wrote which line, the order of the lines, who waited for whom, and \
             whole numbers, since compare may not trace programs here (ptrace); times, and the \
             words on stderr.",
            "没有比较：哪一行是谁写的、行的顺序、谁等待了谁、整数（这里不允许 compare 用 ptrace 跟踪程序），以及时间和 stderr 上的文字。",
        ),
    }
}
