use std::borrow::Borrow;
use std::io::BufReader;
use std::marker::PhantomData;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::frame::{read_frame, write_frame};

/// Makes a pipe: two connected ends, one for each process.
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
#[derive(Debug)]
pub struct Connection<S, R> {
    /// Buffered, so that a short frame takes one read.
    stream: BufReader<UnixStream>,
    /// The bytes of the last frame, kept for their memory.
    frame: Vec<u8>,
    messages: PhantomData<fn(S) -> R>,
}

/// A connection to whoever is at the other end of the socket, such as a program
/// in another language.
impl<S, R> From<UnixStream> for Connection<S, R> {
    fn from(stream: UnixStream) -> Connection<S, R> {
        Connection {
            stream: BufReader::new(stream),
            frame: Vec::new(),
            messages: PhantomData,
        }
    }
}

impl<S, R> Connection<S, R> {
    /// Sends a message, which may be borrowed: a `&str` where `S` is `String`.
    ///
    /// The kernel holds some 200 KiB; beyond that, this waits for the other
    /// side to receive.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when the other side has closed, or its process has
    /// ended and no other has a copy of its end, [`Error::Encode`] when serde refuses the message, and
    /// [`Error::TooLong`] when it takes 4 GiB or more; the last two send nothing.
    pub fn send<M>(&mut self, message: &M) -> Result<(), Error>
    where
        S: Borrow<M>,
        M: Serialize + ?Sized,
    {
        write_frame(self.stream.get_mut(), message, &mut self.frame)
    }

    /// Waits for the next message; `None` once the other side has closed.
    ///
    /// # Errors
    ///
    /// [`Error::CutOff`] when the other side ended in the middle of a message,
    /// [`Error::Decode`] when what came is not an `R`, and [`Error::Closed`]
    /// when the other side ended without reading what was sent to it.
    pub fn recv(&mut self) -> Result<Option<R>, Error>
    where
        R: DeserializeOwned,
    {
        read_frame(&mut self.stream, &mut self.frame)
    }

    /// Closes the pipe for both sides, whoever holds copies of it.
    ///
    /// The other side still receives what was sent before.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the system refuses (shutdown(2)).
    pub fn close(self) -> Result<(), Error> {
        Ok(self.stream.get_ref().shutdown(Shutdown::Both)?)
    }
}
