use std::{fmt, io};

/// Why a message could not be sent or received.
///
/// Debug prints the same sentence as Display, since that is what Rust prints
/// when `main` returns an error.
#[derive(thiserror::Error)]
pub enum Error {
    /// The other side has closed the pipe, or its process has ended.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The other side ended in the middle of a message.
    #[error("the other side of the pipe ended in the middle of a message")]
    CutOff,
    /// What came is not a message of the expected type.
    #[error(
        "what came through the pipe is not the expected message: {0}; do both ends agree on its type?"
    )]
    Decode(#[source] postcard::Error),
    /// The message cannot be encoded.
    #[error("the message cannot be sent: {0}")]
    Encode(#[source] postcard::Error),
    /// The message takes that many bytes, more than a frame can tell.
    #[error("the message cannot be sent: it takes {0} bytes, and a frame holds less than 4 GiB")]
    TooLong(usize),
    /// The system refused.
    #[error("the pipe failed: {0}")]
    Io(#[source] io::Error),
}

/// The other side has closed the pipe, or its process has ended.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the other side of the pipe has closed it, or its process has ended")]
pub struct Closed;

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Closed.into(),
            _ => Error::Io(error),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
