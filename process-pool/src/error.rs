use std::process::ExitStatus;
use std::{fmt, io};

use common::STDOUT_GONE;

/// Why a task has no result.
///
/// Debug prints the same sentence as Display, since that is what Rust prints
/// when `main` returns an error.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// The task panicked, with this message; its worker lives on.
    #[error("it panicked: {0}")]
    Panicked(String),
    /// The worker ended while it had the task.
    #[error("its worker {pid} ended with {status}")]
    WorkerDied {
        /// The worker's PID.
        pid: u32,
        /// The signal that killed it, or the code it exited with.
        status: ExitStatus,
    },
    /// The arguments or the result could not be encoded or decoded.
    #[error("{0}")]
    Codec(String),
    /// There was no worker to run it.
    #[error("there is no worker to run it: {0}")]
    NoWorker(String),
    /// The pool was terminated before the task was done.
    #[error("the pool was terminated")]
    Terminated,
}

impl TaskError {
    /// Whether the worker ended only because nobody reads stdout any more.
    pub(crate) fn is_stdout_gone(&self) -> bool {
        matches!(self, TaskError::WorkerDied { status, .. } if status.code() == Some(STDOUT_GONE))
    }
}

/// What failed in a pool without anybody being told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The number of the task, in the order of submission from 0, and its
    /// function's name; `None` for workers that could not be replaced.
    pub task: Option<(usize, &'static str)>,
    /// Why it failed.
    pub error: TaskError,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.task, &self.error) {
            (Some((number, name)), error) => write!(f, "task {number} ({name}) failed: {error}"),
            (None, TaskError::NoWorker(reason)) => write!(f, "workers were not replaced: {reason}"),
            (None, error) => write!(f, "workers were not replaced: {error}"),
        }
    }
}

/// Why a pool could not be made, or did not end well.
///
/// Debug prints the same sentence as Display, as with [`TaskError`].
#[derive(thiserror::Error)]
pub enum PoolError {
    /// The pool was to have no processes.
    #[error("a pool needs at least one process")]
    NoProcesses,
    /// The fork server could not be started, as when threads run already;
    /// another pool's dispatchers are such threads.
    #[error("cannot make the pool: {0}")]
    Start(#[from] process_basic::Error),
    /// A worker could not be started.
    #[error("cannot make the pool: {0}")]
    Worker(String),
    /// The system had no channel or thread to give.
    #[error("cannot make the pool: {0}; it needs two descriptors and a thread for each worker")]
    System(#[from] io::Error),
    /// The pool has done all its tasks; these failed, and nobody took their
    /// results.
    #[error("{}", list(.0))]
    Failed(Vec<Failure>),
}

/// As many failures are listed one by one.
const LISTED: usize = 10;

fn list(failures: &[Failure]) -> String {
    let listed: Vec<String> = failures
        .iter()
        .take(LISTED)
        .map(Failure::to_string)
        .collect();
    let more = match failures.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!("\nand {more} more"),
    };
    listed.join("\n") + &more
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
