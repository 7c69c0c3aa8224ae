use std::process::ExitStatus;
use std::{fmt, io};

/// A task that has no result: which one, and why.
///
/// Debug prints the same sentence as Display, for whoever unwraps a result.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} failed: {kind}", task(*.number, .name))]
pub struct TaskError {
    /// The number of the task, in the order of submission from 0; none in
    /// [`map`](crate::Pool::map), where tasks travel in chunks.
    pub number: Option<usize>,
    /// The path of its function.
    pub name: &'static str,
    /// Why it failed.
    pub kind: TaskErrorKind,
}

fn task(number: Option<usize>, name: &str) -> String {
    match number {
        Some(number) => format!("task {number} ({name})"),
        None => format!("a task of map ({name})"),
    }
}

/// Why a task has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskErrorKind {
    /// The task panicked, with this text; its worker lives on. (In a program that is
    /// compiled with `panic = "abort"`, it is
    /// [`WorkerDied`](TaskErrorKind::WorkerDied).)
    #[error("it panicked: {0}")]
    Panicked(String),
    /// The worker ended while it had the task, or a part of its arguments. How far it
    /// came with that, nobody knows.
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
    /// A worker had the task when all workers were ended, for this reason. It may have
    /// done a part of its work.
    #[error("it was lost: {0}")]
    Lost(String),
    /// No worker had the task when all workers were ended, or none could be had, for
    /// this reason. You can submit it again, to another pool.
    #[error("it was not run: {0}")]
    NotRun(String),
}

/// Why a pool could not be made, or did not end well.
///
/// Debug prints the same sentence as Display, as with [`TaskError`].
#[derive(thiserror::Error)]
pub enum PoolError {
    /// The pool was to have no processes.
    #[error("a pool needs at least one process")]
    NoProcesses,
    /// The program runs threads already, as many as this. Those of another pool are
    /// such threads.
    #[error(
        "cannot make the pool: {0} threads run already. Make a pool before you start threads. If \
         they are another pool's, join that pool first: only one at a time can run."
    )]
    Threads(u64),
    /// The fork server or a worker could not be started, or one worker after the other
    /// died.
    #[error("cannot make the pool: {0}")]
    Start(String),
    /// The system had no channel or thread to give.
    #[error("cannot make the pool: {0}; it needs four descriptors and a thread for each worker")]
    System(io::Error),
    /// The pool has ended. Tasks failed, and nobody took their results.
    #[error("{}", list(.first, *.count))]
    Failed {
        /// The first ten of them.
        first: Vec<TaskError>,
        /// How many they are.
        count: usize,
    },
}

fn list(first: &[TaskError], count: usize) -> String {
    let mut list: Vec<String> = first.iter().map(TaskError::to_string).collect();
    if count > first.len() {
        list.push(format!("and {} more", count - first.len()));
    }
    list.join("\n")
}

/// Without a source: the sentence already has it, and anyhow would print it twice.
impl From<io::Error> for PoolError {
    fn from(error: io::Error) -> PoolError {
        PoolError::System(error)
    }
}

impl From<process_basic::Error> for PoolError {
    fn from(error: process_basic::Error) -> PoolError {
        match error {
            process_basic::Error::Threads(threads) => PoolError::Threads(threads),
            error => PoolError::Start(error.to_string()),
        }
    }
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
