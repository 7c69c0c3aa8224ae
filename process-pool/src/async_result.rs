use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::call::decode;
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
    ///
    /// # Panics
    ///
    /// When [`get_timeout`](AsyncResult::get_timeout) has taken the result.
    pub fn get(self) -> Result<R, TaskError> {
        decode_result(self.slot.wait())
    }

    /// Waits at most `limit`; `None` when the task has not ended by then.
    ///
    /// # Errors
    ///
    /// As [`get`](AsyncResult::get).
    ///
    /// # Panics
    ///
    /// As [`get`](AsyncResult::get).
    pub fn get_timeout(&mut self, limit: Duration) -> Result<Option<R>, TaskError> {
        self.slot.wait_timeout(limit).map(decode_result).transpose()
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
        !matches!(*lock(&self.slot.state), State::Pending)
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

fn decode_result<R: DeserializeOwned>(outcome: Outcome) -> Result<R, TaskError> {
    decode("result", &outcome?).map_err(TaskError::Codec)
}

/// Where the outcome of one task arrives, once.
pub(crate) struct Slot {
    state: Mutex<State>,
    arrived: Condvar,
    task: (usize, &'static str),
    shared: Arc<Shared>,
}

enum State {
    Pending,
    Done(Outcome),
    Taken,
    /// Nobody will take it.
    Abandoned,
}

impl Slot {
    /// A slot for the task with this number and this name.
    pub(crate) fn new(task: (usize, &'static str), shared: Arc<Shared>) -> Arc<Slot> {
        Arc::new(Slot {
            state: Mutex::new(State::Pending),
            arrived: Condvar::new(),
            task,
            shared,
        })
    }

    /// Puts the outcome in, once.
    pub(crate) fn fill(&self, outcome: Outcome) {
        if let Err(error) = &outcome
            && self.shared.is_undone(error)
        {
            self.shared.count_undone();
        }
        let mut state = lock(&self.state);
        if let State::Abandoned = *state {
            self.report(outcome);
        } else {
            *state = State::Done(outcome);
            self.arrived.notify_one();
        }
    }

    /// Says that no worker has had the task.
    pub(crate) fn fill_not_run(&self) {
        self.fill(Err(TaskError::NotRun(self.shared.why_not_run())));
    }

    fn wait(&self) -> Outcome {
        let state = lock(&self.state);
        let pending = |state: &mut State| matches!(state, State::Pending);
        let state = self.arrived.wait_while(state, pending);
        take(&mut state.unwrap_or_else(PoisonError::into_inner))
    }

    fn wait_timeout(&self, limit: Duration) -> Option<Outcome> {
        let state = lock(&self.state);
        let pending = |state: &mut State| matches!(state, State::Pending);
        let waited = self.arrived.wait_timeout_while(state, limit, pending);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        (!waited.timed_out()).then(|| take(&mut state))
    }

    fn abandon(&self) {
        let state = mem::replace(&mut *lock(&self.state), State::Abandoned);
        if let State::Done(outcome) = state {
            self.report(outcome);
        }
    }

    fn report(&self, outcome: Outcome) {
        if let Err(error) = outcome
            && !self.shared.is_undone(&error)
        {
            let (number, name) = self.task;
            self.shared.add_failure(Failure {
                number,
                name,
                error,
            });
        }
    }
}

fn take(state: &mut MutexGuard<State>) -> Outcome {
    match mem::replace(&mut **state, State::Taken) {
        State::Done(outcome) => outcome,
        _ => panic!("the result of this task has been taken already"),
    }
}
