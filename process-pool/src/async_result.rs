use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::shared::{Shared, lock};
use crate::{Failure, TaskError};

/// What will come of a task, as Python's `AsyncResult`.
///
/// It may be ignored. If the task then fails, [`ClosedPool::join`] says so.
///
/// [`ClosedPool::join`]: crate::ClosedPool::join
pub struct AsyncResult<R> {
    slot: Arc<Slot>,
    result: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> AsyncResult<R> {
    /// Waits for the task to end, and takes what it returned.
    ///
    /// # Errors
    ///
    /// A [`TaskError`] when the task has no result. Whatever happens to its
    /// worker or to the pool, there is an answer.
    pub fn get(self) -> Result<R, TaskError> {
        loop {
            if let Some(outcome) = self.slot.take() {
                return decode(outcome);
            }
            thread::park();
        }
    }

    /// Waits at most `limit`.
    ///
    /// # Errors
    ///
    /// The handle itself, to try again, when the task has not ended by then.
    /// The inner result is as with [`get`](AsyncResult::get).
    pub fn get_timeout(self, limit: Duration) -> Result<Result<R, TaskError>, AsyncResult<R>> {
        let started = Instant::now();
        loop {
            if let Some(outcome) = self.slot.take() {
                return Ok(decode(outcome));
            }
            let left = limit.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(self);
            }
            thread::park_timeout(left);
        }
    }
}

impl<R> AsyncResult<R> {
    pub(crate) fn new(slot: Arc<Slot>) -> AsyncResult<R> {
        AsyncResult {
            slot,
            result: PhantomData,
        }
    }

    /// Whether [`get`](AsyncResult::get) would return at once.
    pub fn ready(&self) -> bool {
        matches!(*lock(&self.slot.state), State::Done(_))
    }
}

impl<R> Drop for AsyncResult<R> {
    fn drop(&mut self) {
        self.slot.abandon();
    }
}

impl<R> fmt::Debug for AsyncResult<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncResult")
            .field("ready", &self.ready())
            .finish()
    }
}

/// The encoded result of a task.
pub(crate) type Outcome = Result<Vec<u8>, TaskError>;

fn decode<R: DeserializeOwned>(outcome: Outcome) -> Result<R, TaskError> {
    postcard::from_bytes(&outcome?)
        .map_err(|error| TaskError::Codec(format!("its result cannot be decoded: {error}")))
}

/// Where the outcome of one task arrives, once.
pub(crate) struct Slot {
    state: Mutex<State>,
    task: (usize, &'static str),
    shared: Arc<Shared>,
}

enum State {
    Pending,
    /// This thread is to be woken.
    Awaited(Thread),
    Done(Outcome),
    /// Nobody will take the outcome, or it has been taken.
    Abandoned,
}

impl Slot {
    pub(crate) fn new(task: (usize, &'static str), shared: Arc<Shared>) -> Arc<Slot> {
        Arc::new(Slot {
            state: Mutex::new(State::Pending),
            task,
            shared,
        })
    }

    /// Puts the outcome in, once.
    pub(crate) fn fill(&self, outcome: Outcome) {
        let mut state = lock(&self.state);
        match &*state {
            State::Abandoned => self.report(outcome),
            State::Pending | State::Done(_) => *state = State::Done(outcome),
            State::Awaited(thread) => {
                let thread = thread.clone();
                *state = State::Done(outcome);
                thread.unpark();
            }
        }
    }

    /// Says that the task was not done.
    pub(crate) fn fill_undone(&self) {
        self.fill(Err(self.shared.why_undone()));
    }

    /// Takes the outcome out, or has the current thread woken when it is there.
    fn take(&self) -> Option<Outcome> {
        let mut state = lock(&self.state);
        match std::mem::replace(&mut *state, State::Abandoned) {
            State::Done(outcome) => Some(outcome),
            _ => {
                *state = State::Awaited(thread::current());
                None
            }
        }
    }

    fn abandon(&self) {
        let state = std::mem::replace(&mut *lock(&self.state), State::Abandoned);
        if let State::Done(outcome) = state {
            self.report(outcome);
        }
    }

    fn report(&self, outcome: Outcome) {
        if let Err(error) = outcome {
            let task = Some(self.task);
            self.shared.add_failure(Failure { task, error });
        }
    }
}
