//! Four processes run five tasks, in any order that four processes can.

mod tasks;

use super::SLACK;
use super::check::{Check, and, count};
use crate::run::transcript::Seconds;
use crate::story::{Expected, Story, says};
use tasks::{Crew, Task};

pub const LINES: &[Expected] = &[
    says("parent", PARENT),
    says("parent", WAITING),
    says("worker", RUN[0]),
    says("worker", RUN[1]),
    says("worker", RUN[2]),
    says("worker", RUN[3]),
    says("worker", RUN[4]),
    says("worker", RUNS[0]),
    says("worker", RUNS[1]),
    says("worker", RUNS[2]),
    says("worker", RUNS[3]),
    says("worker", RUNS[4]),
    says("parent", DONE),
];

const PARENT: &str = "Parent process {pid}.";
const WAITING: &str = "Waiting for all subprocesses done...";
const RUN: [&str; 5] = [
    "Run task 0 ({pid})...",
    "Run task 1 ({pid})...",
    "Run task 2 ({pid})...",
    "Run task 3 ({pid})...",
    "Run task 4 ({pid})...",
];
const RUNS: [&str; 5] = [
    "Task 0 runs {seconds} seconds.",
    "Task 1 runs {seconds} seconds.",
    "Task 2 runs {seconds} seconds.",
    "Task 3 runs {seconds} seconds.",
    "Task 4 runs {seconds} seconds.",
];
const DONE: &str = "All subprocesses done.";

/// The size of the pool.
const WORKERS: usize = 4;

/// How much longer a printed time may be than the time between two lines: so
/// much later may the first of them have been seen.
const SEEN_LATE: f64 = 0.5;

/// The longest nap, in seconds.
const LONGEST_NAP: f64 = 3.0;

pub fn check(check: &mut Check) {
    let story = check.story;
    let tasks = Task::all(story);
    for line in [WAITING, DONE].iter().chain(&RUN) {
        check.before(
            PARENT,
            line,
            "Is the parent's first print in the wrong place?",
        );
    }
    check.before(WAITING, DONE, "Are the two prints swapped?");
    if done_too_early(check, &tasks) {
        return;
    }
    own_order(check, &tasks);
    workers(check, &tasks);
    if durations_are_true(check, &tasks) {
        same_naps(check, &tasks);
    }
}

pub fn checked(story: &Story) -> String {
    let tasks = Task::all(story);
    let crew = Crew::of(&tasks);
    let workers = count(crew.pids.len(), "worker");
    let most = crew.most_at_once;
    format!(
        "{workers}, none of them the parent; {most} tasks at once, never more than {WORKERS}; \
         each task ended after it began, each worker did one at a time; the printed seconds are \
         what was waited; the last line came when all had ended"
    )
}

pub fn why_missing(line: &str) -> Option<&'static str> {
    if RUN.contains(&line) {
        Some("Was every task submitted, range(5)?")
    } else if RUNS.contains(&line) {
        Some("Was the task cut off, or its last print left out?")
    } else {
        None
    }
}

pub fn why_endless(story: &Story) -> &'static str {
    let started = RUN.iter().filter(|line| story.find(line).is_some()).count();
    let ended = RUNS
        .iter()
        .filter(|line| story.find(line).is_some())
        .count();
    match (started, ended) {
        (_, 5) => "All tasks ended, and still it waits: was p.close() left out?",
        (0, _) => "No task ever began: are the workers running?",
        (started, ended) if started > ended => "A task does not end: does it wait for something?",
        _ => "Some tasks were never begun: did a worker die without being replaced?",
    }
}

/// The last line must not come while tasks are running or waiting.
fn done_too_early(check: &mut Check, tasks: &[Task]) -> bool {
    let Some(done) = check.story.find(DONE) else {
        return false;
    };
    let numbers = |chosen: &dyn Fn(&&Task) -> bool| -> Vec<usize> {
        tasks
            .iter()
            .filter(chosen)
            .map(|task| task.number)
            .collect()
    };
    let running = numbers(&|t| t.had_begun(done.index) && !t.had_ended(done.index));
    let waiting = numbers(&|t| !t.had_begun(done.index));
    let went_on = check
        .story
        .told
        .last()
        .is_some_and(|last| last.index > done.index && last.expected.speaker == "worker");
    let cut_off = running.len() + waiting.len() >= 2 && !running.is_empty();
    if !went_on && !cut_off && waiting.len() < tasks.len() {
        return false;
    }
    let mut states = Vec::new();
    if !running.is_empty() {
        states.push(format!("{} running", tasks_are(&running)));
    }
    if !waiting.is_empty() {
        states.push(format!("{} still to begin", tasks_are(&waiting)));
    }
    let what = format!("{} came while {}.", check.quote(done), and(&states));
    let index = done.index;
    RUN.iter()
        .chain(&RUNS)
        .for_each(|line| check.explains(line));
    check.differs(&[index], what, "Was p.join() left out?");
    true
}

fn tasks_are(numbers: &[usize]) -> String {
    match numbers {
        [one] => format!("task {one} was"),
        all => format!("tasks {} were", and(all)),
    }
}

fn own_order(check: &mut Check, tasks: &[Task]) {
    for task in tasks {
        let (run, runs) = (RUN[task.number], RUNS[task.number]);
        check.before(
            run,
            runs,
            "A task cannot end before it begins: are its prints swapped?",
        );
    }
}

fn workers(check: &mut Check, tasks: &[Task]) {
    match wrong_crew(check.story, tasks) {
        Some((what, cause)) => check.differs(&[], what, cause),
        None => one_task_a_worker(check, tasks),
    }
}

/// What is wrong with the processes that ran the tasks, and the likely cause.
fn wrong_crew(story: &Story, tasks: &[Task]) -> Option<(String, String)> {
    let crew = Crew::of(tasks);
    let parent = story.find(PARENT).and_then(|parent| parent.pid);
    let in_parent = parent.is_some_and(|parent| crew.pids.contains(&parent));
    let one_by_one = crew.most_at_once == 1;
    // A worker that starts late, and a short nap, leave one without a task.
    let kept_waiting = crew.waited > SLACK;
    let (what, cause) = match crew.pids.len() {
        1 if in_parent && one_by_one => (
            "The tasks ran in the parent process, one after the other.",
            "Was long_time_task called directly, without a pool?",
        ),
        1 if in_parent => (
            "The tasks ran in the parent process, several at once.",
            "Were threads used in place of processes (ThreadPool)?",
        ),
        _ if in_parent => (
            "Some tasks ran in the parent process.",
            "Was a task called directly, rather than given to the pool?",
        ),
        1 if !one_by_one => (
            "The tasks ran in one process, several at once.",
            "Were threads used in place of processes?",
        ),
        1 if kept_waiting => (
            "The tasks ran in one process, one after the other.",
            "Does the pool have 1 process in place of 4?",
        ),
        _ if one_by_one && kept_waiting => (
            "The tasks ran one after the other, never two at once.",
            "Was p.apply() used, which waits, in place of p.apply_async()?",
        ),
        number if number < WORKERS && kept_waiting => {
            let (most, waited) = (crew.most_at_once, Seconds(crew.waited));
            let what = format!(
                "The tasks ran on {number} processes: never more than {most} at once, and others \
                 waited for {waited}."
            );
            return Some((what, format!("Does the pool have {number} in place of 4?")));
        }
        number if number > WORKERS => {
            let what = format!("The tasks ran on {number} processes; a pool of 4 has 4.");
            let cause = "Does the pool have 5 or more, or does a worker end too early?";
            return Some((what, cause.to_owned()));
        }
        _ => return None,
    };
    Some((what.to_owned(), cause.to_owned()))
}

/// A process runs its lines in order, so this holds whatever the others do.
fn one_task_a_worker(check: &mut Check, tasks: &[Task]) {
    for later in tasks {
        let Some(begins) = later.run else { continue };
        let busy = tasks.iter().find(|task| {
            task.number != later.number
                && task.pid() == later.pid()
                && task.run.is_some_and(|run| run.index < begins.index)
                && task.runs.is_some_and(|runs| runs.index > begins.index)
        });
        if let Some(busy) = busy {
            let what = format!(
                "{} came while task {} was running in the same process.",
                check.quote(begins),
                busy.number
            );
            let index = begins.index;
            check.differs(&[index], what, "Does a worker run tasks in threads?");
        }
    }
}

/// What a task prints is what was waited between its two lines.
fn durations_are_true(check: &mut Check, tasks: &[Task]) -> bool {
    let before = check.differences();
    for task in tasks {
        let (Some(run), Some(runs)) = (task.run, task.runs) else {
            continue;
        };
        let Some(printed) = runs.seconds else {
            continue;
        };
        let waited = runs.at.saturating_sub(run.at).as_secs_f64();
        let cause = if printed > waited + SEEN_LATE {
            "Is the time drawn rather than measured, or in another unit? Or is output held back?"
        } else if printed < waited - SLACK.as_secs_f64() {
            "Is the time taken before the nap and again after it?"
        } else if printed > LONGEST_NAP + SLACK.as_secs_f64() {
            "Its nap should be a random time under 3 seconds."
        } else {
            continue;
        };
        let (first, then) = (check.quote(run), check.quote(runs));
        let what = format!("{then} came {waited:.2} s after {first}.");
        check.differs(&[run.index, runs.index], what, cause);
    }
    check.differences() == before
}

/// Four random naps do not have the same length to the hundredth.
fn same_naps(check: &mut Check, tasks: &[Task]) {
    let naps = || {
        tasks
            .iter()
            .filter_map(|task| Some((task.runs?.index, task.runs?.seconds?)))
    };
    for (_, nap) in naps() {
        let same: Vec<_> = naps()
            .filter(|(_, other)| (nap - other).abs() < 0.015)
            .collect();
        if same.len() >= WORKERS {
            let lines: Vec<_> = same.iter().map(|(index, _)| *index).collect();
            let what = format!("{} tasks took the same time, {nap:.2} s.", same.len());
            check.differs(
                &lines,
                what,
                "Is the nap random? Children forked with one random generator all draw the same.",
            );
            return;
        }
    }
}
