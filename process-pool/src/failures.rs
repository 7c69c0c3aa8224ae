//! What became of a pool's tasks: how many are not done, and the failures that nobody
//! has taken.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{io, mem};

use nix::unistd;

use crate::{PoolError, TaskError, TaskErrorKind};

/// How many failures are kept; the others are counted.
const KEPT: usize = 10;

#[derive(Default)]
pub(crate) struct Failures(Mutex<State>);

#[derive(Default)]
struct State {
    /// How many tasks have no outcome yet, or were ended by the program.
    undone: usize,
    /// Why the program has ended the pool before its time.
    terminated: Option<&'static str>,
    /// The first failures that nobody has taken.
    kept: Vec<TaskError>,
    /// The number of all of them.
    count: usize,
    /// Whether they have been told. Later ones go to stderr.
    told: bool,
}

impl Failures {
    pub(crate) fn note_task(&self) {
        self.lock().undone += 1;
    }

    /// Notes what has become of a task; false when it is undone because the program has
    /// ended the pool, which is no failure of the task.
    pub(crate) fn note_outcome<T>(&self, outcome: &Result<T, TaskErrorKind>) -> bool {
        use TaskErrorKind::{Lost, NotRun};
        let mut state = self.lock();
        let has_ended = match outcome {
            Err(Lost(_) | NotRun(_)) => state.terminated.is_none(),
            _ => true,
        };
        state.undone -= usize::from(has_ended);
        has_ended
    }

    /// Adds a failure that nobody has taken.
    pub(crate) fn add(&self, failure: TaskError) {
        let mut state = self.lock();
        if state.told {
            drop(state);
            return say(&failure);
        }
        state.count += 1;
        if state.kept.len() < KEPT {
            state.kept.push(failure);
        }
    }

    /// Notes that the program ends the pool before its time.
    pub(crate) fn note_termination(&self, why: &'static str) {
        self.lock().terminated = Some(why);
    }

    /// Why the program has ended the pool before its time.
    pub(crate) fn terminated(&self) -> Option<&'static str> {
        self.lock().terminated
    }

    /// The failures that nobody has taken, as an error, once.
    pub(crate) fn take(&self) -> Result<(), PoolError> {
        let mut state = self.lock();
        state.told = true;
        match mem::take(&mut state.count) {
            0 => Ok(()),
            count => {
                let first = mem::take(&mut state.kept);
                Err(PoolError::Failed { first, count })
            }
        }
    }

    /// Tells them on stderr.
    pub(crate) fn tell(&self) {
        if let Err(failures) = self.take() {
            say(&failures);
        }
    }

    /// Tells them on stderr, and how many tasks are not done, since `what` has happened.
    pub(crate) fn tell_with_undone(&self, what: &str) {
        self.tell();
        let undone = self.lock().undone;
        let tasks = if undone == 1 { "task" } else { "tasks" };
        if undone > 0 {
            say(&format!(
                "{what} with {undone} {tasks} undone; close it, then join it, to have them done"
            ));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells an error for which no caller is left. It may run in a drop and at the end of
/// the program, so unlike eprintln it does not panic when stderr is closed.
fn say(error: &dyn Display) {
    let said = format!("Error: {error}\n");
    let _ = unistd::write(io::stderr(), said.as_bytes());
}
