//! Who said what, held to the roles of a chapter: different roles are different
//! processes, or, in threading-basic, different threads of one process.

use std::collections::BTreeSet;

use super::Symptom;
use super::check::Check;
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
    let wrote = story.told.iter().filter_map(|told| told.writer);
    let wrote: BTreeSet<u32> = wrote.map(|writer| writer.pid).collect();
    let is_silent = |pid: u32| end.elsewhere.contains(&pid) && !wrote.contains(&pid);
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

pub fn check(check: &mut Check) {
    if check.story.writers == Writers::Seen {
        typed_in(check);
        one_process(check);
        one_role(check);
    }
}

/// A PID in a line is its writer's.
fn typed_in(check: &mut Check) {
    let story = check.story;
    let mut told = story.told.iter();
    if let Some((told, (named, writer))) = told.find_map(|told| Some((told, told.foreign()?))) {
        let line = check.quote(told);
        let what = text!(
            "Line {line} says {named}, and the process that wrote it is {writer}.",
            "第 {line:#} 里的 PID 是 {named}，而写这一行的进程是 {writer}。"
        );
        let cause = Text::new(
            "Each process has its own PID. Is it os.getppid(), its parent's, or p.pid, its child's? \
             Was it asked for before the process began, or is the number typed in?",
            "每个进程都有自己的 PID。是不是写成了 os.getppid()（父进程的 PID）或者 p.pid（子进程的 PID）？是不是\
             在进程启动之前就取了 PID，或者数字是直接写上去的？",
        );
        check.differs(what, cause);
    }
}

/// The threads of threading-basic are of one process.
fn one_process(check: &mut Check) {
    let story = check.story;
    let process = |told: &Told| told.writer.map(|writer| writer.process);
    let mut written = story.told.iter().filter(|told| told.writer.is_some());
    let Some(first) = written.next().filter(|_| story.rules().of_threads) else {
        return;
    };
    if let Some(other) = written.find(|told| process(told) != process(first)) {
        let (line, first) = (check.quote(other), check.quote(first));
        let what = text!(
            "Line {line} was written by another process than line {first}.",
            "第 {line:#} 和第 {first:#} 是不同的进程打印的。"
        );
        let cause = Text::new(
            "Was a process started in place of a thread?",
            "是不是启动了进程，而不是线程？",
        );
        check.differs(what, cause);
        check.explained = true;
    }
}

/// A process, or a thread, has one role.
fn one_role(check: &mut Check) {
    let story = check.story;
    let own = story.told.iter().filter(|told| told.foreign().is_none());
    let point = |told: &Told| {
        let what = written_by_another(check, told)?;
        let is_thread = told.writer.is_some_and(|w| w.thread != w.process);
        let cause = if told.stray {
            Some(RUNS_ON)
        } else if is_thread && !story.rules().of_threads {
            Some(Text::new(
                "Was a thread used in place of a process?",
                "是不是用了线程，而不是进程？",
            ))
        } else {
            check.cause(Symptom::WrittenByAnother)
        };
        Some((what, cause))
    };
    let points: Vec<_> = own.filter_map(point).collect();
    check.explained |= !points.is_empty();
    check.differ(points);
}

/// Why a process says a line of another, which says others.
const RUNS_ON: Text = Text::new(
    "Does its print stand in the wrong function, or does the child run on where its part ends? After \
     os.fork() it needs os._exit(0) there, or an else for the parent's part.",
    "这个 print 是不是写错了函数，或者子进程做完自己的部分以后还在继续往下运行？os.fork() 之后，子进程的部分\
     要以 os._exit(0) 结束，或者把父进程的部分放进 else。",
);

fn written_by_another(check: &Check, told: &Told) -> Option<Text> {
    let another = check.story.another_role(told)?;
    let line = check.quote(told);
    let (of, by) = (in_words(told.expected.speaker), in_words(another));
    let [of, their, by, them] = [
        of.to(Language::English),
        of.to(Language::Chinese),
        by.to(Language::English),
        by.to(Language::Chinese),
    ];
    Some(text!(
        "Line {line} should be written by {of}, and was written by {by}.",
        "第 {line:#} 应该由 {their} 打印，却是 {them} 打印的。"
    ))
}
