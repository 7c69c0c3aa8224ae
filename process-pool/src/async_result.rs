use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, mem};

use crossbeam::channel::{self, Receiver, RecvTimeoutError, Sender};
use serde::de::DeserializeOwned;

use crate::call::decode;
use crate::state::PoolState;
use crate::{TaskError, TaskErrorKind};

/// What will come of a task, as Python's `AsyncResult`.
///
/// It may be dropped. If the task then fails, [`ClosedPool::join`] says so. (A handle
/// that is kept has the failure itself: its `get` says so. If it is dropped after the
/// join, that prints the failure to stderr.)
///
/// [`ClosedPool::join`]: crate::ClosedPool::join
pub struct AsyncResult<R> {
    untaken: Receiver<Untaken>,
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
    #[track_caller]
    pub fn get(self) -> Result<R, TaskError> {
        match self.untaken.recv() {
            Ok(untaken) => untaken.take(),
            Err(_) => panic!("{TAKEN}"),
        }
    }

    /// Waits at most `limit`; `None` when the task has not ended by then. `Some` has
    /// taken the result: do not ask again.
    ///
    /// # Errors
    ///
    /// As [`get`](AsyncResult::get).
    ///
    /// # Panics
    ///
    /// As [`get`](AsyncResult::get).
    #[track_caller]
    pub fn get_timeout(&mut self, limit: Duration) -> Result<Option<R>, TaskError> {
        match self.untaken.recv_timeout(limit) {
            Ok(untaken) => untaken.take().map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => panic!("{TAKEN}"),
        }
    }
}

const TAKEN: &str = "the result of this task has been taken already";

impl<R> AsyncResult<R> {
    /// Whether the result is there to be taken: [`get`](AsyncResult::get) would not wait.
    pub fn ready(&self) -> bool {
        !self.untaken.is_empty()
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
pub(crate) type TaskResult = Result<Vec<u8>, TaskErrorKind>;

/// Where the result of a task is put. If it is dropped without one, the handle learns
/// that the task was not run.
pub(crate) struct Promise {
    task: TaskId,
    result: Option<TaskResult>,
    to_handle: Sender<Untaken>,
    state: Arc<PoolState>,
}

impl Promise {
    /// The two ends of the way of a result.
    pub(crate) fn new<R>(task: TaskId, state: &Arc<PoolState>) -> (Promise, AsyncResult<R>) {
        state.note_task();
        let (to_handle, untaken) = channel::bounded(1);
        let promise = Promise {
            task,
            result: None,
            to_handle,
            state: Arc::clone(state),
        };
        let result = AsyncResult {
            untaken,
            result: PhantomData,
        };
        (promise, result)
    }

    /// Gives the handle this result: the drop sends it.
    pub(crate) fn fulfil(mut self, result: TaskResult) {
        self.result = Some(result);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.state.note_result();
        let not_run = || Err(TaskErrorKind::NotRun(self.state.reason()));
        let result = self.result.take().unwrap_or_else(not_run);
        // If the handle is gone, the result is dropped here.
        let _ = self.to_handle.send(Untaken {
            task: self.task,
            result,
            state: Arc::clone(&self.state),
        });
    }
}

/// A result on its way to the handle. If it is dropped there, a failure is not lost.
struct Untaken {
    task: TaskId,
    result: TaskResult,
    state: Arc<PoolState>,
}

impl Untaken {
    fn take<R: DeserializeOwned>(mut self) -> Result<R, TaskError> {
        let bytes = self.take_result()?;
        decode("result", &bytes).map_err(|why| self.task.failed(TaskErrorKind::Codec(why)))
    }

    /// Leaves a result in its place that is no failure, so that the drop adds none.
    fn take_result(&mut self) -> Result<Vec<u8>, TaskError> {
        let result = mem::replace(&mut self.result, Ok(Vec::new()));
        result.map_err(|kind| self.task.failed(kind))
    }
}

impl Drop for Untaken {
    fn drop(&mut self) {
        if let Err(failure) = self.take_result() {
            self.state.add_failure(failure);
        }
    }
}
