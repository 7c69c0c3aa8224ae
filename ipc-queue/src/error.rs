use std::{fmt, io};

use rustix::io::Errno;

/// Why an item could not be put or got.
///
/// Debug prints the same sentence as Display, for whoever unwraps it.
#[derive(thiserror::Error)]
pub enum Error {
    /// The queue is closed, by this process or by another.
    #[error(
        "nothing more can be put into the queue: it is closed; close it when all writers have \
         been joined"
    )]
    Closed,
    /// There is no item now.
    #[error("the queue is empty")]
    Empty,
    /// No item has come within the time limit.
    #[error("no item has come within the time limit")]
    Timeout,
    /// An item, of this type, cannot be encoded. It is not put.
    #[error(
        "an item of type {0} cannot be encoded, and is not put into the queue: {1}; look in its \
         type for serde's `flatten`, and for a `Serialize` that refuses it"
    )]
    Encode(&'static str, postcard::Error),
    /// An item, of this type, cannot be decoded. It is lost.
    #[error(
        "an item of type {0} cannot be decoded, and is lost from the queue: {1}; look in its type \
         for serde's `skip_serializing_if`, `skip` on a variant, `untagged`, `tag` and `flatten`, \
         and for `serde_json::Value`"
    )]
    Decode(&'static str, postcard::Error),
    /// A large item came, and no descriptor was left for it: it is lost.
    #[error(
        "a large item of the queue is lost, since this process could not open one more file for \
         it (ulimit -n)"
    )]
    NoDescriptor,
    /// The system refused.
    #[error("the queue failed: {0}")]
    Io(io::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        match Errno::from_io_error(&error) {
            Some(Errno::PIPE) => Error::Closed,
            Some(Errno::AGAIN) => Error::Empty,
            _ => Error::Io(error),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
