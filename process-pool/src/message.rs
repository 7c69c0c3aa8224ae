//! What a place, its worker and the fork server say to each other.
//!
//! Each place of the pool has a mailbox: channels that are made before any process is
//! forked, so that all inherit them. It outlives its workers:
//!
//! ```text
//!         ── Request ──►
//! place                  worker      (one at a time, one after the other)
//!         ◄── Reply ────
//!                        fork server (when the worker has ended)
//! ```
//!
//! A message is one packet, so it is never torn, whoever is killed: bytes of any
//! length travel in pieces. A place sends the next piece when the worker has asked for
//! it, so it never waits for room.
//!
//! A process that a task has left behind may hold the worker's ends of the channels open,
//! so their closing says nothing. So the end of a worker is a message, too: the fork server
//! sends it, behind the worker's last reply. The end of the fork server is a message from
//! the program's watcher thread.

use std::io::{self, ErrorKind};

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// The longest piece, in bytes: the smallest socket buffers in use hold two.
const MAX_PIECE: usize = 16_000;

/// From a place to its worker: a piece of a call.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The address of a [`call::Entry`](crate::call::Entry).
    pub(crate) entry: usize,
    /// Of the arguments.
    pub(crate) piece: Piece,
}

/// To a place: from its worker, where nothing else is said.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// A new worker waits for a call.
    Ready,
    /// The worker asks for the next piece of the call.
    More,
    /// How the task has ended, and a piece of what came of it.
    Answer { ending: Ending, piece: Piece },
    /// From the fork server: the worker has ended, with this wait status (wait(2)).
    Died { pid: u32, status: i32 },
    /// From the fork server: it could not fork a worker, for this reason.
    NotForked(String),
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

/// A mailbox, before the fork: both channels, each with both its ends.
pub(crate) struct Mailbox {
    requests: (IpcSender<Request>, IpcReceiver<Request>),
    /// A `None` says that the fork server has ended.
    replies: (IpcSender<Option<Reply>>, IpcReceiver<Option<Reply>>),
}

impl Mailbox {
    pub(crate) fn new() -> io::Result<Mailbox> {
        Ok(Mailbox {
            requests: ipc::channel()?,
            replies: ipc::channel()?,
        })
    }

    /// What the program has of it: the place's side, and what tells the place that the
    /// fork server has ended.
    pub(crate) fn into_place_side(self) -> (PlaceSide, ServerEnd) {
        let (requests, unread) = self.requests;
        let (from_program, replies) = self.replies;
        let side = PlaceSide {
            requests,
            unread,
            replies,
            server_has_ended: false,
        };
        (side, ServerEnd(from_program))
    }

    /// What the fork server and the workers have of it.
    pub(crate) fn into_worker_side(self) -> WorkerSide {
        let (_, requests) = self.requests;
        let (replies, _) = self.replies;
        WorkerSide { requests, replies }
    }
}

/// The place's side of a mailbox.
pub(crate) struct PlaceSide {
    requests: IpcSender<Request>,
    /// The worker reads here, too: what a dead one has not read is still here.
    unread: IpcReceiver<Request>,
    replies: IpcReceiver<Option<Reply>>,
    server_has_ended: bool,
}

impl PlaceSide {
    pub(crate) fn send(&self, request: &Request) -> io::Result<()> {
        send(&self.requests, request)
    }

    /// Waits for a reply; None when there is none, and the fork server has ended.
    pub(crate) fn receive(&mut self) -> io::Result<Option<Reply>> {
        if self.server_has_ended {
            return Ok(None);
        }
        let reply = uninterrupted(|| self.replies.recv())?;
        self.server_has_ended = reply.is_none();
        Ok(reply)
    }

    /// Takes the piece back that nobody has read; false when there is none.
    pub(crate) fn take_back(&self) -> bool {
        // Not with `try_recv_timeout`: a worker that outlives the fork server may read
        // the piece after its poll, and before its read, which then waits for ever.
        self.unread.try_recv().is_ok()
    }
}

/// Tells a place that the fork server has ended.
pub(crate) struct ServerEnd(IpcSender<Option<Reply>>);

impl ServerEnd {
    pub(crate) fn tell(&self) {
        // A place that has ended does not read it.
        let _ = send(&self.0, &None);
    }
}

/// The worker's side of a mailbox. The fork server has it, too, to tell that the worker
/// has ended.
pub(crate) struct WorkerSide {
    requests: IpcReceiver<Request>,
    replies: IpcSender<Option<Reply>>,
}

impl WorkerSide {
    pub(crate) fn send(&self, reply: Reply) -> io::Result<()> {
        send(&self.replies, &Some(reply))
    }

    /// Waits for a request. It is an error when the program has ended.
    pub(crate) fn receive(&self) -> io::Result<Request> {
        uninterrupted(|| self.requests.recv())
    }
}

fn send<T: Clone + Serialize>(sender: &IpcSender<T>, message: &T) -> io::Result<()> {
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
