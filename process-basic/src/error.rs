use std::{error, fmt, io};

/// Why a process could not be started, waited for or signalled.
///
/// Debug prints the same sentence as Display, since that is what Rust prints
/// when `main` returns an error. (Written by hand: thiserror would double the
/// time to build this crate.)
pub enum Error {
    /// This process runs that many threads, and forking would not be safe.
    Threads(u64),
    /// `/proc/self/task` could not be read, so the threads cannot be counted.
    CountThreads(io::Error),
    /// The system could not give a new process.
    Start(io::Error),
    /// The process could not be waited for.
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
                 locks without the threads; start processes before threads"
            ),
            Error::CountThreads(error) => write!(
                f,
                "cannot start a process: counting this one's threads needs /proc: {error}"
            ),
            Error::Start(error) if error.kind() == io::ErrorKind::WouldBlock => write!(
                f,
                "cannot start a process: {error}; too many are running (ulimit -u, or the \
                 container's limit)"
            ),
            Error::Start(error) => write!(f, "cannot start a process: {error}"),
            Error::Join(error) => write!(f, "cannot wait for the process: {error}"),
            Error::Signal(error) => write!(f, "cannot signal the process: {error}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Error::Threads(_) => None,
            Error::CountThreads(error)
            | Error::Start(error)
            | Error::Join(error)
            | Error::Signal(error) => Some(error),
        }
    }
}
