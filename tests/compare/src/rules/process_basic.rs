//! A process is started and waited for: every line has its place.

use super::check::Check;
use super::story::{Expected, Story, Told, Writers, says};
use super::{CAPITALS, Mark, PID_OF_ANOTHER, Rules, WHY_LEFT_BEHIND, waited, why_no_child};
use crate::language::Text;

pub static RULES: Rules = Rules {
    lines: LINES,
    of_threads: false,
    check,
    checked,
    why_missing,
    why_unknown: |line| {
        line.starts_with("Run child process ")
            .then_some("The chapter starts one child, \"test\": is there one more, or another one?")
    },
    why_in_small_letters: CAPITALS,
    why_one_writer,
    why_endless,
    why_left_behind: WHY_LEFT_BEHIND,
    means_something_else: |_| false,
    mark: |line| line.starts_with("Run child").then_some(Mark::At('●')),
    legend: Text::new("● the child runs", "● 子进程运行"),
};

const LINES: &[Expected] = &[
    says("parent", PARENT),
    says("parent", WILL_START),
    says("child", RUN),
    says("parent", END),
];

const PARENT: &str = "Parent process {pid}.";
const WILL_START: &str = "Child process will start.";
const RUN: &str = "Run child process test ({pid})...";
const END: &str = "Child process end.";

fn check(check: &mut Check) {
    let (parent, child) = (check.story.find(PARENT), check.story.find(RUN));
    let is_process = match (parent, child) {
        (Some(parent), Some(child)) => parent.pid != child.pid,
        _ => true,
    };
    check.before(PARENT, WILL_START, "Are the two prints swapped?");
    let cause = "Was the child started before the parent said who it is?";
    check.before(PARENT, RUN, cause);
    if is_process {
        let cause = "Was p.start() called before the line was printed?";
        check.before(WILL_START, RUN, cause);
    }
    check.before(WILL_START, END, "Are the two prints swapped?");
    check.after_end(RUN, END, "Was p.join() left out, or given a time limit?");
}

fn checked(story: &Story) -> String {
    let waited = waited(story, RUN, END);
    format!("each in its place; the child's PID is not the parent's; {waited}")
}

fn why_missing(story: &Story, line: &str) -> Option<String> {
    (line == RUN).then(|| why_no_child(story, END))
}

fn why_endless(story: &Story) -> &'static str {
    match (story.find(RUN), story.find(END)) {
        (Some(_), None) => "The parent waits for a child that does not end.",
        (None, _) if story.children().next().is_some() => {
            "The child was started, and waits before it prints: for a lock, or for a message?"
        }
        (None, _) => "The child never ran: does something wait before p.start()?",
        _ => "Everything is printed: what does it wait for?",
    }
}

fn why_one_writer(story: &Story, child: &Told) -> &'static str {
    let too_early = |start: &Told| child.index < start.index;
    if story.find(WILL_START).is_some_and(too_early) {
        "Was run_proc called directly: is it target=run_proc(\"test\") in place of \
         target=run_proc, args=(\"test\",)?"
    } else if story.writers == Writers::Seen {
        "Was run_proc called directly (or by p.run() in place of p.start())?"
    } else if story.children().next().is_some() {
        PID_OF_ANOTHER
    } else {
        "Was run_proc called directly (or by p.run() in place of p.start()), or in a thread, \
         rather than in a process?"
    }
}
