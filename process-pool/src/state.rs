//! What a pool's handles and threads share: how many tasks are undone, why no worker is
//! left, and the failures that nobody has taken.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{io, mem};

use common::pid;
use nix::unistd;

use crate::TaskErrorKind::{Lost, NotRun};
use crate::{PoolError, TaskError};

/// How many failures are kept; the others are counted.
const MAX_LISTED: usize = 10;

pub(crate) struct PoolState {
    /// The process whose pool it is: a fork copies it.
    program: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many tasks have no result yet.
    undone: usize,
    /// Why there is no worker any more: as the last place that gave up has learned it, or
    /// why the program has ended the pool.
    reason: String,
    /// Whether the program itself has ended the pool, before its time.
    terminated: bool,
    /// The first failures that nobody has taken.
    failures: Vec<TaskError>,
    /// How many failures nobody has taken.
    count: usize,
    /// Whether the failures have been reported. Later ones go to stderr.
    reported: bool,
}

impl PoolState {
    pub(crate) fn new() -> PoolState {
        PoolState {
            program: pid(),
            state: Mutex::default(),
        }
    }

    /// Whether this process is a copy of the pool's program, which a bare fork has made.
    pub(crate) fn is_copy(&self) -> bool {
        self.program != pid()
    }

    pub(crate) fn note_task(&self) {
        self.lock().undone += 1;
    }

    pub(crate) fn note_result(&self) {
        self.lock().undone -= 1;
    }

    /// Notes why there is no worker any more. If the program itself has ended the pool,
    /// that stays the reason.
    pub(crate) fn note_reason(&self, why: String) {
        let mut state = self.lock();
        if !state.terminated {
            state.reason = why;
        }
    }

    /// Notes that the program ends the pool before its time, and gives the number of tasks
    /// that are undone; 0 if it was noted before.
    pub(crate) fn note_termination(&self, why: &str) -> usize {
        let mut state = self.lock();
        if state.terminated {
            return 0;
        }
        state.terminated = true;
        state.reason = why.to_string();
        state.undone
    }

    pub(crate) fn reason(&self) -> String {
        self.lock().reason.clone()
    }

    /// Adds a failure that nobody has taken, unless the task failed only because the
    /// program has ended the pool.
    pub(crate) fn add_failure(&self, failure: TaskError) {
        let mut state = self.lock();
        if let Lost(why) | NotRun(why) = &failure.kind
            && state.terminated
            && state.reason == *why
        {
            return;
        }
        if state.reported {
            drop(state);
            return print_error(&failure);
        }
        state.count += 1;
        if state.failures.len() < MAX_LISTED {
            state.failures.push(failure);
        }
    }

    /// The failures that nobody has taken, as an error, once.
    pub(crate) fn take_failures(&self) -> Result<(), PoolError> {
        let mut state = self.lock();
        state.reported = true;
        match mem::take(&mut state.count) {
            0 => Ok(()),
            count => {
                let first = mem::take(&mut state.failures);
                Err(PoolError::Failed { first, count })
            }
        }
    }

    /// Prints to stderr the failures that nobody has taken, and how many tasks were undone
    /// when the program ended the pool.
    pub(crate) fn report(&self, why: &str, undone: usize) {
        if let Err(failures) = self.take_failures() {
            print_error(&failures);
        }
        let tasks = if undone == 1 { "task" } else { "tasks" };
        if undone > 0 {
            print_error(&format!(
                "{why}, with {undone} {tasks} undone (only join, after close, waits for tasks)"
            ));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Prints an error for which no caller is left. It may run in a drop and at the end of
/// the program, so unlike eprintln it does not panic when stderr is closed.
fn print_error(error: &dyn Display) {
    let line = format!("Error: {error}\n");
    let _ = unistd::write(io::stderr(), line.as_bytes());
}
