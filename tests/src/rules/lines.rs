//! Every expected line comes once, and no other does.

use super::check::{Check, and, count};
use super::why_missing;
use crate::story::{Expected, Told};
use crate::transcript::Flaw;

/// So many strange lines are told one by one.
const TOLD_SINGLY: usize = 3;

pub fn check(check: &mut Check) {
    torn(check);
    misspelt(check);
    strangers(check);
    doubled(check);
    missing(check);
}

fn torn(check: &mut Check) {
    let told = &check.story.told;
    let torn: Vec<_> = told
        .windows(2)
        .filter(|two| two[0].index == two[1].index)
        .collect();
    if let Some([first, _]) = torn.first().copied() {
        let what = format!("{} is two lines in one.", check.quote(first));
        let lines: Vec<_> = torn.iter().map(|two| two[0].index).collect();
        check.differs(
            &lines,
            what,
            "Two processes printed at once, each writing its line and the line end \
             separately: is the output unbuffered (python3 -u)?",
        );
    }
}

fn misspelt(check: &mut Check) {
    for told in check.story.told.iter().filter(|told| told.misspelt) {
        let text = &check.story.transcript.lines[told.index].text;
        let meant = told.expected.filled(&number(told));
        let cause = if text.to_lowercase() == meant.to_lowercase() {
            "Capital letters count."
        } else {
            "Is it misspelt?"
        };
        let what = format!("{} should be `{meant}`.", check.quote(told));
        check.differs(&[told.index], what, cause);
    }
}

fn number(told: &Told) -> String {
    match (told.pid, told.seconds) {
        (_, Some(seconds)) => format!("{seconds:.2}"),
        (pid, None) => pid.unwrap_or(0).to_string(),
    }
}

fn strangers(check: &mut Check) {
    let lines = &check.story.transcript.lines;
    let torn = check
        .story
        .told
        .windows(2)
        .any(|two| two[0].index == two[1].index);
    // A torn line leaves an empty one behind.
    let blame = |&index: &usize| !(torn && lines[index].text.is_empty());
    let strangers: Vec<usize> = check
        .story
        .strangers
        .iter()
        .copied()
        .filter(blame)
        .collect();
    let unexplained = strangers.iter().filter(|&&i| !check.is_explained_line(i));
    let unexplained: Vec<usize> = unexplained.copied().collect();
    if unexplained.len() > TOLD_SINGLY {
        let first = check.quote_line(unexplained[0]);
        let number = count(unexplained.len(), "line");
        let what = format!("{number} are none of this chapter's; the first is {first}");
        let what = format!("{}.", what.trim_end_matches(','));
        let cause = strange(check, unexplained[0]);
        check.differs(&unexplained, what, cause);
        return;
    }
    for index in unexplained {
        let what = format!("{} is none of this chapter's.", check.quote_line(index));
        let cause = strange(check, index);
        check.differs(&[index], what, cause);
    }
}

fn strange(check: &Check, index: usize) -> String {
    let line = &check.story.transcript.lines[index];
    match line.flaw {
        Some(Flaw::NotText) => "It has bytes that are not text (UTF-8).".to_owned(),
        Some(Flaw::TooLong(bytes)) => format!("It has {bytes} bytes: is a line end missing?"),
        None if line.text.trim().is_empty() => "Is there a print without text?".to_owned(),
        None => "Is it left over from something else?".to_owned(),
    }
}

fn doubled(check: &mut Check) {
    let story = check.story;
    let doubled: Vec<&Expected> = story
        .expected()
        .iter()
        .filter(|e| story.count(e.line) > 1 && !check.is_explained(e.line))
        .collect();
    let [first, ..] = doubled.as_slice() else {
        return;
    };
    let lines: Vec<_> = story
        .told
        .iter()
        .filter(|told| told.expected.line == first.line)
        .collect();
    let pids_differ = lines.windows(2).any(|two| two[0].pid != two[1].pid);
    let indexes: Vec<_> = lines.iter().map(|told| told.index).collect();
    let others = match doubled.len() - 1 {
        0 => String::new(),
        others => format!(" So do {} more.", count(others, "line")),
    };
    let times = if lines.len() == 2 {
        "twice".to_owned()
    } else {
        format!("{} times", lines.len())
    };
    let what = format!("{} comes {times}.{others}", check.quote(lines[0]));
    let cause = if pids_differ && first.speaker == "parent" {
        "Did each child run the whole program: is `if __name__ == \"__main__\"` left out?"
    } else if first.speaker == "parent" && first.line.contains("{pid}") {
        "Was it still in stdout's buffer when the process was forked, so that both wrote it? \
         Flush before the fork."
    } else {
        "Is it printed twice, or is something started twice?"
    };
    check.differs(&indexes, what, cause);
}

fn missing(check: &mut Check) {
    if !check.story.transcript.succeeded() {
        // The end is the cause, and tells which are missing.
        return;
    }
    let missing = missing_lines(check);
    let Some(first) = missing.first() else { return };
    let cause = why_missing(check.story, first.line).unwrap_or("Is its print left out?");
    let quoted: Vec<_> = missing.iter().map(|e| quote(e)).collect();
    let verb = if quoted.len() == 1 { "is" } else { "are" };
    check.differs(&[], format!("{} {verb} missing.", and(&quoted)), cause);
}

/// The lines that never came, and that nothing else has explained.
pub fn missing_lines(check: &Check) -> Vec<&'static Expected> {
    let never = |e: &&Expected| check.story.count(e.line) == 0 && !check.is_explained(e.line);
    check.story.expected().iter().filter(never).collect()
}

/// An expected line as it is quoted when it never came.
pub fn quote(expected: &Expected) -> String {
    format!("`{}`", expected.filled("…"))
}
