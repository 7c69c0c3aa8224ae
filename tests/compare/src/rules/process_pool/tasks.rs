//! The tasks of a pool, read from a story, and how they shared processes and time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{RUN, RUNS, WAITING};
use crate::rules::story::{Story, Told};

/// The two lines of one task.
pub struct Task<'a> {
    pub number: usize,
    pub run: Option<&'a Told>,
    pub runs: Option<&'a Told>,
}

impl<'a> Task<'a> {
    /// All five, also those that never came.
    pub fn all(story: &'a Story) -> Vec<Task<'a>> {
        let lines = RUN.iter().zip(RUNS).enumerate();
        let task = |(number, (run, runs)): (usize, (&&str, &str))| Task {
            number,
            run: story.find(run),
            runs: story.find(runs),
        };
        lines.map(task).collect()
    }

    pub fn had_ended(&self, index: usize) -> bool {
        self.runs.is_some_and(|runs| runs.index < index)
    }

    /// Both lines, if both came.
    pub fn lines(&self) -> Option<(&'a Told, &'a Told)> {
        self.run.zip(self.runs)
    }
}

/// How the tasks shared processes and time.
#[derive(Default)]
pub struct Schedule {
    /// The most workers that lived at once, of those that had run a task. One that ended
    /// is replaced.
    pub workers: usize,
    /// The most tasks that ran at once.
    pub most_at_once: usize,
    /// The time, once all were submitted, in which tasks waited though workers that had
    /// run one had nothing to do, without that in which compare itself was held up.
    pub waited: Duration,
}

impl Schedule {
    pub fn of(story: &Story) -> Schedule {
        let begins = |told: &Told| RUN.contains(&told.expected.line);
        let is_of_task = |told: &&Told| begins(told) || RUNS.contains(&told.expected.line);
        let lines: Vec<&Told> = story.told.iter().filter(is_of_task).collect();
        let mut to_begin = lines.iter().filter(|told| begins(told)).count();
        let submitted = story.find(WAITING).map_or(Duration::MAX, |told| told.at);

        let mut schedule = Schedule::default();
        // Who runs a task: one that fails has no end, so its worker's next one is its end.
        let mut running: Vec<Option<u32>> = Vec::new();
        let mut workers = BTreeSet::new();
        for (i, told) in lines.iter().enumerate() {
            let pid = story.pid_of(told);
            let lives = |pid: u32| {
                let end = story.transcript.process_end(pid).and_then(|end| end.at);
                end.is_none_or(|end| end > told.at)
            };
            workers.retain(|worker| lives(*worker));
            running.retain(|worker| *worker != pid && worker.is_none_or(lives));
            if begins(told) {
                to_begin -= 1;
                workers.extend(pid);
                running.push(pid);
            }
            schedule.workers = schedule.workers.max(workers.len());
            schedule.most_at_once = schedule.most_at_once.max(running.len());
            if to_begin > 0 && running.len() < workers.len() {
                let until = lines.get(i + 1).map_or(told.at, |next| next.at);
                let from = told.at.max(submitted);
                let late = story.transcript.late(from, until);
                schedule.waited += until.saturating_sub(from).saturating_sub(late);
            }
        }
        schedule
    }
}
