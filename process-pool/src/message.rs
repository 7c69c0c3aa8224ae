//! What a place, its worker and the fork server say to each other.
//!
//! Each place of the pool has a mailbox: channels that are made before any process is
//! forked, so that all inherit them. It outlives its workers:
//!
//! ```text
//!         ── a call ────►
//! place                   worker      (one at a time, one after the other)
//!         ◄── Reply ─────
//!         ◄── NoWorker ── fork server (when the worker has ended)
//! ```
//!
//! A message is one packet, so it is never torn, whoever is killed: bytes of any
//! length travel in pieces. A place sends the next piece when the worker has asked for
//! it, so it never waits for room. (It would wait for ever if the worker died: the place
//! itself holds the reading end, too.) A worker may wait for room, since its place reads.
//!
//! A process that a task has left behind may hold the worker's ends of the channels open,
//! so their closing says nothing. So the end of a worker is a message, too: the fork server
//! sends it, behind the worker's last reply. The end of the fork server is a message from
//! the program's watcher thread.

use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcReceiver, IpcSender};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// The longest piece, in bytes: the smallest socket buffers in use hold two pieces.
const MAX_PIECE: usize = 16_000;

/// Takes a call or an answer apart. The last piece is the one that is not full; it may be
/// empty.
pub(crate) fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let full = bytes.chunks_exact(MAX_PIECE);
    let last = full.remainder();
    full.chain([last])
}

/// Whether no piece follows this one.
pub(crate) fn is_last(piece: &[u8]) -> bool {
    piece.len() < MAX_PIECE
}

/// From a worker to its place.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// It waits for a call, or for the next piece of one.
    Ready,
    /// How the task has ended, and a piece of what came of it.
    Answer { ending: Ending, piece: ByteBuf },
}

/// Why a place has no worker: it gets this instead of a reply.
#[derive(Clone, Serialize, Deserialize, thiserror::Error, Debug)]
pub(crate) enum NoWorker {
    /// From the fork server: the worker has ended, with this wait status (wait(2)).
    #[error("worker {pid} ended with {} before it was ready", ExitStatus::from_raw(*.status))]
    Died { pid: u32, status: i32 },
    /// From the fork server: it could not fork a worker, for this reason.
    #[error("{0}")]
    NotForked(String),
    /// The place gets no worker any more, for this reason: the fork server has ended, or
    /// the mailbox fails.
    #[error("{0}")]
    Never(String),
}

/// How a task has ended.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Ending {
    /// With a result: encoded.
    Returned,
    /// With a panic: its text.
    Panicked,
    /// Its arguments or its result could not be decoded or encoded: a text.
    NotCoded,
}

/// A mailbox, with both ends of both channels, as the program keeps it.
pub(crate) struct Mailbox {
    to_worker: IpcBytesSender,
    replies: IpcReceiver<Result<Reply, NoWorker>>,
    /// What a dead worker has not read is still here.
    pub(crate) worker_side: WorkerSide,
}

/// What the fork server and the workers keep of a mailbox.
pub(crate) struct WorkerSide {
    calls: IpcBytesReceiver,
    pub(crate) to_place: ToPlace,
}

/// Where the worker replies, and where the place is told that it has no worker.
#[derive(Clone)]
pub(crate) struct ToPlace(IpcSender<Result<Reply, NoWorker>>);

impl Mailbox {
    pub(crate) fn new() -> io::Result<Mailbox> {
        let (to_worker, calls) = ipc::bytes_channel()?;
        let (to_place, replies) = ipc::channel()?;
        Ok(Mailbox {
            to_worker,
            replies,
            worker_side: WorkerSide {
                calls,
                to_place: ToPlace(to_place),
            },
        })
    }

    /// Sends a piece of a call. The place's thread blocks all signals, so none interrupts it.
    pub(crate) fn send(&self, piece: &[u8]) -> Result<(), NoWorker> {
        let sent = self.to_worker.send(piece);
        sent.map_err(|error| NoWorker::Never(error.to_string()))
    }

    /// Waits for a reply of the worker.
    pub(crate) fn receive(&self) -> Result<Reply, NoWorker> {
        uninterrupted(|| self.replies.recv())
            .unwrap_or_else(|error| Err(NoWorker::Never(error.to_string())))
    }

    /// Takes the piece back that nobody has read; false when there is none.
    pub(crate) fn take_back(&self) -> bool {
        // Not with a time limit: ipc-channel would poll, and then read. A worker that
        // outlives the fork server may take the piece in between, and the read would wait.
        self.worker_side.calls.try_recv().is_ok()
    }
}

impl WorkerSide {
    /// Waits for a piece of a call. It is an error when the place has ended, or the program.
    pub(crate) fn receive(&self) -> io::Result<Vec<u8>> {
        uninterrupted(|| self.calls.recv())
    }
}

impl ToPlace {
    pub(crate) fn send(&self, reply: Result<Reply, NoWorker>) -> io::Result<()> {
        uninterrupted(|| self.0.send(reply.clone()))
    }
}

/// Does it again where a signal handler interrupts it.
fn uninterrupted<T>(action: impl Fn() -> Result<T, IpcError>) -> io::Result<T> {
    loop {
        match action() {
            Err(IpcError::Io(error)) if error.kind() == ErrorKind::Interrupted => {}
            done => return done.map_err(io::Error::other),
        }
    }
}
