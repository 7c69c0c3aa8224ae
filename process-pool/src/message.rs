//! Messages of any length through an ipc-channel of bytes.
//!
//! ipc-channel would split a message of about 200 KiB itself, and its sender
//! keeps a copy of the receiving end while it does: a worker that dies in the
//! middle would leave its dispatcher waiting for ever. Pieces below that size,
//! each a send of its own, end with an error instead.

use std::io;

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender};

/// The longest piece, in bytes, without the mark at its end.
const MAX_PIECE: usize = 64 * 1024;

const MORE: u8 = 1;
const LAST: u8 = 0;

/// ipc-channel opens a channel at its first message, to measure it, and panics
/// when there are no descriptors for that.
pub(crate) fn prepare() -> io::Result<()> {
    let (sender, _receiver) = ipc::bytes_channel()?;
    drop(ipc::bytes_channel()?);
    sender.send(&[])
}

/// Sends a message; an error means that the other side is gone.
pub(crate) fn send(sender: &IpcBytesSender, message: &[u8]) -> io::Result<()> {
    let last = message.len().saturating_sub(1) / MAX_PIECE * MAX_PIECE;
    for piece in message[..last].chunks(MAX_PIECE) {
        send_piece(sender, piece, MORE)?;
    }
    send_piece(sender, &message[last..], LAST)
}

fn send_piece(sender: &IpcBytesSender, piece: &[u8], mark: u8) -> io::Result<()> {
    let piece = [piece, &[mark]].concat();
    loop {
        match sender.send(&piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            sent => return sent,
        }
    }
}

/// Waits for a message; an error means that the other side is gone.
pub(crate) fn receive(receiver: &IpcBytesReceiver) -> Result<Vec<u8>, IpcError> {
    let mut message = Vec::new();
    loop {
        let mut piece = retry_interrupted(|| receiver.recv())?;
        let mark = piece.pop();
        message.append(&mut piece);
        if mark != Some(MORE) {
            return Ok(message);
        }
    }
}

/// Repeats a receive that a signal handler has interrupted (signal(7), EINTR).
pub(crate) fn retry_interrupted<T>(
    receive: impl Fn() -> Result<T, IpcError>,
) -> Result<T, IpcError> {
    loop {
        match receive() {
            Err(IpcError::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            received => return received,
        }
    }
}
