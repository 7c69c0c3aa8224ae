use std::cell::Cell;
use std::io;

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::packet::{Packet, check_descriptors};

/// A queue of `T` between processes: put at one end, get at the other.
///
/// It holds some 280 items of up to a few hundred bytes, and fewer of larger
/// ones (90 of 1 KB, 4 of 60 KB); beyond that, [`put`](Queue::put) waits until
/// somebody gets. Items are plain data: they cannot carry channels.
#[derive(Debug)]
pub struct Queue<T> {
    sender: IpcSender<Packet<T>>,
    receiver: IpcReceiver<Packet<T>>,
    /// Whether this process has closed the queue; others know only by the end mark.
    closed: Cell<bool>,
}

impl<T> Queue<T>
where
    T: Serialize + DeserializeOwned,
{
    /// An empty queue, for this process and all that it starts from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the process has no descriptors left (socketpair(2),
    /// EMFILE).
    pub fn new() -> Result<Queue<T>, Error> {
        prepare()?;
        let (sender, receiver) = ipc::channel()?;
        Ok(Queue {
            sender,
            receiver,
            closed: Cell::new(false),
        })
    }

    /// Puts an item at the end, and waits first while the queue is full.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after this process has closed the queue,
    /// [`Error::Encode`] when serde refuses the item, and [`Error::Io`] when a
    /// large item, which travels in shared memory, finds no descriptor left
    /// for it (memfd_create(2), EMFILE) or a signal handler interrupts the
    /// wait (sendmsg(2), EINTR); none of them puts anything.
    pub fn put(&self, item: T) -> Result<(), Error> {
        if self.closed.get() {
            return Err(Error::Closed);
        }
        Ok(self.sender.send(Packet::new(item)?)?)
    }

    /// Takes the next item, and waits for one while the queue is empty;
    /// `None` once it is closed and empty.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] when what comes out is not a `T`, and [`Error::Io`]
    /// when a large item finds no descriptor left for it (recvmsg(2), EMFILE);
    /// it is taken out all the same.
    pub fn get(&self) -> Result<Option<T>, Error> {
        match self.receive()? {
            Packet::End => {
                // The next reader needs to meet it as well.
                self.put_end()?;
                Ok(None)
            }
            packet => packet.into_item(),
        }
    }

    /// The items as they come, until the queue is closed and empty.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { queue: self }
    }

    /// Closes the queue: each reader gets what is in it, and then `None`.
    ///
    /// Call it when nobody puts any more: what is put later may be lost.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the system refuses (sendmsg(2)).
    pub fn close(&self) -> Result<(), Error> {
        if !self.closed.get() {
            self.put_end()?;
            self.closed.set(true);
        }
        Ok(())
    }

    fn put_end(&self) -> Result<(), Error> {
        loop {
            match self.sender.send(Packet::End) {
                Err(IpcError::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => return Ok(sent?),
            }
        }
    }

    fn receive(&self) -> Result<Packet<T>, Error> {
        loop {
            match self.receiver.recv() {
                Err(IpcError::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(IpcError::SerializationError(error)) => {
                    // Memory that found no descriptor is missing in its packet.
                    check_descriptors()?;
                    return Err(Error::Decode(error.into()));
                }
                received => return Ok(received?),
            }
        }
    }
}

/// ipc-channel opens a channel at its first message, to measure it, and panics
/// when there are no descriptors for that.
fn prepare() -> io::Result<()> {
    let (sender, _receiver) = ipc::bytes_channel()?;
    drop(ipc::bytes_channel()?);
    sender.send(&[])
}

/// The items of a [`Queue`], as they come.
#[derive(Debug)]
pub struct Iter<'q, T> {
    queue: &'q Queue<T>,
}

impl<T> Iterator for Iter<'_, T>
where
    T: Serialize + DeserializeOwned,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.queue.get().transpose()
    }
}

impl<'q, T> IntoIterator for &'q Queue<T>
where
    T: Serialize + DeserializeOwned,
{
    type Item = Result<T, Error>;
    type IntoIter = Iter<'q, T>;

    fn into_iter(self) -> Iter<'q, T> {
        self.iter()
    }
}
