//! What a place, its worker and the fork server say to each other.
//!
//! Each place of the pool has a mailbox: two connected sockets, made before any process
//! is forked, so that all inherit them. It outlives its workers:
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
//! A process that a task has left behind may hold the worker's socket open, so its
//! closing says nothing. The end of a worker is a message, too, and comes behind its
//! last reply. The fork server's end is that of its orders, which it alone holds.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// The longest piece, in bytes: the smallest socket buffers in use hold two.
const MAX_PIECE: usize = 16_000;

/// The longest packet: a piece, and what is said beside it.
const MAX_PACKET: usize = MAX_PIECE + 64;

/// From a place to its worker: a piece of a call.
#[derive(Serialize, Deserialize)]
pub(crate) struct Request {
    /// The address of a [`call::Entry`](crate::call::Entry).
    pub(crate) entry: usize,
    /// Of the arguments.
    pub(crate) piece: Piece,
}

/// To a place: from its worker, where nothing else is said.
#[derive(Serialize, Deserialize)]
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
#[derive(Serialize, Deserialize)]
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

/// A mailbox, as the program has it.
pub(crate) struct Mailbox {
    place: OwnedFd,
    /// What a dead worker has not read is still here.
    worker: OwnedFd,
}

impl Mailbox {
    pub(crate) fn new() -> io::Result<Mailbox> {
        let (family, kind) = (AddressFamily::Unix, SockType::SeqPacket);
        let (place, worker) = socketpair(family, kind, None, SockFlag::SOCK_CLOEXEC)?;
        Ok(Mailbox { place, worker })
    }

    /// What the fork server and the workers have of it.
    pub(crate) fn into_worker_end(self) -> WorkerEnd {
        WorkerEnd(self.worker)
    }

    pub(crate) fn send(&self, request: &Request) -> io::Result<()> {
        send_packet(&self.place, request)
    }

    /// Waits for a reply; None once the other end of `orders` is closed. (Workers live on
    /// for a moment then, and may still reply.)
    pub(crate) fn receive(&self, orders: impl AsFd) -> io::Result<Option<Reply>> {
        let mut sockets = [
            PollFd::new(self.place.as_fd(), PollFlags::POLLIN),
            // Its closing is told without being asked for.
            PollFd::new(orders.as_fd(), PollFlags::empty()),
        ];
        while poll(&mut sockets, PollTimeout::NONE) == Err(Errno::EINTR) {}
        match sockets[1].any() {
            Some(true) => Ok(None),
            _ => receive_packet(&self.place).map(Some),
        }
    }

    /// Takes the piece back that nobody has read; false when there is none. While a
    /// worker lives, it would read, too.
    pub(crate) fn take_back(&self) -> bool {
        let unread = recv(self.worker.as_raw_fd(), &mut [0], MsgFlags::MSG_DONTWAIT);
        unread.is_ok()
    }
}

/// The worker's end of a mailbox. The fork server has it, too, and tells of the worker's
/// end.
pub(crate) struct WorkerEnd(OwnedFd);

impl WorkerEnd {
    pub(crate) fn send(&self, reply: &Reply) -> io::Result<()> {
        send_packet(&self.0, reply)
    }

    /// Waits for a request. It is an error when the program has ended.
    pub(crate) fn receive(&self) -> io::Result<Request> {
        receive_packet(&self.0)
    }
}

fn send_packet(socket: &OwnedFd, message: &impl Serialize) -> io::Result<()> {
    let packet = postcard::to_stdvec(message).map_err(io::Error::other)?;
    loop {
        // A signal handler may interrupt it.
        match send(socket.as_raw_fd(), &packet, MsgFlags::MSG_NOSIGNAL) {
            Err(Errno::EINTR) => {}
            sent => return Ok(sent.map(drop)?),
        }
    }
}

fn receive_packet<T: DeserializeOwned>(socket: &OwnedFd) -> io::Result<T> {
    let mut packet = [0; MAX_PACKET];
    let length = loop {
        match recv(socket.as_raw_fd(), &mut packet, MsgFlags::empty()) {
            Err(Errno::EINTR) => {}
            received => break received?,
        }
    };
    // When the other end is closed there are no bytes: an error here.
    postcard::from_bytes(&packet[..length]).map_err(io::Error::other)
}
