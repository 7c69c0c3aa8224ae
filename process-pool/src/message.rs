//! What a dispatcher and a worker say to each other, through ipc-channels of bytes.
//!
//! A message travels in pieces of at most 64 KiB, each marked as the first or
//! the last of its message. Whoever receives skips what comes before a first
//! piece: the rest of a message whose reader or writer has died. (ipc-channel
//! splits a long message itself, and holds both ends of a second channel while
//! it sends the rest: if the reader dies, the send never ends.)

use std::io;
use std::time::Duration;

use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender};
use ipc_channel::{IpcError, TryRecvError};
use nix::time::ClockId;
use serde::{Deserialize, Serialize};

use crate::worker::Died;

/// From a dispatcher to its worker.
#[derive(Serialize, Deserialize)]
pub(crate) enum Request<'a> {
    Call {
        number: u64,
        /// The address of a [`call::Entry`](crate::call::Entry).
        entry: usize,
        #[serde(borrow, with = "serde_bytes")]
        args: &'a [u8],
    },
    /// Asks for a [`Reply::Pong`]: when that comes, call `number` has been read.
    Ping { number: u64 },
}

/// From a worker to its dispatcher.
#[derive(Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The worker has found no request, and waits for one. With the last workers
    /// of the place that have died: each may have died before it could tell.
    Ready(Vec<Died>),
    /// A worker that has come after others begins its first call.
    Begun {
        number: u64,
        at: Duration,
    },
    Answer {
        number: u64,
        answer: Answer,
    },
    Pong {
        number: u64,
    },
    /// Comes from the watcher: for this reason, no worker will reply any more.
    Ended(String),
}

/// What became of a call.
#[derive(Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The result, encoded.
    Returned(#[serde(with = "serde_bytes")] Vec<u8>),
    Panicked {
        message: String,
        place: String,
    },
    /// The arguments cannot be decoded, or the result cannot be encoded.
    Codec(String),
}

/// The time of a clock that all processes share (clock_gettime(2),
/// `CLOCK_MONOTONIC`).
pub(crate) fn now() -> nix::Result<Duration> {
    ClockId::CLOCK_MONOTONIC.now().map(Duration::from)
}

/// The longest piece, in bytes, without the mark at its end.
const MAX_PIECE: usize = 64 * 1024;

/// The marks, one bit each.
const FIRST: u8 = 1;
const LAST: u8 = 2;

/// ipc-channel opens a channel at its first message, to measure it, and panics
/// without descriptors for that.
pub(crate) fn prepare() -> io::Result<()> {
    let (sender, _receiver) = ipc::bytes_channel()?;
    drop(ipc::bytes_channel()?);
    sender.send(&[])
}

pub(crate) fn send(sender: &IpcBytesSender, message: &impl Serialize) -> io::Result<()> {
    let bytes = encode(message)?;
    pieces(&bytes).try_for_each(|piece| send_piece(sender, &piece))
}

pub(crate) fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(message).map_err(io::Error::other)
}

/// The pieces of a message, in the order in which they are sent.
pub(crate) fn pieces(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let last = bytes.len().div_ceil(MAX_PIECE) - 1;
    let pieces = bytes.chunks(MAX_PIECE).enumerate();
    pieces.map(move |(number, piece)| {
        let first_mark = if number == 0 { FIRST } else { 0 };
        let last_mark = if number == last { LAST } else { 0 };
        [piece, &[first_mark | last_mark]].concat()
    })
}

pub(crate) fn send_piece(sender: &IpcBytesSender, piece: &[u8]) -> io::Result<()> {
    loop {
        match sender.send(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            sent => return sent,
        }
    }
}

/// Waits for a message, and gives its bytes.
pub(crate) fn receive(receiver: &IpcBytesReceiver) -> Result<Vec<u8>, IpcError> {
    loop {
        let piece = receive_piece(receiver)?;
        if let Some(message) = complete(piece, receiver)? {
            return Ok(message);
        }
    }
}

/// As [`receive`], but does not wait for a message that has not begun.
///
/// For a moment the receiver does not block, in all processes that have it: of
/// these, only one may receive. If that one is killed here, it stays so until
/// the next one calls this.
pub(crate) fn receive_begun(receiver: &IpcBytesReceiver) -> Result<Option<Vec<u8>>, IpcError> {
    loop {
        let piece = match receiver.try_recv() {
            Ok(piece) => piece,
            Err(TryRecvError::Empty) => return Ok(None),
            Err(TryRecvError::IpcError(error)) => return Err(error),
        };
        if let Some(message) = complete(piece, receiver)? {
            return Ok(Some(message));
        }
    }
}

/// Waits for the pieces after this one. Gives None when the first one is missing.
fn complete(mut piece: Vec<u8>, receiver: &IpcBytesReceiver) -> Result<Option<Vec<u8>>, IpcError> {
    let mut message = None;
    loop {
        let mark = piece.pop().unwrap_or_default();
        if mark & FIRST != 0 {
            message = Some(piece);
        } else if let Some(message) = &mut message {
            message.append(&mut piece);
        }
        if mark & LAST != 0 {
            return Ok(message);
        }
        piece = receive_piece(receiver)?;
    }
}

fn receive_piece(receiver: &IpcBytesReceiver) -> Result<Vec<u8>, IpcError> {
    loop {
        match receiver.recv() {
            Err(IpcError::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            received => return received,
        }
    }
}

/// Takes out all that a channel has.
pub(crate) fn empty(receiver: &IpcBytesReceiver) {
    while receiver.try_recv().is_ok() {}
}
