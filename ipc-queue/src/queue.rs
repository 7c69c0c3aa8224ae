use std::any::type_name;
use std::cell::Cell;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::thread::LocalKey;
use std::time::{Duration, Instant};
use std::{fmt, io};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::net::{
    AddressFamily, RecvFlags, Shutdown, SocketFlags, SocketType, shutdown, socketpair,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::packet::{MAX_INLINE, receive, send};

/// What the kernel holds is twice this (socket(7), SO_SNDBUF). Most systems have
/// it by default.
const BUFFER: usize = 104 * 1024;

thread_local! {
    /// Buffers of this thread, kept for their memory. They are taken out while they
    /// are used: a `Serialize` may itself put.
    static SENT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static RECEIVED: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A buffer of more bytes is not kept.
const MAX_KEPT: usize = 4 << 20;

fn keep(buffer: &'static LocalKey<Cell<Vec<u8>>>, bytes: Vec<u8>) {
    if bytes.capacity() <= MAX_KEPT {
        buffer.set(bytes);
    }
}

/// The first byte of each packet, since a packet of no bytes means the end.
const ITEM: u8 = 0;

/// A queue of `T` between processes, and their threads: put at one end, get at the
/// other.
///
/// # How much fits
///
/// The kernel holds 208 KiB, with its own data for each item. So 278 items of up
/// to 100 bytes fit, or 93 of 1 KB, 4 of 60 KB, 3 of 80 KB or of any greater
/// size. Then [`put`](Queue::put) waits, and goes on only when about three
/// quarters of them have been got, of large ones all. If nobody gets, it waits for ever.
///
/// With two queues, one for questions and one for answers, do not put all questions
/// before you get the first answer: once both are full, everybody waits. Start a process
/// that puts the questions.
///
/// # Items
///
/// An item travels as bytes, encoded with postcard, which writes values and no
/// names. So `T` is plain data with `#[derive(Serialize, Deserialize)]`, and all
/// of it must be written, and read without a guess. That rules out serde's
/// attributes `skip_serializing_if`, `skip_serializing` and `skip_deserializing`,
/// and `skip` on a variant (**the item may arrive with wrong values and without
/// an error**), `flatten` (`put` fails), `untagged` and `tag` (`get`
/// fails, and the item is lost), and `serde_json::Value` (likewise). Of an error
/// that a `Serialize` of your own returns, postcard keeps no text.
///
/// A queue has items of one type:
///
/// ```compile_fail
/// let queue = ipc_queue::Queue::new()?;
/// queue.put('A')?;
/// queue.put(1)?; // expected `char`
/// # Ok::<(), ipc_queue::Error>(())
/// ```
///
/// # When a process is killed
///
/// The others go on. An item is put whole or not at all, and a reader that is
/// killed takes along at most the one item that it has just got.
pub struct Queue<T> {
    sender: OwnedFd,
    receiver: OwnedFd,
    /// It holds no `T`: as a function does, it takes and gives them. So it is `Sync`
    /// whatever `T` is.
    items: PhantomData<fn(T) -> T>,
}

impl<T> Queue<T> {
    /// An empty queue, for this process and all that it starts from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the process has no descriptors left (socketpair(2),
    /// EMFILE).
    pub fn new() -> Result<Queue<T>, Error> {
        let (sender, receiver) = open()?;
        Ok(Queue {
            sender,
            receiver,
            items: PhantomData,
        })
    }

    /// Puts an item at the end, and waits first while the queue is full.
    ///
    /// # Errors
    ///
    /// - [`Error::Closed`] once the queue is closed, in whichever process, and
    ///   also while this waits.
    /// - [`Error::Encode`] when serde or postcard refuses the item.
    /// - [`Error::Io`] when the rest of an item of more than 80 KiB, which
    ///   travels in a file in memory, finds no descriptor (memfd_create(2),
    ///   EMFILE) or no memory (ENOSPC), or when for a second too many such
    ///   files of this user are on their way (unix(7), ETOOMANYREFS).
    ///
    /// Nothing is put then. (A limit on the size of files counts for such a file,
    /// too: beyond it, the kernel ends the process, as setrlimit(2) says of
    /// `RLIMIT_FSIZE`.)
    pub fn put(&self, item: T) -> Result<(), Error>
    where
        T: Serialize,
    {
        let mut packet = SENT.take();
        packet.clear();
        packet.push(ITEM);
        let packet = encode(&item, packet)?;
        send(&self.sender, &packet)?;
        keep(&SENT, packet);
        Ok(())
    }

    /// Takes the next item, and waits for one while the queue is empty;
    /// `None` once it is closed and empty.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] when what comes is not a `T`, and
    /// [`Error::NoDescriptor`] when an item of more than 80 KiB finds no
    /// descriptor in this process. Such an item is lost; the next `get` takes
    /// the next one.
    pub fn get(&self) -> Result<Option<T>, Error>
    where
        // Not DeserializeOwned: for that, rustc does not say what to derive.
        T: for<'de> Deserialize<'de>,
    {
        self.receive(RecvFlags::empty())
    }

    /// As [`get`](Queue::get), but waits no longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when no item has come until then, and those of
    /// [`get`](Queue::get).
    pub fn get_timeout(&self, limit: Duration) -> Result<Option<T>, Error>
    where
        T: for<'de> Deserialize<'de>,
    {
        let started = Instant::now();
        loop {
            match self.try_get() {
                // Another reader may have been faster.
                Err(Error::Empty) => {}
                got => return got,
            }
            let left = limit.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(Error::Timeout);
            }
            wait(&self.receiver, left)?;
        }
    }

    /// As [`get`](Queue::get), but does not wait.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] when there is no item now, and those of
    /// [`get`](Queue::get).
    pub fn try_get(&self) -> Result<Option<T>, Error>
    where
        T: for<'de> Deserialize<'de>,
    {
        self.receive(RecvFlags::DONTWAIT)
    }

    /// Closes the queue for all processes: readers get what is in it, and then
    /// `None`, and nothing more can be put.
    ///
    /// So close it when the writers have been joined. To close it once more
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the system refuses (shutdown(2)).
    pub fn close(&self) -> Result<(), Error> {
        // Reaches the socket itself, so all copies of it, and whoever waits there.
        Ok(shutdown(&self.sender, Shutdown::Write).map_err(io::Error::from)?)
    }

    fn receive(&self, flags: RecvFlags) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        let mut buffer = RECEIVED.take();
        buffer.resize(MAX_INLINE, 0);
        let got = match receive(&self.receiver, &mut buffer, flags) {
            Ok([]) => Ok(None),
            Ok([_, item @ ..]) => decode(item).map(Some),
            Err(error) => Err(error),
        };
        keep(&RECEIVED, buffer);
        got
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

fn open() -> io::Result<(OwnedFd, OwnedFd)> {
    let (family, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
    let (sender, receiver) = socketpair(family, kind, SocketFlags::CLOEXEC, None)?;
    set_socket_send_buffer_size(&sender, BUFFER)?;
    Ok((sender, receiver))
}

/// Waits until something can be received, a signal comes, or the time is over.
fn wait(socket: &OwnedFd, limit: Duration) -> io::Result<()> {
    // A limit that is too long for a Timespec is none.
    let limit = Timespec::try_from(limit).ok();
    match poll(&mut [PollFd::new(socket, PollFlags::IN)], limit.as_ref()) {
        Err(Errno::INTR) => Ok(()),
        polled => Ok(polled.map(drop)?),
    }
}

/// Appends the item to `packet`.
fn encode<T: Serialize>(item: &T, packet: Vec<u8>) -> Result<Vec<u8>, Error> {
    postcard::to_extend(item, packet).map_err(|error| Error::Encode(type_name::<T>(), error))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let error = match postcard::take_from_bytes(bytes) {
        Ok((item, [])) => return Ok(item),
        Ok(_) => postcard::Error::DeserializeBadEncoding,
        Err(error) => error,
    };
    Err(Error::Decode(type_name::<T>(), error))
}
