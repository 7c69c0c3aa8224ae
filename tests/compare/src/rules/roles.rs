//! Who said what, held to the roles of a chapter: different roles are different
//! processes, or, in threading-basic, different threads of one process.

use std::collections::BTreeSet;

use super::check::Check;
use super::story::{Story, Told, Writers};
use crate::transcript::End;

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

/// Whether somebody else has written the lines: a line has the PID of another process,
/// or one process wrote everything, and others, into pipes, what it may have handed on.
fn were_handed_on(story: &Story, end: &End) -> bool {
    let writers = || story.told.iter().filter_map(|told| told.writer);
    let is_of_program = |pid: u32| {
        pid == end.pid
            || end.ends.iter().any(|end| end.pid == pid)
            || writers().any(|writer| writer.pid == pid)
    };
    // The PID in a line, and that of its writer.
    let pids = story
        .told
        .iter()
        .filter_map(|told| Some((told.named?, told.writer?.pid)));
    let pids: Vec<(u32, u32)> = pids.collect();
    let is_foreign = |(named, writer): &(u32, u32)| named != writer;
    if pids
        .iter()
        .any(|pids| is_foreign(pids) && is_of_program(pids.0))
    {
        return true;
    }
    let lines = story.transcript.lines.iter();
    let processes: BTreeSet<_> = lines.map(|line| Some(line.writer()?.process)).collect();
    let all_foreign = !pids.is_empty() && pids.iter().all(is_foreign);
    processes.len() == 1 && (!end.elsewhere.is_empty() || all_foreign)
}

/// A process may come into the lines of another role, after its own: a child that was
/// forked and runs on.
pub fn mark_strays(story: &mut Story) {
    if story.writers != Writers::Seen {
        return;
    }
    // A child that runs the whole file says that it is the parent.
    let says_parent = |told: &&Told| told.expected.speaker == "parent" && told.named.is_some();
    if story.told.iter().filter(says_parent).count() > 1 {
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
        let is_of_another = first
            .iter()
            .any(|(_, pid)| pid.is_some() && *pid == told.pid);
        told.stray = told.named.is_none() && role != "worker" && !own && is_of_another;
    }
}

pub fn check(check: &mut Check) {
    strays(check);
    if check.story.writers == Writers::Seen {
        typed_in(check);
        one_process(check);
    }
    one_writer(check);
}

/// The lines of a process that runs on into those of another.
fn strays(check: &mut Check) {
    let story = check.story;
    let strays: Vec<&Told> = story.told.iter().filter(|told| told.stray).collect();
    let Some(first) = strays.first() else { return };
    let (role, of) = (story.speaker(first), first.expected.speaker);
    let others = match strays.len() - 1 {
        0 => String::new(),
        others => format!(" So did {others} more."),
    };
    let what = format!(
        "{} was written by the {role}, and is a line of the {of}.{others}",
        check.quote(first)
    );
    let cause = "Does the child run on where its part ends? After os.fork() it needs os._exit(0) \
                 there, or an else for the parent's part.";
    check.differs(what, cause);
}

/// A PID in a line is its writer's.
fn typed_in(check: &mut Check) {
    let story = check.story;
    let foreign = |told: &&Told| {
        let writer = told.writer.map(|writer| writer.pid);
        writer.is_some() && told.named.is_some() && told.named != writer && !told.misspelt
    };
    if let Some(told) = story.told.iter().find(foreign)
        && let (Some(named), Some(writer)) = (told.named, told.writer)
    {
        let what = format!(
            "{} says {named}, and the process that wrote it is {}.",
            check.quote(told),
            writer.pid
        );
        check.differs(
            what,
            "Is the number typed in? os.getpid() gives a process its own.",
        );
    }
}

/// The threads of threading-basic are of one process.
fn one_process(check: &mut Check) {
    let story = check.story;
    if !story.rules().of_threads {
        return;
    }
    let process = |told: &Told| told.writer.map(|writer| writer.process);
    let Some(first) = story.told.first() else {
        return;
    };
    let other = |told: &&Told| {
        process(told).is_some() && process(first).is_some() && process(told) != process(first)
    };
    if let Some(told) = story.told.iter().find(other) {
        let what = format!(
            "{} was written by another process than {}.",
            check.quote(told),
            check.quote(first)
        );
        let cause = "Was a process started in place of a thread?";
        if !check.has_cause(cause) {
            check.differs(what, cause);
        }
    }
}

/// Two roles that are one process, or one thread.
fn one_writer(check: &mut Check) {
    let story = check.story;
    let mut first: Vec<&Told> = Vec::new();
    for told in story.told.iter().filter(|told| !told.stray) {
        let role = told.expected.speaker;
        let known = first.iter().find(|other| other.expected.speaker == role);
        if known.is_none_or(|known| known.pid.is_none()) && role != "worker" {
            first.retain(|other| other.expected.speaker != role);
            first.push(told);
        }
    }
    for (number, told) in first.iter().enumerate() {
        let same = |other: &&&Told| other.pid.is_some() && other.pid == told.pid;
        if let Some(other) = first[..number].iter().find(same) {
            let of = other.expected.speaker;
            let told_line = check.quote(told);
            let what = match told.named {
                _ if story.rules().of_threads => {
                    format!("{told_line} was written by the thread of {of}.")
                }
                Some(_) => format!("{told_line} has the PID of the {of}."),
                None => format!("{told_line} was written by the {of}."),
            };
            let cause = match is_in_thread(story, told) {
                true => "Was a thread used in place of a process?",
                false => (story.rules().why_one_writer)(story, told),
            };
            if !check.has_cause(cause) {
                check.differs(what, cause);
            }
        }
    }
}

/// Whether a line that a process should have written was written by a thread.
fn is_in_thread(story: &Story, told: &Told) -> bool {
    let is_thread = told.writer.is_some_and(|w| w.thread != w.process);
    is_thread && story.writers == Writers::Seen && !story.rules().of_threads
}
