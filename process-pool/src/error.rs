use std::process::ExitStatus;
use std::{fmt, io};

use nix::errno::Errno;

/// Why a task has no result.
///
/// Debug prints the same sentence as Display, for whoever unwraps a result.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// The task panicked; its worker lives on. (In a program that is compiled
    /// with `panic = "abort"`, it is [`WorkerDied`](TaskError::WorkerDied).)
    #[error("it panicked at {place}: {message}")]
    Panicked {
        /// What it panicked with.
        message: String,
        /// The file, the line and the column; unknown if the task has resumed the
        /// panic of another thread.
        place: String,
    },
    /// The worker ended while it had the task. How far it came with that, nobody
    /// knows. (When several workers end in the moment in which the task is on its
    /// way, this may be another one of them.)
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
    /// The task was on its way to a worker, or a worker had it, when there were no
    /// workers any more, for this reason. It may have done a part of its work.
    #[error("it was lost: {0}")]
    Lost(String),
    /// There were no workers any more, for this reason, before one had the task.
    /// It may be given to another pool.
    #[error("it was not run: {0}")]
    NotRun(String),
}

/// A task that failed, and whose result nobody took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The number of the task, in the order of submission from 0.
    pub number: usize,
    /// The path of its function.
    pub name: &'static str,
    /// Why it failed.
    pub error: TaskError,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure {
            number,
            name,
            error,
        } = self;
        write!(f, "task {number} ({name}) failed: {error}")
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
    Start(process_basic::Error),
    /// A worker could not be started, or one after the other died.
    #[error("cannot make the pool: {0}")]
    Worker(String),
    /// The system had no channel or thread to give.
    #[error("cannot make the pool: {0}; it needs four descriptors and a thread for each worker")]
    System(io::Error),
    /// The pool has done all its tasks; these failed, and nobody took their
    /// results.
    #[error("{}", list(.0))]
    Failed(Vec<Failure>),
}

impl From<io::Error> for PoolError {
    fn from(error: io::Error) -> PoolError {
        PoolError::System(error)
    }
}

impl From<Errno> for PoolError {
    fn from(errno: Errno) -> PoolError {
        PoolError::System(errno.into())
    }
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
