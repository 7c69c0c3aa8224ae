//! Packets of any length, through a pair of SEQPACKET sockets.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::thread::sleep;
use std::time::Duration;

use rustix::cmsg_space;
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    self, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

use crate::Error;

/// The most bytes that travel in a packet itself. The kernel holds 64 KiB of
/// them in single pages, so it needs no large piece of memory.
pub(crate) const MAX_INLINE: usize = 80 * 1024;

/// What unix(7) calls ETOOMANYREFS.
const IN_FLIGHT: &str = "more large items are on their way, in all queues of this user, than a \
     process may have files open (ulimit -n); they must be got first";

/// How often to try again after that: for a second.
const MAX_RETRIES: u32 = 100;
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// Sends some bytes, at least one, as one packet.
pub(crate) fn send(socket: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
    if bytes.len() > MAX_INLINE {
        return send_large(socket, bytes);
    }
    retry_on_intr(|| net::send(socket, bytes, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Writes what is too much for a packet into a file in memory, whose descriptor
/// goes with the packet.
fn send_large(socket: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
    let (first, rest) = bytes.split_at(MAX_INLINE);
    let file = File::from(memfd_create("rest", MemfdFlags::CLOEXEC)?);
    // The offset stays 0, where the receiver begins to read.
    file.write_all_at(rest, 0)?;
    let files = [file.as_fd()];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&files));
    let mut retries = 0;
    loop {
        let first = [IoSlice::new(first)];
        match net::sendmsg(socket, &first, &mut control, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            Err(Errno::TOOMANYREFS) if retries < MAX_RETRIES => {
                retries += 1;
                sleep(RETRY_INTERVAL);
            }
            Err(Errno::TOOMANYREFS) => return Err(io::Error::other(IN_FLIGHT)),
            sent => return Ok(sent.map(drop)?),
        }
    }
}

/// Receives the bytes of one packet into `buffer`, which has room for
/// [`MAX_INLINE`]; none once the socket is shut down and empty.
pub(crate) fn receive<'b>(
    socket: &OwnedFd,
    buffer: &'b mut Vec<u8>,
    flags: RecvFlags,
) -> Result<&'b [u8], Error> {
    let (mut length, mut rest) = receive_first(socket, buffer, flags)?;
    if length == 0 {
        // The kernel looks for a packet, and then for a shutdown. A packet and
        // a shutdown that come in between look like the end, but only once.
        (length, rest) = receive_first(socket, buffer, RecvFlags::DONTWAIT)?;
    }
    if let Some(mut rest) = rest {
        buffer.truncate(length);
        length += rest.read_to_end(buffer)?;
    }
    Ok(&buffer[..length])
}

/// Gives the number of bytes in the packet, and the file with the others.
fn receive_first(
    socket: &OwnedFd,
    buffer: &mut [u8],
    flags: RecvFlags,
) -> Result<(usize, Option<File>), Error> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut first = [IoSliceMut::new(buffer)];
    let flags = flags | RecvFlags::CMSG_CLOEXEC;
    let received = retry_on_intr(|| net::recvmsg(socket, &mut first, &mut control, flags))
        .map_err(io::Error::from)?;
    if received.flags.contains(ReturnFlags::CTRUNC) {
        return Err(Error::NoDescriptor);
    }
    let rest = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next().map(File::from),
        _ => None,
    });
    Ok((received.bytes, rest))
}
