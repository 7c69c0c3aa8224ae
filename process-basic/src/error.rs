use std::{error, fmt, io};

/// Why a process could not be started, waited for or signalled.
///
/// Debug prints the same sentence as Display, for whoever unwraps it. (Written by
/// hand: thiserror would double the time to build this crate.)
pub enum Error {
    /// This process runs this many threads, so forking is not safe.
    Threads(u64),
    /// `/proc/self/task` could not be read, so the threads cannot be counted.
    CountThreads(io::Error),
    /// What this process has printed cannot be written: the child would print it, too.
    Unwritten(io::Error),
    /// The system refused another process.
    Start(io::Error),
    /// The system does not tell how the process ended.
    Join(io::Error),
    /// The process could not be signalled.
    Signal(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Threads(threads) => write!(
                f,
                "cannot start a process while {threads} threads run: it would inherit their \
                 locks without the threads; start processes before threads, and join a pool \
                 first: it runs threads"
            ),
            Error::CountThreads(error) => write!(
                f,
                "cannot start a process: cannot count the threads of this one in /proc: {error}"
            ),
            Error::Unwritten(error) => write!(
                f,
                "cannot start a process: what this one has printed cannot be written: {error}"
            ),
            Error::Start(error) if error.kind() == io::ErrorKind::WouldBlock => write!(
                f,
                "cannot start a process: {error}; too many are running (ulimit -u, or the \
                 container's limit)"
            ),
            Error::Start(error) => write!(f, "cannot start a process: {error}"),
            Error::Join(error) => write!(f, "cannot tell how the process ended: {error}"),
            Error::Signal(error) => write!(f, "cannot signal the process: {error}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without a source: the sentence already has it, and anyhow would print it twice.
impl error::Error for Error {}
