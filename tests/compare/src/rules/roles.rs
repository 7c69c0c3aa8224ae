//! Who said what, held to the roles of a chapter: different roles are different
//! processes, or, in threading-basic, different threads of one process.

use std::collections::BTreeSet;

use super::Symptom;
use super::check::{Check, and_others};
use super::story::{Story, Told, Writers};
use crate::language::{Language, Text};
use crate::text;
use crate::transcript::End;
use crate::words::in_chinese;

/// Who a role is, within a sentence. A thread is called by its own name.
pub fn in_words(role: &str) -> Text {
    let chinese = in_chinese(role);
    match role {
        "worker" => text!("a worker", "{chinese}"),
        "parent" | "child" | "writer" | "reader" => text!("the {role}", "{chinese}"),
        _ => text!("{role}", "{chinese}"),
    }
}

/// What can be known of who said what, once a program has ended.
pub fn writers(story: &Story) -> Writers {
    match &story.transcript.end {
        Some(end) if end.traced => match were_handed_on(story, end) {
            true => Writers::HandedOn,
            false => Writers::Seen,
        },
        _ => Writers::NotSeen,
    }
}

/// Whether somebody else has written the lines: a line has the PID of a process that has
/// written none itself, but something into a pipe, or this line twice (in a copy of its buffer); or
/// one process wrote everything, and others, into pipes, what it may have handed on.
fn were_handed_on(story: &Story, end: &End) -> bool {
    let foreign = || story.told.iter().filter(|told| told.foreign().is_some());
    let wrote = |pid: u32| story.told.iter().any(|told| told.writer_pid() == Some(pid));
    let is_silent = |pid: u32| end.elsewhere.contains(&pid) && !wrote(pid);
    let is_copy = |told: &Told| {
        let same = |other: &&Told| other.expected == told.expected && other.named == told.named;
        story.told.iter().filter(same).count() > 1
    };
    if foreign().any(|told| told.named.is_some_and(is_silent) || is_copy(told)) {
        return true;
    }
    let lines = story.transcript.lines.iter();
    let processes: BTreeSet<_> = lines.map(|line| Some(line.writer()?.process)).collect();
    let names = story.told.iter().filter(|told| told.named.is_some());
    let all_foreign = foreign().count() > 0 && foreign().count() == names.count();
    processes.len() == 1 && (!end.elsewhere.is_empty() || all_foreign)
}

/// A process may come into the lines of another role, after its own: a child that was
/// forked and runs on.
pub fn mark_strays(story: &mut Story) {
    if story.writers != Writers::Seen {
        return;
    }
    let mut first: Vec<(&str, Option<u32>)> = Vec::new();
    for told in &story.told {
        if !first.iter().any(|(role, _)| *role == told.expected.speaker) {
            first.push((told.expected.speaker, told.pid));
        }
    }
    for told in &mut story.told {
        let role = told.expected.speaker;
        let own = first.contains(&(role, told.pid));
        let of_another = first.iter().any(|(_, pid)| *pid == told.pid);
        let known = told.pid.is_some() && told.named.is_none() && role != "worker";
        told.stray = known && !own && of_another;
    }
}

pub fn check(check: &mut Check) {
    if check.story.writers == Writers::Seen {
        strays(check);
        typed_in(check);
        one_process(check);
        one_writer(check);
    }
}

/// The lines of a process that runs on into those of another.
fn strays(check: &mut Check) {
    let story = check.story;
    let strays: Vec<&Told> = story.told.iter().filter(|told| told.stray).collect();
    let Some(first) = strays.first() else { return };
    let what = written_by(check, first, story.speaker(first));
    // The one whose line it is says it, too.
    let runs_on = story.find(first.expected.line).is_some();
    let cause = match runs_on {
        true => Text::new(
            "Does the child run on where its part ends? After os.fork() it needs os._exit(0) there, \
             or an else for the parent's part.",
            "子进程做完自己的部分以后，是不是还在继续往下运行？os.fork() 之后，子进程的部分要以 \
             os._exit(0) 结束，或者把父进程的部分放进 else。",
        ),
        false => Text::new(
            "Does its print stand in the wrong function?",
            "这个 print 是不是写错了函数？",
        ),
    };
    check.explains(&[first.expected.line]);
    check.differs(and_others(what, strays.len() - 1), cause);
}

/// A PID in a line is its writer's.
fn typed_in(check: &mut Check) {
    let story = check.story;
    let mut told = story.told.iter().filter(|told| !told.misspelt);
    if let Some((told, (named, writer))) = told.find_map(|told| Some((told, told.foreign()?))) {
        let line = check.quote(told);
        let what = text!(
            "Line {line} says {named}, and the process that wrote it is {writer}.",
            "第 {line:#} 里的 PID 是 {named}，而写这一行的进程是 {writer}。"
        );
        let cause = match story.children().any(|child| child.pid == named) {
            true => Text::new(
                "It is a child's PID: does the parent print the child's line, with p.pid?",
                "这是子进程的 PID：是不是父进程用 p.pid 替子进程打印了这一行？",
            ),
            false => Text::new(
                "Each process has its own PID. Is it os.getppid(), its parent's? Was it asked for \
                 before the process began, or is the number typed in?",
                "每个进程都有自己的 PID。是不是写成了 os.getppid()（父进程的 PID），在进程启动之前就取了 PID，\
                 或者数字是直接写上去的？",
            ),
        };
        check.differs(what, cause);
    }
}

/// Why threads are of several processes.
const PROCESS_FOR_THREAD: Text = Text::new(
    "Was a process started in place of a thread?",
    "是不是启动了进程，而不是线程？",
);

/// Why a process is a thread.
const THREAD_FOR_PROCESS: Text = Text::new(
    "Was a thread used in place of a process?",
    "是不是用了线程，而不是进程？",
);

/// The threads of threading-basic are of one process.
fn one_process(check: &mut Check) {
    let story = check.story;
    let process = |told: &Told| Some(told.writer?.process);
    let written = |told: &&Told| told.writer.is_some();
    let mut written = story.told.iter().filter(written);
    let Some(first) = written.next().filter(|_| story.rules().of_threads) else {
        return;
    };
    if let Some(other) = written.find(|told| process(told) != process(first)) {
        let (line, first) = (check.quote(other), check.quote(first));
        let what = text!(
            "Line {line} was written by another process than line {first}.",
            "第 {line:#} 和第 {first:#} 是不同的进程打印的。"
        );
        check.differs(what, PROCESS_FOR_THREAD);
    }
}

/// Two roles that are one process, or one thread. The parent is the program's first
/// process, also where it says nothing.
fn one_writer(check: &mut Check) {
    let story = check.story;
    let of_threads = story.rules().of_threads;
    let mut writers: Vec<(&str, u32)> = Vec::new();
    let parent = story.roles.iter().find(|(_, role)| role == "parent");
    writers.extend(parent.map(|(pid, _)| ("parent", *pid)));
    let own = |told: &&Told| !told.stray && told.foreign().is_none();
    for told in story.told.iter().filter(own) {
        let role = told.expected.speaker;
        let Some(pid) = told.pid else { continue };
        let another = writers
            .iter()
            .find(|known| known.1 == pid && known.0 != role);
        if let Some((another, _)) = another {
            let is_thread = told.writer.is_some_and(|w| w.thread != w.process) && !of_threads;
            let cause = match is_thread {
                true => Some(THREAD_FOR_PROCESS),
                false => check.cause(Symptom::WrittenByAnother),
            };
            if !cause.as_ref().is_some_and(|cause| check.has_cause(cause)) {
                let what = written_by(check, told, another);
                check.differs(what, cause);
            }
        } else if writers.iter().all(|known| known.0 != role) || role == "worker" {
            writers.push((role, pid));
        }
    }
}

fn written_by(check: &Check, told: &Told, another: &str) -> Text {
    let line = check.quote(told);
    let (of, by) = (in_words(told.expected.speaker), in_words(another));
    let [of, their, by, them] = [
        of.to(Language::English),
        of.to(Language::Chinese),
        by.to(Language::English),
        by.to(Language::Chinese),
    ];
    text!(
        "Line {line} should be written by {of}, and was written by {by}.",
        "第 {line:#} 应该由{their}打印，却是{them}打印的。"
    )
}
