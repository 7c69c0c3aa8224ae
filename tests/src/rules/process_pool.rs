//! Four processes run five tasks, in any order that four processes can.

use std::collections::BTreeSet;
use std::time::Duration;

use super::SLACK;
use super::check::{Check, and, count};
use crate::story::{Expected, Story, Told};
use crate::transcript::Seconds;

pub const LINES: &[Expected] = &[
    Expected {
        speaker: "parent",
        line: PARENT,
    },
    Expected {
        speaker: "parent",
        line: WAITING,
    },
    Expected {
        speaker: "worker",
        line: RUN[0],
    },
    Expected {
        speaker: "worker",
        line: RUN[1],
    },
    Expected {
        speaker: "worker",
        line: RUN[2],
    },
    Expected {
        speaker: "worker",
        line: RUN[3],
    },
    Expected {
        speaker: "worker",
        line: RUN[4],
    },
    Expected {
        speaker: "worker",
        line: RUNS[0],
    },
    Expected {
        speaker: "worker",
        line: RUNS[1],
    },
    Expected {
        speaker: "worker",
        line: RUNS[2],
    },
    Expected {
        speaker: "worker",
        line: RUNS[3],
    },
    Expected {
        speaker: "worker",
        line: RUNS[4],
    },
    Expected {
        speaker: "parent",
        line: DONE,
    },
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
    let tasks: Vec<Task> = (0..RUN.len())
        .map(|number| Task::find(story, number))
        .collect();
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
    let tasks: Vec<Task> = (0..RUN.len())
        .map(|number| Task::find(story, number))
        .collect();
    let workers = count(pids(&tasks).len(), "worker");
    let most = Crew::of(story, &tasks).most_at_once;
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

/// The two lines of one task.
struct Task<'a> {
    number: usize,
    run: Option<&'a Told>,
    runs: Option<&'a Told>,
}

impl<'a> Task<'a> {
    fn find(story: &'a Story, number: usize) -> Task<'a> {
        let (run, runs) = (story.find(RUN[number]), story.find(RUNS[number]));
        Task { number, run, runs }
    }

    fn pid(&self) -> Option<u32> {
        self.run?.pid
    }

    fn had_begun(&self, index: usize) -> bool {
        self.run.is_some_and(|run| run.index < index) || self.had_ended(index)
    }

    fn had_ended(&self, index: usize) -> bool {
        self.runs.is_some_and(|runs| runs.index < index)
    }
}

/// The processes in which the tasks ran.
fn pids(tasks: &[Task]) -> BTreeSet<u32> {
    tasks.iter().filter_map(Task::pid).collect()
}

/// How the tasks shared the time.
struct Crew {
    /// The most tasks that ran at once.
    most_at_once: usize,
    /// How long, altogether, a task waited while fewer than [`WORKERS`] ran.
    waited: Duration,
}

impl Crew {
    fn of(story: &Story, tasks: &[Task]) -> Crew {
        let lines = |told: &&Told| tasks.iter().any(|t| is(t.run, told) || is(t.runs, told));
        let lines: Vec<&Told> = story.told.iter().filter(lines).collect();
        let (mut running, mut to_begin) =
            (0_usize, tasks.iter().filter(|t| t.run.is_some()).count());
        let mut crew = Crew {
            most_at_once: 0,
            waited: Duration::ZERO,
        };
        for (line, next) in lines
            .iter()
            .zip(lines.iter().skip(1).map(Some).chain([None]))
        {
            if RUN.contains(&line.expected.line) {
                running += 1;
                to_begin -= 1;
            } else {
                running = running.saturating_sub(1);
            }
            crew.most_at_once = crew.most_at_once.max(running);
            if let Some(next) = next
                && running < WORKERS
                && to_begin > 0
            {
                crew.waited += next.at.saturating_sub(line.at);
            }
        }
        crew
    }
}

fn is(one: Option<&Told>, other: &Told) -> bool {
    one.is_some_and(|one| std::ptr::eq(one, other))
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
    let pids = pids(tasks);
    let begun = tasks.iter().filter(|task| task.run.is_some()).count();
    let parent = check.story.find(PARENT).and_then(|parent| parent.pid);
    let crew = Crew::of(check.story, tasks);
    let one_by_one = crew.most_at_once == 1 && begun > 1;
    let all = if begun == tasks.len() {
        "All five tasks"
    } else {
        "All tasks"
    };
    if begun < 2 {
        return;
    }
    if parent.is_some_and(|parent| pids.contains(&parent)) {
        in_the_parent(check, &pids, one_by_one, all);
    } else if pids.len() == 1 && !one_by_one {
        let what = format!("{all} ran in one process, several at once.");
        check.differs(&[], what, "Were threads used in place of processes?");
    } else if pids.len() == 1 && crew.waited > SLACK {
        let what = format!("{all} ran in one process, one after the other.");
        check.differs(&[], what, "Does the pool have 1 process in place of 4?");
    } else if one_by_one && crew.waited > SLACK {
        let what = format!("{all} ran one after the other, never two at once.");
        check.differs(
            &[],
            what,
            "Was p.apply() used, which waits, in place of p.apply_async()?",
        );
    } else if pids.len() > WORKERS {
        let what = format!(
            "The tasks ran on {} processes; a pool of 4 has 4.",
            pids.len()
        );
        check.differs(
            &[],
            what,
            "Does the pool have 5 or more, or does a worker end too early?",
        );
    } else if pids.len() < WORKERS && crew.waited > SLACK {
        let (number, waited) = (pids.len(), Seconds(crew.waited));
        let what = format!(
            "The tasks ran on {number} processes: never more than {} at once, and others waited \
             for {waited}.",
            crew.most_at_once
        );
        check.differs(
            &[],
            what,
            format!("Does the pool have {number} in place of 4?"),
        );
    } else {
        one_task_a_worker(check, tasks);
    }
}

fn in_the_parent(check: &mut Check, pids: &BTreeSet<u32>, one_by_one: bool, all: &str) {
    let (what, cause) = match (pids.len(), one_by_one) {
        (1, true) => (
            format!("{all} ran in the parent process, one after the other."),
            "Was long_time_task called directly, without a pool?",
        ),
        (1, false) => (
            format!("{all} ran in the parent process, several at once."),
            "Were threads used in place of processes (ThreadPool)?",
        ),
        _ => (
            "Some tasks ran in the parent process.".to_owned(),
            "Was a task called directly, rather than given to the pool?",
        ),
    };
    check.differs(&[], what, cause);
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
