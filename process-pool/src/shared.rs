//! What the threads of a pool know together.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Failure, TaskError};

#[derive(Default)]
pub(crate) struct Shared {
    terminated: AtomicBool,
    /// Why there are no workers; without a reason, the pool was terminated.
    no_worker: Mutex<Option<String>>,
    failures: Mutex<Failures>,
}

/// The failures that nobody took from a handle.
#[derive(Default)]
struct Failures {
    list: Vec<Failure>,
    /// Whether `join` has reported them; later ones go to stderr.
    reported: bool,
}

impl Shared {
    pub(crate) fn terminate(&self) {
        self.terminated.store(true, Ordering::Release);
    }

    pub(crate) fn is_terminated(&self) -> bool {
        self.terminated.load(Ordering::Acquire)
    }

    /// Notes that a worker is missing from now on.
    pub(crate) fn lose_worker(&self, reason: String) {
        let known = lock(&self.no_worker).replace(reason.clone());
        if known.as_ref() != Some(&reason) {
            let error = TaskError::NoWorker(reason);
            self.add_failure(Failure { task: None, error });
        }
    }

    /// What to answer for a task that no worker was given.
    pub(crate) fn why_undone(&self) -> TaskError {
        match lock(&self.no_worker).clone() {
            Some(reason) if !self.is_terminated() => TaskError::NoWorker(reason),
            _ => TaskError::Terminated,
        }
    }

    /// Keeps a failure for `join` to report.
    pub(crate) fn add_failure(&self, failure: Failure) {
        if failure.error.is_stdout_gone() {
            return;
        }
        let mut failures = lock(&self.failures);
        if failures.reported {
            eprintln!("Error: {failure}");
        } else {
            failures.list.push(failure);
        }
    }

    pub(crate) fn take_failures(&self) -> Vec<Failure> {
        let mut failures = lock(&self.failures);
        failures.reported = true;
        std::mem::take(&mut failures.list)
    }
}

/// Locks a mutex; no thread panics in the middle of a change to what it guards.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
