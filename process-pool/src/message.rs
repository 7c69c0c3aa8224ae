//! What the program, a worker and the fork server say to each other.
//!
//! Each place of the pool has a mailbox: two channels, made before any process is
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
//! No place waits for the end of a channel: a process that a task has left behind may
//! hold it open. The end of a worker is a message, too, and comes behind its last
//! reply.

use std::io;
use std::time::Duration;

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The longest piece, in bytes: the smallest socket buffers in use hold two. (What
/// a buffer cannot hold, ipc-channel would split, and wait for its reader.)
const MAX_PIECE: usize = 16_000;

/// The bytes of a piece.
type Piece = serde_bytes::ByteBuf;

/// From a place to its worker.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Request {
    /// A piece of the arguments. The worker asks for the next one.
    Arguments(Piece),
    /// The last piece of the arguments. The worker runs the task.
    Call {
        /// The address of a [`call::Entry`](crate::call::Entry).
        entry: usize,
        last: Piece,
    },
}

/// To a place: from its worker, where nothing else is said.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// A new worker waits for a call.
    Ready,
    /// The worker asks for the next piece of the arguments.
    More,
    /// A piece of the answer. More follow.
    Answer(Piece),
    /// The last piece of the answer.
    Done { answer: Answer, last: Piece },
    /// From the fork server: the worker has ended, with this wait status (wait(2)).
    Died { pid: u32, status: i32 },
    /// From the fork server: it could not fork a worker, for this reason.
    NotForked(String),
    /// From the program itself: the fork server has ended, and the workers with it.
    Ended(String),
}

/// What the bytes of an answer are.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The result, encoded.
    Returned,
    /// A text: what the task panicked with.
    Panicked,
    /// A text: why the arguments or the result could not be decoded or encoded.
    NotCoded,
}

/// Both channels of a place, each with both its ends.
pub(crate) struct Mailbox {
    requests: (IpcSender<Request>, IpcReceiver<Request>),
    replies: (IpcSender<Reply>, IpcReceiver<Reply>),
}

impl Mailbox {
    pub(crate) fn new() -> io::Result<Mailbox> {
        Ok(Mailbox {
            requests: ipc::channel()?,
            replies: ipc::channel()?,
        })
    }

    /// What the program has of it: the place's end, and what tells the place that
    /// the fork server has ended.
    pub(crate) fn into_place_end(self) -> (PlaceEnd, IpcSender<Reply>) {
        let (requests, unread) = self.requests;
        let (from_program, replies) = self.replies;
        let end = PlaceEnd {
            requests,
            unread,
            replies,
        };
        (end, from_program)
    }

    /// What the fork server and the workers have of it.
    pub(crate) fn into_worker_end(self) -> WorkerEnd {
        let (_, requests) = self.requests;
        let (replies, _) = self.replies;
        WorkerEnd { requests, replies }
    }
}

/// The end of a mailbox where calls go in.
pub(crate) struct PlaceEnd {
    requests: IpcSender<Request>,
    /// The worker's end: what a dead worker has not read is still here.
    unread: IpcReceiver<Request>,
    replies: IpcReceiver<Reply>,
}

impl PlaceEnd {
    /// Sends the first piece of the arguments of a call, and takes it off them.
    pub(crate) fn send_piece(&self, entry: usize, args: &mut &[u8]) -> Result<(), IpcError> {
        let piece = take_piece(args);
        let request = match args {
            [] => Request::Call { entry, last: piece },
            _ => Request::Arguments(piece),
        };
        send(&self.requests, &request)
    }

    /// Waits for a reply.
    pub(crate) fn receive(&self) -> Reply {
        // The program can send replies itself, so this channel does not end.
        receive(&self.replies).unwrap_or_else(|error| Reply::Ended(error.to_string()))
    }

    /// Takes the request back that nobody has read; false when there is none. While a
    /// worker lives, it would read, too.
    pub(crate) fn take_back(&self) -> bool {
        // (`try_recv` would set O_NONBLOCK for all processes that have the channel.)
        self.unread.try_recv_timeout(Duration::ZERO).is_ok()
    }
}

/// The end of a mailbox where calls come out. The fork server has it, too, and tells
/// of the worker's end.
pub(crate) struct WorkerEnd {
    requests: IpcReceiver<Request>,
    replies: IpcSender<Reply>,
}

impl WorkerEnd {
    /// Waits for a call, and gives its entry and its arguments; None once the program
    /// has ended.
    pub(crate) fn next_call(&self) -> Option<(usize, Vec<u8>)> {
        let mut args = Vec::new();
        loop {
            match receive(&self.requests).ok()? {
                Request::Arguments(piece) => {
                    args.extend(piece.into_vec());
                    self.send(&Reply::More).ok()?;
                }
                Request::Call { entry, last } => {
                    args.extend(last.into_vec());
                    return Some((entry, args));
                }
            }
        }
    }

    pub(crate) fn send_answer(&self, answer: Answer, mut bytes: &[u8]) -> Result<(), IpcError> {
        loop {
            let piece = take_piece(&mut bytes);
            match bytes {
                [] => {
                    return self.send(&Reply::Done {
                        answer,
                        last: piece,
                    });
                }
                _ => self.send(&Reply::Answer(piece))?,
            }
        }
    }

    pub(crate) fn send(&self, reply: &Reply) -> Result<(), IpcError> {
        send(&self.replies, reply)
    }
}

fn take_piece(bytes: &mut &[u8]) -> Piece {
    let (piece, rest) = bytes.split_at(bytes.len().min(MAX_PIECE));
    *bytes = rest;
    Piece::from(piece)
}

/// Sends a message, even if signals interrupt it.
pub(crate) fn send<T: Clone + Serialize>(
    sender: &IpcSender<T>,
    message: &T,
) -> Result<(), IpcError> {
    loop {
        match sender.send(message.clone()) {
            Err(error) if was_interrupted(&error) => {}
            sent => return sent,
        }
    }
}

/// Waits for a message, even if signals interrupt it.
fn receive<T: DeserializeOwned + Serialize>(receiver: &IpcReceiver<T>) -> Result<T, IpcError> {
    loop {
        match receiver.recv() {
            Err(error) if was_interrupted(&error) => {}
            received => return received,
        }
    }
}

fn was_interrupted(error: &IpcError) -> bool {
    matches!(error, IpcError::Io(error) if error.kind() == io::ErrorKind::Interrupted)
}
