use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crossbeam::channel::{self, Receiver, RecvTimeoutError, Sender};
use serde::de::DeserializeOwned;

use crate::call::decode;
use crate::failures::Failures;
use crate::{TaskError, TaskErrorKind};

/// What will come of a task, as Python's `AsyncResult`.
///
/// It may be dropped. If the task then fails, [`ClosedPool::join`] says so. (A handle
/// that is kept has the failure: its `get` says so, or its drop, on stderr.)
///
/// [`ClosedPool::join`]: crate::ClosedPool::join
pub struct AsyncResult<R> {
    task: TaskId,
    outcome: Receiver<Untaken>,
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
        match self.outcome.recv() {
            Ok(outcome) => self.take(outcome),
            Err(_) => panic!("{TAKEN}"),
        }
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
        match self.outcome.recv_timeout(limit) {
            Ok(outcome) => self.take(outcome).map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => panic!("{TAKEN}"),
        }
    }

    fn take(&self, outcome: Untaken) -> Result<R, TaskError> {
        let decode = |bytes: Vec<u8>| decode("result", &bytes).map_err(TaskErrorKind::Codec);
        let result = outcome.take().and_then(decode);
        result.map_err(|kind| self.task.failed(kind))
    }
}

const TAKEN: &str = "the result of this task has been taken already";

impl<R> AsyncResult<R> {
    /// Whether the result is there to be taken: [`get`](AsyncResult::get) would not wait.
    pub fn ready(&self) -> bool {
        !self.outcome.is_empty()
    }
}

impl<R> fmt::Debug for AsyncResult<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncResult")
            .field("ready", &self.ready())
            .finish()
    }
}

/// Which task it is, for whoever is told of its failure.
#[derive(Clone, Copy)]
pub(crate) struct TaskId {
    pub(crate) number: Option<usize>,
    pub(crate) name: &'static str,
}

impl TaskId {
    fn failed(self, kind: TaskErrorKind) -> TaskError {
        let TaskId { number, name } = self;
        TaskError { number, name, kind }
    }
}

/// The encoded result of a task, or why it has none.
pub(crate) type Outcome = Result<Vec<u8>, TaskErrorKind>;

/// Where the outcome of a task is put, once.
pub(crate) struct Promise {
    task: TaskId,
    outcome: Sender<Untaken>,
    failures: Arc<Failures>,
}

impl Promise {
    /// The two ends of the way of an outcome.
    pub(crate) fn new<R>(task: TaskId, failures: &Arc<Failures>) -> (Promise, AsyncResult<R>) {
        failures.note_task();
        let (sender, receiver) = channel::bounded(1);
        let promise = Promise {
            task,
            outcome: sender,
            failures: Arc::clone(failures),
        };
        let result = AsyncResult {
            task,
            outcome: receiver,
            result: PhantomData,
        };
        (promise, result)
    }

    pub(crate) fn keep(self, outcome: Outcome) {
        let counts = self.failures.note_outcome(&outcome);
        let outcome = Untaken {
            task: self.task,
            outcome: Some(outcome),
            failures: counts.then_some(self.failures),
        };
        // If the handle is gone, the outcome is dropped here.
        let _ = self.outcome.send(outcome);
    }
}

/// An outcome on its way. If it is dropped there, a failure is not lost.
struct Untaken {
    task: TaskId,
    /// None once it is taken.
    outcome: Option<Outcome>,
    /// None for a task that the program itself has ended.
    failures: Option<Arc<Failures>>,
}

impl Untaken {
    fn take(mut self) -> Outcome {
        match self.outcome.take() {
            Some(outcome) => outcome,
            None => unreachable!("this takes it, once"),
        }
    }
}

impl Drop for Untaken {
    fn drop(&mut self) {
        if let (Some(Err(kind)), Some(failures)) = (self.outcome.take(), &self.failures) {
            failures.add(self.task.failed(kind));
        }
    }
}
