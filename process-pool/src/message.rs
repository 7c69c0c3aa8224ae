//! What a place, its worker and the fork server say to each other.
//!
//! Each place of the pool has a mailbox: channels that are made before any process is
//! forked, so that all inherit them. It outlives its workers:
//!
//! ```text
//!         ── Request ──►
//! place                  worker      (one at a time, one after the other)
//!         ◄── Reply ────
//!         ◄── NoWorker ─ fork server (when the worker has ended)
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
use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// The longest piece, in bytes: the smallest socket buffers in use hold two pieces.
const MAX_PIECE: usize = 16_000;

/// From a place to its worker: a piece of a call.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The address of a [`call::Entry`](crate::call::Entry).
    pub(crate) entry: usize,
    /// Of the arguments.
    pub(crate) piece: Piece,
}

/// From a worker to its place.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// It waits for a call, or for the next piece of one.
    Ready,
    /// How the task has ended, and a piece of what came of it.
    Answer { ending: Ending, piece: Piece },
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

/// A part of some bytes, or all of them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) bytes: ByteBuf,
    pub(crate) is_last: bool,
}

impl Piece {
    /// Takes bytes apart, into one piece at least.
    pub(crate) fn split(bytes: &[u8]) -> impl Iterator<Item = Piece> {
        let pieces = bytes.len().div_ceil(MAX_PIECE).max(1);
        (1..=pieces).map(move |number| {
            let end = bytes.len().min(number * MAX_PIECE);
            let bytes = &bytes[(number - 1) * MAX_PIECE..end];
            Piece {
                bytes: ByteBuf::from(bytes),
                is_last: number == pieces,
            }
        })
    }
}

/// A mailbox, with both ends of both channels, as the program keeps it.
pub(crate) struct Mailbox {
    requests: IpcSender<Request>,
    /// The worker reads here, too: what a dead one has not read is still here.
    unread: IpcReceiver<Request>,
    replies: IpcReceiver<Result<Reply, NoWorker>>,
    to_place: ToPlace,
}

/// Where the worker replies, and where the place is told that it has no worker.
pub(crate) type ToPlace = IpcSender<Result<Reply, NoWorker>>;

impl Mailbox {
    pub(crate) fn new() -> io::Result<Mailbox> {
        let (requests, unread) = ipc::channel()?;
        let (to_place, replies) = ipc::channel()?;
        Ok(Mailbox {
            requests,
            unread,
            replies,
            to_place,
        })
    }

    pub(crate) fn send(&self, request: &Request) -> Result<(), NoWorker> {
        send(&self.requests, request).map_err(|error| NoWorker::Never(error.to_string()))
    }

    /// Waits for a reply of the worker.
    pub(crate) fn receive(&self) -> Result<Reply, NoWorker> {
        uninterrupted(|| self.replies.recv())
            .unwrap_or_else(|error| Err(NoWorker::Never(error.to_string())))
    }

    /// Takes the piece back that nobody has read; false when there is none.
    pub(crate) fn take_back(&self) -> bool {
        // Not with `try_recv_timeout`, which polls, and then reads: a worker that outlives
        // the fork server may take the piece in between, and the read would wait for ever.
        self.unread.try_recv().is_ok()
    }

    pub(crate) fn to_place(&self) -> ToPlace {
        self.to_place.clone()
    }

    pub(crate) fn into_worker_side(self) -> WorkerSide {
        WorkerSide {
            requests: self.unread,
            to_place: self.to_place,
        }
    }
}

/// What the fork server and the workers keep of a mailbox.
pub(crate) struct WorkerSide {
    requests: IpcReceiver<Request>,
    to_place: ToPlace,
}

impl WorkerSide {
    pub(crate) fn send(&self, reply: Result<Reply, NoWorker>) -> io::Result<()> {
        send(&self.to_place, &reply)
    }

    /// Waits for a request. It is an error when the place has ended, or the program.
    pub(crate) fn receive(&self) -> io::Result<Request> {
        uninterrupted(|| self.requests.recv())
    }
}

pub(crate) fn send<T: Clone + Serialize>(sender: &IpcSender<T>, message: &T) -> io::Result<()> {
    uninterrupted(|| sender.send(message.clone()))
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
