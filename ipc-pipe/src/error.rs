use std::{fmt, io};

/// Why a message could not be sent or received.
///
/// Debug prints the same sentence as Display, for whoever unwraps it.
#[derive(thiserror::Error)]
pub enum Error {
    /// The other side has closed the pipe, or its process has ended.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The other side ended in the middle of a message.
    #[error("the other side of the pipe ended in the middle of a message")]
    CutOff,
    /// What came cannot be decoded as a message of this type.
    #[error(
        "what came through the pipe cannot be decoded as {0}: {1}; do both ends agree on the \
         type? If so, look in it for serde's `skip_serializing_if`, `skip` on a variant, \
         `untagged`, `tag` and `flatten`, and for `serde_json::Value`"
    )]
    Decode(&'static str, postcard::Error),
    /// A message, of this type, cannot be encoded.
    #[error(
        "a message of type {0} cannot be encoded, and is not sent: {1}; look in its type for \
         serde's `flatten`, and for a `Serialize` that refuses it"
    )]
    Encode(&'static str, postcard::Error),
    /// The message takes that many bytes, more than a frame can tell.
    #[error("the message cannot be sent: it takes {0} bytes, and a frame holds less than 4 GiB")]
    TooLong(usize),
    /// The system refused.
    #[error("the pipe failed: {0}")]
    Io(io::Error),
}

/// The other side has closed the pipe, or its process has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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
