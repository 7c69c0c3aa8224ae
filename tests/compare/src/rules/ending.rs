//! How a program has to end: by itself, with exit code 0, and with all its
//! processes.

use std::time::Duration;

use super::check::Check;
use super::lines::{missing, never_came};
use super::{Difference, Symptom, failed};
use crate::language::Text;
use crate::stderr::{self, why, why_error};
use crate::text;
use crate::transcript::{End, Ending};
use crate::words::{Seconds, count, ended};

/// A program of the chapters is never quiet for so long.
const QUIET: Duration = Duration::from_millis(3500);

const SILENT: Text = Text::new("Its stderr does not say why.", "stderr 里没有说明原因。");

pub fn check(check: &mut Check) {
    let Some(end) = &check.story.transcript.end else {
        return;
    };
    if let Some((what, cause)) = ending(check, end) {
        let what = missing(check).map_or(what.clone(), |missing| what.then(&missing));
        // It may pass on what a failed process says.
        let is_new = |known: &Difference| cause.is_none() || known.cause != cause;
        check.differences.retain(is_new);
        check.differences.insert(0, Difference { what, cause });
    }
    left_behind(check, end);
}

/// The only difference of a program that printed nothing.
pub fn printed_nothing(check: &mut Check) {
    let end = check.story.transcript.end.as_ref();
    let ending = end.and_then(|end| ending(check, end));
    let (how, cause) = ending.unwrap_or_else(|| {
        let how = Text::new("It ended with exit code 0.", "它以退出码 0 结束。");
        (how, Some(why_nothing(check)))
    });
    let what = Text::new("It printed nothing.", "它什么也没有打印。");
    check.differs(what.then(&how), cause);
    if let Some(end) = end {
        left_behind(check, end);
    }
}

fn why_nothing(check: &Check) -> Text {
    let errors = &check.story.transcript.errors;
    if errors.iter().any(|line| check.story.expects(&line.text)) {
        return Text::new(
            "It prints to stderr: the lines belong on stdout.",
            "它打印到了 stderr：这些行应该打印到 stdout。",
        );
    }
    why_error(errors).unwrap_or(Text::new(
        "Does it print to stdout? Is the last part run: is `if __name__ == \"__main__\"` misspelt?",
        "它打印到 stdout 了吗？最后一段运行了吗：`if __name__ == \"__main__\"` 是不是拼错了？",
    ))
}

/// How it ended, unless as it should, and why.
fn ending(check: &Check, end: &End) -> Option<(Text, Option<Text>)> {
    let errors = &check.story.transcript.errors;
    let endless = || match check.explained {
        true => None,
        false => check.cause(Symptom::Endless),
    };
    Some(match end.ending {
        Ending::Ended(status) if status.success() => return None,
        Ending::Ended(status) => {
            let program = Text::new("it", "程序");
            (ended(&program, status), Some(why_failed(check, end)))
        }
        Ending::TimeLimit(limit) => {
            let limit = limit.as_secs_f64();
            let what = text!(
                "It was still running after {limit} s, and was ended.",
                "过了 {limit} 秒程序还没有结束，被终止了。"
            );
            (what, why_error(errors).or_else(endless))
        }
        Ending::TooMuchOutput => {
            let what = Text::new(
                "It printed more and more, and was ended.",
                "它不停地打印，于是被终止。",
            );
            let cause = Text::new("Is there a loop without end?", "是不是有死循环？");
            (what, why_error(errors).or(Some(cause)))
        }
        Ending::Stopped => {
            let after = Seconds(end.lasted);
            let what = text!(
                "It was still running when it was stopped after {after}.",
                "运行了 {after:#}，被中断时它还没有结束。"
            );
            // That it was quiet for long may be the reason for Ctrl-C.
            let last_line = check.story.transcript.lines.last();
            let last_line = last_line.map_or(Duration::ZERO, |line| line.at);
            let was_quiet = end.lasted.saturating_sub(last_line) > QUIET;
            (what, if was_quiet { endless() } else { None })
        }
    })
}

fn why_failed(check: &Check, end: &End) -> Text {
    let all = &check.story.transcript.errors;
    let own = stderr::of_process(all, end.pid);
    // It may pass on how another one has ended.
    why(&own).or_else(|| why(all)).unwrap_or(SILENT)
}

/// A process of the story that failed. One that says nothing of it, and leaves out no
/// line, has ended as it was meant to.
pub fn failed_processes(check: &mut Check) {
    let story = check.story;
    let silent = (!never_came(story).is_empty()).then_some(SILENT);
    let point = |(pid, how)| {
        let own = stderr::of_process(&story.transcript.errors, pid);
        Some((how, Some(why(&own).or(silent.clone())?)))
    };
    let points: Vec<_> = failed(story).filter_map(point).collect();
    check.explained |= !points.is_empty();
    check.differ(points);
}

fn left_behind(check: &mut Check, end: &End) {
    let left = end.left_behind;
    if left > 0 && end.ending.is_success() {
        let processes = count(left, "process");
        let what = text!(
            "It ended and left {processes} running, which had to be killed.",
            "它结束时还留下 {left} 个进程在运行，只好强制终止。"
        );
        let cause = Text::new(
            "Nobody waits for them: was join() left out?",
            "没有人等待它们：是不是漏了 join()？",
        );
        check.differs(what, cause);
    }
}
