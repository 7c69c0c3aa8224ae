use std::io;
use std::marker::PhantomData;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::frame::{read_frame, write_frame};

/// A frame of more bytes is not kept.
const MAX_KEPT: usize = 4 << 20;

/// Makes a pipe: two connected ends, one for each process. The first sends `A`
/// and receives `B`, the second the other way round.
///
/// # Messages
///
/// A message travels as bytes, encoded with postcard, which writes values and no
/// names. So it is plain data with `#[derive(Serialize, Deserialize)]`, and the
/// other side reads all of it without a guess. That rules out serde's
/// attributes `skip_serializing_if`, `skip_serializing` and `skip_deserializing`,
/// and `skip` on a variant (**the message may arrive with wrong values and without
/// an error**), `flatten` (`send` fails), `untagged` and `tag` (`recv`
/// fails), and `serde_json::Value` (likewise). Of an error that a `Serialize` of
/// your own returns, postcard keeps no text.
///
/// # Errors
///
/// [`Error::Io`] when the process has no descriptors left (socketpair(2),
/// EMFILE).
#[expect(
    clippy::type_complexity,
    reason = "the two types mirror each other, to be seen at a glance"
)]
pub fn pipe<A, B>() -> Result<(Connection<A, B>, Connection<B, A>), Error> {
    let (one, other) = UnixStream::pair()?;
    Ok((one.into(), other.into()))
}

/// One end of a pipe, which sends `S` and receives `R`.
///
/// One process at a time may use an end. Where a child borrows it, the parent
/// goes on with the next message when the child has ended.
///
/// A closed connection is not used:
///
/// ```compile_fail
/// let (mut conn, _other) = ipc_pipe::pipe::<String, String>()?;
/// conn.close()?;
/// conn.send("more")?; // `close` has consumed it
/// # Ok::<(), ipc_pipe::Error>(())
/// ```
#[derive(Debug)]
pub struct Connection<S, R> {
    /// Not buffered: what a process has read ahead, its children would have, too.
    stream: UnixStream,
    /// The bytes of the last frame, kept for their memory.
    frame: Vec<u8>,
    /// It holds no message: as a function does, it takes an `S` and gives an `R`.
    messages: PhantomData<fn(S) -> R>,
}

/// A connection to whoever is at the other end of the socket, such as a program
/// in another language. The socket has to be blocking, and without time limits:
/// an error in the middle of a message loses the rest. Use
/// [`poll`](Connection::poll) to wait for a limited time.
impl<S, R> From<UnixStream> for Connection<S, R> {
    fn from(stream: UnixStream) -> Connection<S, R> {
        Connection {
            stream,
            frame: Vec::new(),
            messages: PhantomData,
        }
    }
}

/// What an end that sends `S` takes: an `S`, or a borrowed form that travels alike.
///
/// ([`Borrow`](std::borrow::Borrow) allows too much: an array travels without its
/// length, a slice with it.)
#[diagnostic::on_unimplemented(
    message = "this end of the pipe sends `{S}`, not `{Self}`",
    label = "not what this end sends"
)]
pub trait SentAs<S> {}

impl<S> SentAs<S> for S {}
impl SentAs<String> for str {}
impl<T> SentAs<Vec<T>> for [T] {}

impl<S, R> Connection<S, R> {
    /// Sends a message, which may be borrowed: a `&str` where `S` is `String`.
    ///
    /// The kernel holds some 200 KiB, with its own data for each message: 278 messages
    /// of up to 100 bytes, or 93 of 1 KB. Beyond that, this waits for the other side to
    /// receive. So if both sides send more than that before they receive, they wait for
    /// each other for ever. So do a child that sends so much, and a parent that joins it
    /// before it receives.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when the other side has closed, or its process has
    /// ended and no other has a copy of its end. [`Error::Encode`] when serde or
    /// postcard refuses the message, and [`Error::TooLong`] when it takes 4 GiB
    /// or more; nothing is sent then.
    pub fn send<M>(&mut self, message: &M) -> Result<(), Error>
    where
        M: SentAs<S> + Serialize + ?Sized,
    {
        let sent = write_frame(&mut self.stream, message, &mut self.frame);
        self.shrink();
        sent
    }

    /// Waits for the next message; `None` once the other side has closed, or its process
    /// has ended and no other has a copy of its end. The status of that process, from its
    /// `join`, says whether it has done all its work.
    ///
    /// # Errors
    ///
    /// [`Error::CutOff`] when the other side ended in the middle of a message,
    /// [`Error::Decode`] when what came is not an `R`, and [`Error::Closed`]
    /// when the other side ended without reading what was sent to it, also in
    /// the middle of a message.
    pub fn recv(&mut self) -> Result<Option<R>, Error>
    where
        // Not DeserializeOwned: for that, rustc does not say what to derive.
        R: for<'de> Deserialize<'de>,
    {
        let received = read_frame(&mut self.stream, &mut self.frame);
        self.shrink();
        received
    }

    /// Gives the memory of a large frame back.
    fn shrink(&mut self) {
        if self.frame.capacity() > MAX_KEPT {
            self.frame = Vec::new();
        }
    }

    /// Waits at most `limit` for something to receive, and tells whether there
    /// is: the beginning of a message, or the end of the pipe. It is Python's
    /// `Connection.poll`, and `poll()` there is `poll(Duration::ZERO)` here.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let (mut one, mut other) = ipc_pipe::pipe::<String, String>()?;
    /// assert!(!other.poll(Duration::from_millis(10))?);
    /// one.send("hello")?;
    /// assert!(other.poll(Duration::ZERO)?);
    /// assert_eq!(other.recv()?, Some("hello".to_string()));
    /// # Ok::<(), ipc_pipe::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the system refuses (poll(2)).
    pub fn poll(&self, limit: Duration) -> Result<bool, Error> {
        let started = Instant::now();
        loop {
            let left = limit.saturating_sub(started.elapsed());
            // A limit that is too long for a Timespec is none.
            let left = Timespec::try_from(left).ok();
            match poll(
                &mut [PollFd::new(&self.stream, PollFlags::IN)],
                left.as_ref(),
            ) {
                Err(Errno::INTR) => {}
                ready => return Ok(ready.map_err(io::Error::from)? > 0),
            }
        }
    }

    /// Closes the pipe for both sides, whoever holds copies of it.
    ///
    /// The other side still receives what was sent before.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the system refuses (shutdown(2)).
    pub fn close(self) -> Result<(), Error> {
        Ok(self.stream.shutdown(Shutdown::Both)?)
    }
}
