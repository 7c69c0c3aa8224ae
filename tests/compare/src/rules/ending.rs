//! How a program has to end: by itself, with exit code 0, and wholly.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::sys::signal::Signal;

use super::check::{Check, count, shortened};
use super::lines::never_came;
use super::{why_endless, why_left_behind};
use crate::run::transcript::{End, Ending, Line, Seconds};

/// So wide a line of stderr may be that is quoted whole.
const QUOTED: usize = 200;

pub fn check(check: &mut Check) {
    let Some(end) = &check.story.transcript.end else {
        return;
    };
    if let Some((what, cause)) = ending(check, &end.ending) {
        let never = never_came(check);
        check.differs_first(format!("{what}{never}"), cause);
    }
    closed_stdout(check, end);
    left_behind(check, end);
}

/// There is nothing else to be said of a program that printed nothing.
pub fn printed_nothing(check: &mut Check) {
    let end = check.story.transcript.end.as_ref();
    let (how, cause) = end
        .and_then(|end| ending(check, &end.ending))
        .unwrap_or_else(|| {
            (
                "It ended with exit code 0.".to_owned(),
                "Does it print to stdout?".to_owned(),
            )
        });
    check.differs(&[], format!("It printed nothing. {how}"), cause);
    if let Some(end) = end {
        left_behind(check, end);
    }
}

fn ending(check: &Check, ending: &Ending) -> Option<(String, String)> {
    match ending {
        Ending::Ended(status) if status.success() => None,
        Ending::Ended(status) => Some((how(*status), why_failed(check))),
        Ending::TimeLimit(limit) => {
            let what = format!(
                "It was still running after {} s, and was ended.",
                limit.as_secs_f64()
            );
            Some((what, why_endless(check.story).to_owned()))
        }
        Ending::TooMuchOutput => Some((
            "It printed more and more, and was ended.".to_owned(),
            "Is there a loop without end?".to_owned(),
        )),
        Ending::Stopped => Some(("It was stopped.".to_owned(), String::new())),
    }
}

/// How a program ended, as a sentence.
fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("It ended with exit code {code}."),
        (None, Some(signal)) => {
            let name = Signal::try_from(signal).map_or("unknown", Signal::as_str);
            format!("It was ended by signal {signal} ({name}).")
        }
        (None, None) => format!("It ended: {status}."),
    }
}

fn why_failed(check: &Check) -> String {
    let transcript = &check.story.transcript;
    let Some(reason) = reason(&transcript.errors) else {
        return "Its stderr does not say why.".to_owned();
    };
    let known = if reason.contains("Pool is still running") {
        " Was p.close() left out before p.join()?"
    } else if transcript.end.as_ref().is_some_and(|end| end.read_stdin) {
        " It reads stdin, which is empty here."
    } else {
        ""
    };
    format!("Its stderr says: `{}`.{known}", shortened(reason, QUOTED))
}

/// The line of stderr that says why: after a panic in Rust the message, which
/// a backtrace may follow; otherwise the last.
fn reason(errors: &[Line]) -> Option<&str> {
    let mut texts = errors.iter().map(|line| line.text.as_str());
    let is_panic = |text: &&str| text.starts_with("thread '") && text.contains(" panicked at ");
    let panic = texts.clone().skip_while(|text| !is_panic(text)).nth(1);
    panic.or_else(|| texts.rfind(|text| !text.trim().is_empty()))
}

fn closed_stdout(check: &mut Check, end: &End) {
    if let Some(at) = end.closed_stdout {
        let (at, lasted) = (Seconds(at), Seconds(end.lasted));
        let never = never_came(check);
        let what = format!("It closed stdout at {at} and ran on until {lasted}.{never}");
        check.differs(
            &[],
            what,
            "What it printed after that is lost: who closes stdout?",
        );
    }
}

fn left_behind(check: &mut Check, end: &End) {
    if end.left_behind > 0 && end.ending.is_success() {
        let processes = count(end.left_behind, "process");
        let what = format!("It ended and left {processes} running, which had to be killed.");
        let cause = why_left_behind(check.story);
        check.differs(&[], what, format!("Nobody waits for them: {cause}"));
    }
}
