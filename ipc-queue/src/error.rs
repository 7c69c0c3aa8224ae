use std::io;

use rustix::io::Errno;

/// Why an item could not be put or got.
#[derive(Debug, thiserror::Error)]
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
    /// The item cannot be encoded, and is not put.
    #[error(
        "this {item} cannot be put into the queue: {error}; look for serde's `flatten`, and for \
         a `Serialize` that refuses it"
    )]
    Encode {
        /// The type of the queue's items.
        item: &'static str,
        /// What postcard says.
        error: postcard::Error,
    },
    /// The item cannot be decoded, and is lost.
    #[error(
        "a {item} that came out of the queue is lost, since it cannot be decoded: {error}; look \
         for serde's `skip_serializing_if`, `untagged`, `tag` and `flatten`, and for \
         `serde_json::Value`"
    )]
    Decode {
        /// The type of the queue's items.
        item: &'static str,
        /// What postcard says.
        error: postcard::Error,
    },
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

impl From<Errno> for Error {
    fn from(errno: Errno) -> Error {
        io::Error::from(errno).into()
    }
}
