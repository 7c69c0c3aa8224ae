use std::{error, fmt, io};

use ipc_channel::IpcError;

/// Why an item could not be put or got.
///
/// Debug prints the same sentence as Display, since that is what Rust prints
/// when `main` returns an error.
#[derive(thiserror::Error)]
pub enum Error {
    /// This process has closed the queue.
    #[error("nothing can be put into the queue: this process has closed it")]
    Closed,
    /// The item cannot be encoded.
    #[error("the item cannot be put into the queue: {0}")]
    Encode(#[source] postcard::Error),
    /// What came out is not an item of this queue.
    #[error("what came out of the queue is not an item of it: {0}")]
    Decode(#[source] Box<dyn error::Error + Send + Sync>),
    /// The system refused.
    #[error("the queue failed: {0}")]
    Io(#[from] io::Error),
}

impl From<IpcError> for Error {
    fn from(error: IpcError) -> Error {
        match error {
            IpcError::Io(error) => Error::Io(error),
            IpcError::SerializationError(error) => Error::Decode(error.into()),
            // Each process holds both ends, so this one cannot vanish.
            IpcError::Disconnected => Error::Io(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
