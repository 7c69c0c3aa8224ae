//! The tasks of a pool, read from a story, and how they shared processes and time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{RUN, RUNS};
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
    /// The processes in which they ran.
    pub workers: BTreeSet<u32>,
    /// The most tasks that ran at once.
    pub most_at_once: usize,
    /// The time in which tasks waited though workers that had run one had nothing to do,
    /// without that in which compare itself was held up.
    pub waited: Duration,
}

impl Schedule {
    pub fn of(story: &Story) -> Schedule {
        let begins = |told: &Told| RUN.contains(&told.expected.line);
        let is_of_task = |told: &&Told| begins(told) || RUNS.contains(&told.expected.line);
        let lines: Vec<&Told> = story.told.iter().filter(is_of_task).collect();
        let mut to_begin = lines.iter().filter(|told| begins(told)).count();

        let mut schedule = Schedule::default();
        // Who runs a task: one that fails has no end, so its worker's next one is its end.
        let mut running = Vec::new();
        for (i, told) in lines.iter().enumerate() {
            let pid = story.pid_of(told);
            running.retain(|worker| *worker != pid);
            if begins(told) {
                to_begin -= 1;
                schedule.workers.extend(pid);
                running.push(pid);
            }
            schedule.most_at_once = schedule.most_at_once.max(running.len());
            if to_begin > 0 && running.len() < schedule.workers.len() {
                let until = lines.get(i + 1).map_or(told.at, |next| next.at);
                let late = story.transcript.late(told.at, until);
                schedule.waited += until.saturating_sub(told.at).saturating_sub(late);
            }
        }
        schedule
    }
}
