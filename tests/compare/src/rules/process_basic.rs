//! A process is started and waited for: every line has its place.

use super::check::Check;
use super::waited;
use crate::story::{Expected, Story, says};

pub const LINES: &[Expected] = &[
    says("parent", PARENT),
    says("parent", WILL_START),
    says("child", RUN),
    says("parent", END),
];

const PARENT: &str = "Parent process {pid}.";
const WILL_START: &str = "Child process will start.";
const RUN: &str = "Run child process test ({pid})...";
const END: &str = "Child process end.";

pub fn check(check: &mut Check) {
    child_is_a_process(check);
    check.before(PARENT, WILL_START, "Are the two prints swapped?");
    check.before(
        PARENT,
        RUN,
        "Was the child started before the parent said who it is?",
    );
    check.before(
        WILL_START,
        RUN,
        "Was p.start() called before the line was printed?",
    );
    check.before(WILL_START, END, "Are the two prints swapped?");
    check.before(RUN, END, "Was p.join() left out?");
    check.after_end(RUN, END, "Was p.join() left out?");
}

pub fn checked(story: &Story) -> String {
    let waited = waited(story, RUN, END);
    format!("each in its place; the child is a process of its own; {waited}")
}

pub fn why_missing(line: &str) -> Option<&'static str> {
    (line == RUN).then_some("Was p.start() left out?")
}

pub fn why_endless(story: &Story) -> &'static str {
    match (story.find(RUN), story.find(END)) {
        (Some(_), None) => "The parent waits for a child that does not end.",
        (None, _) => "The child never ran: does something wait before p.start()?",
        _ => "Everything is printed: what does it wait for?",
    }
}

fn child_is_a_process(check: &mut Check) {
    let (Some(parent), Some(child)) = (check.story.find(PARENT), check.story.find(RUN)) else {
        return;
    };
    if parent.pid == child.pid {
        let what = format!(
            "{} has the PID of the parent: it ran there.",
            check.quote(child)
        );
        check.differs(
            &[parent.index, child.index],
            what,
            "Was run_proc called directly, or in a thread, rather than in a process?",
        );
    }
}
