//! What the threads of a pool know together.

use std::fmt::Display;
use std::io::{self, Write};
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Failure, TaskError};

#[derive(Default)]
pub(crate) struct Shared {
    end: Mutex<Option<End>>,
    /// How many tasks were not done when the program ended the pool.
    undone: AtomicUsize,
    failures: Mutex<Failures>,
}

/// Why a place has no workers any more.
struct End {
    reason: String,
    by_program: bool,
}

/// The failures that nobody took from a handle.
#[derive(Default)]
struct Failures {
    list: Vec<Failure>,
    /// Whether they have been reported; later ones go to stderr.
    reported: bool,
}

impl Shared {
    /// Notes that the program ends the pool.
    pub(crate) fn terminate(&self, reason: &str) {
        *lock(&self.end) = Some(End {
            reason: reason.to_string(),
            by_program: true,
        });
    }

    /// Notes that a place has no workers any more. Gives the reason that counts:
    /// the program's comes first.
    pub(crate) fn end(&self, reason: &str) -> String {
        let mut end = lock(&self.end);
        match &*end {
            Some(end) if end.by_program => end.reason.clone(),
            _ => {
                *end = Some(End {
                    reason: reason.to_string(),
                    by_program: false,
                });
                reason.to_string()
            }
        }
    }

    /// Why no worker will run a task that is still in the queue.
    pub(crate) fn why_not_run(&self) -> String {
        let end = lock(&self.end);
        match &*end {
            Some(end) => end.reason.clone(),
            None => "the pool's dispatchers have panicked".to_string(),
        }
    }

    /// Whether a task with this error was not done because the program ended the
    /// pool. Then it is counted, not reported.
    pub(crate) fn is_undone(&self, error: &TaskError) -> bool {
        let undone = matches!(error, TaskError::Lost(_) | TaskError::NotRun(_));
        undone && lock(&self.end).as_ref().is_some_and(|end| end.by_program)
    }

    pub(crate) fn count_undone(&self) {
        self.undone.fetch_add(1, Ordering::Relaxed);
    }

    /// Keeps a failure for the pool's report.
    pub(crate) fn add_failure(&self, failure: Failure) {
        let mut failures = lock(&self.failures);
        if failures.reported {
            say(&failure);
        } else {
            failures.list.push(failure);
        }
    }

    /// The pool's report: the failures, and how many tasks were not done.
    pub(crate) fn report(&self) -> (Vec<Failure>, usize) {
        let mut failures = lock(&self.failures);
        failures.reported = true;
        let undone = self.undone.load(Ordering::Relaxed);
        (mem::take(&mut failures.list), undone)
    }
}

/// Tells an error for which no caller is left. It may run in a drop, so unlike
/// eprintln it does not panic when stderr is closed.
pub(crate) fn say(error: &dyn Display) {
    let _ = writeln!(io::stderr(), "Error: {error}");
}

/// Locks a mutex; no thread panics in the middle of a change to what it guards.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
