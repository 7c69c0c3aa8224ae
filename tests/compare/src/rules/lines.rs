//! Every expected line comes once, and no other does.

use super::check::Check;
use super::story::{Expected, Story, Told, with_two_decimals};
use crate::stderr;
use crate::transcript::{Ending, Flaw, Line};
use crate::words::{and, count, times};

/// Why a line has bytes that are not text.
const NOT_TEXT: &str = "It has bytes that are not UTF-8 text: is it in another encoding (UTF-16, \
                        GBK)?";

/// What is to be said of lines in other words, or another language.
const OWN_WORDS: &str = "The lines are held to the notes' own. Two programs of your own are \
                         compared with `cargo compare -- one -- other`.";

/// The most missing lines that are quoted.
const QUOTED: usize = 3;

pub fn check(check: &mut Check) {
    if check.story.told.is_empty() {
        check.differs("No line of this chapter came.", OWN_WORDS);
    }
    torn(check);
    windows_line_ends(check);
    misspelt(check);
    unknown(check);
    doubled(check);
    missing(check);
}

fn torn(check: &mut Check) {
    let torn = torn_lines(check.story);
    let Some(&first) = torn.first() else { return };
    let what = format!("{} is several lines in one.", check.quote_line(first));
    let cause = "Processes printed at once, each writing its line and the line end separately: is \
                 the output unbuffered (python3 -u)?";
    check.differs(what, cause);
}

/// The lines that are more than one.
fn torn_lines(story: &Story) -> Vec<usize> {
    let neighbours = story.told.windows(2);
    let same = neighbours.filter(|two| two[0].index == two[1].index);
    same.map(|two| two[0].index).collect()
}

fn windows_line_ends(check: &mut Check) {
    let lines = &check.story.transcript.lines;
    let windows = |index: &usize| lines[*index].flaw == Some(Flaw::WindowsLineEnd);
    let windows: Vec<usize> = (0..lines.len()).filter(windows).collect();
    let Some(&first) = windows.first() else {
        return;
    };
    let others = match windows.len() - 1 {
        0 => String::new(),
        others => format!(" So do {others} more."),
    };
    let what = format!("{} ends with \\r\\n.{others}", check.quote_line(first));
    let cause = "This is a Windows line end: end lines with \\n alone. Or has the file itself \
                 Windows line ends?";
    check.differs(what, cause);
}

fn misspelt(check: &mut Check) {
    for told in check.story.told.iter().filter(|told| told.misspelt) {
        if check.is_explained_line(told.index) {
            continue;
        }
        let Line { text, flaw, .. } = &check.story.transcript.lines[told.index];
        let meant = told.expected.filled(&number(told));
        let cause = if *flaw == Some(Flaw::NotText) {
            NOT_TEXT.to_owned()
        } else if text.to_lowercase() == meant.to_lowercase() {
            check.story.rules().why_in_small_letters.to_owned()
        } else {
            why_misspelt(text, &meant)
        };
        let what = format!("{} should be `{meant}`.", check.quote(told));
        check.differs(what, cause);
    }
}

fn why_misspelt(text: &str, meant: &str) -> String {
    let without_spaces = |text: &str| text.replace(' ', "");
    let is_wide = |c: &char| !c.is_ascii() && *c != char::REPLACEMENT_CHARACTER;
    if let Some(cause) = not_filled_in(text) {
        cause.to_owned()
    } else if text.starts_with('\u{feff}') {
        "It begins with a byte order mark: write UTF-8 without one (\"utf-8\", not \"utf-8-sig\")."
            .to_owned()
    } else if let Some(wide) = text.chars().find(is_wide) {
        format!("It has the character `{wide}`; the lines of the notes are plain ASCII.")
    } else if with_two_decimals(text) == meant {
        "The seconds have two decimals: {end - start:.2f} in Python, {:.2} in Rust.".to_owned()
    } else if without_spaces(text) == without_spaces(meant) {
        "Is there a space too many, or one too few?".to_owned()
    } else {
        format!("Is it misspelt? {OWN_WORDS}")
    }
}

/// A value that was to be filled in, and was not.
pub fn not_filled_in(text: &str) -> Option<&'static str> {
    if text.contains('{') && text.contains('}') {
        Some("Is the f before the string left out: print(f\"...\")?")
    } else if text.contains("%s") || text.contains("%d") || text.contains("%0.2f") {
        Some("Is there a comma in place of the % after the string: print('...' % value)?")
    } else if ["<built-in ", "<function ", "<bound method "]
        .iter()
        .any(|object| text.contains(object))
    {
        Some("Are the parentheses of a call left out, as in os.getpid()?")
    } else {
        None
    }
}

fn number(told: &Told) -> String {
    match (told.pid, told.seconds) {
        (_, Some(seconds)) => format!("{seconds:.2}"),
        (pid, None) => pid.unwrap_or(0).to_string(),
    }
}

fn unknown(check: &mut Check) {
    let lines = &check.story.transcript.lines;
    let torn = !torn_lines(check.story).is_empty();
    for &index in &check.story.unknown {
        // After a torn line comes an empty one.
        let left_by_torn = torn && lines[index].text.is_empty();
        if !left_by_torn && !check.is_explained_line(index) {
            let what = format!("{} is not a line of this chapter.", check.quote_line(index));
            let cause = why_not_known(check, index);
            check.differs(what, cause);
            if not_filled_in(&lines[index].text).is_some() {
                // It should have been one of the missing lines.
                check.explains_all();
            }
        }
    }
}

fn why_not_known(check: &Check, index: usize) -> String {
    let line = &check.story.transcript.lines[index];
    match line.flaw {
        Some(Flaw::NotText) => NOT_TEXT.to_owned(),
        Some(Flaw::TooLong(bytes)) => format!("It has {bytes} bytes: is a line end missing?"),
        _ if line.text.trim().is_empty() => "Is there a print without text?".to_owned(),
        _ => not_filled_in(&line.text)
            .or_else(|| (check.story.rules().why_unknown)(&line.text))
            .unwrap_or(OWN_WORDS)
            .to_owned(),
    }
}

fn doubled(check: &mut Check) {
    let story = check.story;
    let more_than_once = |e: &&Expected| story.count(e.line) > 1 && !check.is_explained(e.line);
    let doubled: Vec<&Expected> = story.expected().iter().filter(more_than_once).collect();
    let Some(first) = doubled.first() else { return };
    let says_first = |told: &&Told| told.expected.line == first.line;
    let lines: Vec<&Told> = story.told.iter().filter(says_first).collect();
    let times = times(lines.len());
    let others = match doubled.len() - 1 {
        0 => String::new(),
        1 => " So does 1 other line.".to_owned(),
        others => format!(" So do {others} other lines."),
    };
    let what = match pids_differ(&lines) {
        true if story.rules().of_threads => {
            format!(
                "{} comes {times}, from other threads.{others}",
                check.quote(lines[0])
            )
        }
        true => format!(
            "{} comes {times}, with other PIDs.{others}",
            check.quote(lines[0])
        ),
        false => format!("{} comes {times}.{others}", check.quote(lines[0])),
    };
    let cause = why_doubled(check, &lines);
    check.differs(what, cause);
}

fn why_doubled(check: &mut Check, lines: &[&Told]) -> String {
    let first = lines[0].expected;
    let introduction = first.speaker == "parent" && first.line.contains("{pid}");
    let cause = if introduction && pids_differ(lines) {
        // The children did this instead, so other lines are missing too.
        check.explains_all();
        return stderr::why_error(&check.story.transcript.errors).unwrap_or_else(|| {
            "Did each child run the whole program: is `if __name__ == \"__main__\"` left out?"
                .to_owned()
        });
    } else if check.story.transcript.ending() == Some(Ending::TooMuchOutput) {
        "Is it the loop that does not end?"
    } else if introduction {
        "Was it still in stdout's buffer when the process was forked, so that both wrote it? \
         Flush before the fork."
    } else if pids_differ(lines) {
        "Is something started twice?"
    } else {
        "Is it printed twice, or is something started twice?"
    };
    cause.to_owned()
}

fn pids_differ(lines: &[&Told]) -> bool {
    lines.windows(2).any(|two| two[0].pid != two[1].pid)
}

fn missing(check: &mut Check) {
    let transcript = &check.story.transcript;
    let closed = transcript
        .end
        .as_ref()
        .is_some_and(|end| end.closed_stdout.is_some());
    if !transcript.succeeded() || closed || check.story.told.is_empty() {
        // How it ended is the cause, and is a difference already.
        return;
    }
    let missing = missing_lines(check);
    let Some(first) = missing.first() else { return };
    let (verb, cause) = match missing.len() {
        1 => ("is", "Is its print left out?"),
        _ => (
            "are",
            "Are their prints left out, or did the program end too early?",
        ),
    };
    let cause = stderr::why_error(&transcript.errors)
        .or_else(|| (check.story.rules().why_missing)(check.story, first.line))
        .unwrap_or(cause.to_owned());
    check.differs(format!("{} {verb} missing.", quoted(&missing)), cause);
}

/// The missing lines without an explanation yet, as the end of a paragraph that
/// explains them.
pub fn never_came(check: &Check) -> String {
    let missing = missing_lines(check);
    match missing.len() {
        0 => String::new(),
        _ => format!(" {} never came.", quoted(&missing)),
    }
}

fn missing_lines(check: &Check) -> Vec<&'static Expected> {
    let never = |e: &&Expected| check.story.count(e.line) == 0 && !check.is_explained(e.line);
    check.story.expected().iter().filter(never).collect()
}

fn quoted(lines: &[&Expected]) -> String {
    let quote = |e: &&Expected| format!("`{}`", e.filled("…"));
    let mut quoted: Vec<_> = lines.iter().take(QUOTED).map(quote).collect();
    match lines.len() - quoted.len() {
        0 => {}
        others => quoted.push(count(others, "other line")),
    }
    and(&quoted)
}
