//! How a program has to end: by itself, with exit code 0, and with all its
//! processes.

use std::time::Duration;

use super::check::Check;
use super::lines::never_came;
use crate::stderr;
use crate::transcript::{End, Ending};
use crate::words::{Seconds, count, how_it_ended};

/// A program of the chapters is never quiet for so long.
const QUIET: Duration = Duration::from_millis(3500);

pub fn check(check: &mut Check) {
    let Some(end) = &check.story.transcript.end else {
        return;
    };
    if let Some((what, cause)) = ending(check, end) {
        let never = never_came(check);
        check.differs_first(format!("{what}{never}"), cause);
    }
    failed_processes(check);
    closed_stdout(check, end);
    left_behind(check, end);
}

/// The only difference of a program that printed nothing.
pub fn printed_nothing(check: &mut Check) {
    let end = check.story.transcript.end.as_ref();
    let (how, cause) = end
        .and_then(|end| ending(check, end))
        .unwrap_or_else(|| ("It ended with exit code 0.".to_owned(), why_nothing(check)));
    check.differs(format!("It printed nothing. {how}"), cause);
    if let Some(end) = end {
        left_behind(check, end);
    }
}

fn why_nothing(check: &Check) -> String {
    let errors = &check.story.transcript.errors;
    if errors.iter().any(|line| check.story.expects(&line.text)) {
        return "It prints to stderr: the lines belong on stdout.".to_owned();
    }
    stderr::why_error(errors).unwrap_or_else(|| {
        "Does it print to stdout? Is the last part run: is `if __name__ == \"__main__\"` misspelt?"
            .to_owned()
    })
}

fn ending(check: &Check, end: &End) -> Option<(String, String)> {
    let error = || stderr::why_error(&check.story.transcript.errors);
    match end.ending {
        Ending::Ended(status) if status.success() => None,
        Ending::Ended(status) => {
            let what = format!("It {}.", how_it_ended(status));
            Some((what, why_failed(check, end)))
        }
        Ending::TimeLimit(limit) => {
            let limit = limit.as_secs_f64();
            let what = format!("It was still running after {limit} s, and was ended.");
            let cause = error().unwrap_or_else(|| why_endless(check).to_owned());
            Some((what, cause))
        }
        Ending::TooMuchOutput => Some((
            "It printed more and more, and was ended.".to_owned(),
            error().unwrap_or("Is there a loop without end?".to_owned()),
        )),
        Ending::Stopped => Some(stopped(check, end)),
    }
}

/// What is to be said of a program that Ctrl-C ended: if it was quiet for long,
/// that may be the reason for Ctrl-C.
fn stopped(check: &Check, end: &End) -> (String, String) {
    let last_line = check.story.transcript.lines.last();
    let last_line = last_line.map_or(Duration::ZERO, |line| line.at);
    let cause = match end.lasted.saturating_sub(last_line) > QUIET {
        true => why_endless(check),
        false => "Perhaps it only needed more time.",
    };
    let after = Seconds(end.lasted);
    let what = format!("It was still running when it was stopped after {after}.");
    (what, cause.to_owned())
}

fn why_endless(check: &Check) -> &'static str {
    (check.story.rules().why_endless)(check.story)
}

fn why_failed(check: &Check, end: &End) -> String {
    let all = &check.story.transcript.errors;
    let own = stderr::of_process(all, end.pid);
    // It may pass on how another one has ended.
    match stderr::why(&own).or_else(|| stderr::why(all)) {
        Some(why) => why,
        None => "Its stderr does not say why.".to_owned(),
    }
}

/// A process of the story that failed, though the program did not. One that says
/// nothing of it, and leaves out no line, has ended as it was meant to.
fn failed_processes(check: &mut Check) {
    let story = check.story;
    let incomplete = !never_came(check).is_empty();
    for child in story.children() {
        let failed = child.status.filter(|status| status.code() > Some(0));
        if let (Some(status), Some(role)) = (failed, story.role(child.pid)) {
            let own = stderr::of_process(&story.transcript.errors, child.pid);
            let why = stderr::why(&own);
            let silent = incomplete.then(|| "Its stderr does not say why.".to_owned());
            if let Some(cause) = why.or(silent).filter(|cause| !check.has_cause(cause)) {
                check.differs(format!("The {role} {}.", how_it_ended(status)), cause);
            }
        }
    }
}

fn closed_stdout(check: &mut Check, end: &End) {
    if let Some(at) = end.closed_stdout
        && !check.story.transcript.was_late(at, end.lasted)
    {
        let (at, lasted) = (Seconds(at), Seconds(end.lasted));
        let never = never_came(check);
        let what = format!("It closed stdout at {at} and ran on until {lasted}.{never}");
        let cause = "What it printed after that is lost: who closes stdout?";
        check.differs(what, cause);
    }
}

fn left_behind(check: &mut Check, end: &End) {
    if end.left_behind > 0 && end.ending.is_success() {
        let processes = count(end.left_behind, "process");
        let what = format!("It ended and left {processes} running, which had to be killed.");
        let cause = check.story.rules().why_left_behind;
        check.differs(what, format!("Nobody waits for them: {cause}"));
    }
}
