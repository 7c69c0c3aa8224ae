//! The tasks of a pool, read from a story, and how they shared the time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{RUN, RUNS, WORKERS};
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
        (0..RUN.len())
            .map(|number| Task::find(story, number))
            .collect()
    }

    fn find(story: &'a Story, number: usize) -> Task<'a> {
        let (run, runs) = (story.find(RUN[number]), story.find(RUNS[number]));
        Task { number, run, runs }
    }

    /// Its last line. One that has none has failed by the time when its process
    /// begins another.
    fn end(&self, tasks: &[Task<'a>]) -> Option<&'a Told> {
        let run = self.run?;
        let later = tasks.iter().filter_map(|task| task.run);
        let later = later.filter(|later| later.pid == run.pid && later.index > run.index);
        self.runs.or_else(|| later.min_by_key(|later| later.index))
    }

    pub fn pid(&self) -> Option<u32> {
        self.run?.pid
    }

    pub fn had_begun(&self, index: usize) -> bool {
        self.run.is_some_and(|run| run.index < index) || self.had_ended(index)
    }

    pub fn had_ended(&self, index: usize) -> bool {
        self.runs.is_some_and(|runs| runs.index < index)
    }
}

/// How the tasks shared the time.
pub struct Schedule {
    /// The processes in which they ran.
    pub pids: BTreeSet<u32>,
    /// The most tasks that ran at once.
    pub most_at_once: usize,
    /// The time in which tasks waited and fewer than [`WORKERS`] ran, without that in which
    /// compare itself was held up.
    pub waited: Duration,
}

impl Schedule {
    pub fn of(story: &Story, tasks: &[Task]) -> Schedule {
        let begins = tasks.iter().filter_map(|task| Some((task.run?, true)));
        let ends = tasks
            .iter()
            .filter_map(|task| Some((task.end(tasks)?, false)));
        let mut lines: Vec<_> = begins.chain(ends).collect();
        // One that fails ends just before the next one begins.
        lines.sort_by_key(|(told, begins)| (told.index, *begins));
        let to_begin = lines.iter().filter(|(_, begins)| *begins).count();

        let pids = tasks.iter().filter_map(Task::pid).collect();
        let mut schedule = Schedule {
            pids,
            most_at_once: 0,
            waited: Duration::ZERO,
        };
        let (mut begun, mut running) = (0, 0_usize);
        for (i, (told, begins)) in lines.iter().enumerate() {
            if *begins {
                begun += 1;
                running += 1;
            } else {
                running = running.saturating_sub(1);
            }
            schedule.most_at_once = schedule.most_at_once.max(running);
            if begun < to_begin && running < WORKERS {
                let until = lines.get(i + 1).map_or(told.at, |(next, _)| next.at);
                let late = story.transcript.late(told.at, until);
                schedule.waited += until.saturating_sub(told.at).saturating_sub(late);
            }
        }
        schedule
    }
}
