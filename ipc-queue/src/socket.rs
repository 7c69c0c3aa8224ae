//! Packets of any length, through one socket pair that all processes share.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::thread::sleep;
use std::time::Duration;

use rustix::cmsg_space;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, Shutdown, SocketFlags, SocketType,
    recvmsg, send, sendmsg, shutdown, socketpair,
};

use crate::Error;

/// The most bytes in one packet. The kernel holds 64 KiB of a packet in single
/// pages; this much needs no large piece of memory besides.
pub(crate) const MAX_PACKET: usize = 80 * 1024;

/// What the kernel holds is twice this, its own data counted too (socket(7),
/// SO_SNDBUF). Most systems have this by default.
const BUFFER: usize = 104 * 1024;

/// How often to send again while too many descriptors are on their way: for a
/// second.
const MAX_RETRIES: u32 = 100;
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// Two connected sockets: what is sent at one is received at the other.
#[derive(Debug)]
pub(crate) struct Socket {
    sender: OwnedFd,
    receiver: OwnedFd,
}

impl Socket {
    pub(crate) fn new() -> io::Result<Socket> {
        let (family, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
        let (sender, receiver) = socketpair(family, kind, SocketFlags::CLOEXEC, None)?;
        set_socket_send_buffer_size(&sender, BUFFER)?;
        Ok(Socket { sender, receiver })
    }

    /// Sends some bytes, at least one, as one packet.
    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > MAX_PACKET {
            return self.send_large(bytes);
        }
        retry_on_intr(|| send(&self.sender, bytes, SendFlags::NOSIGNAL))?;
        Ok(())
    }

    /// Puts what is more than a packet holds into a file in memory, whose
    /// descriptor goes with the packet.
    fn send_large(&self, bytes: &[u8]) -> io::Result<()> {
        let (first, rest) = bytes.split_at(MAX_PACKET);
        let file = File::from(memfd_create("item", MemfdFlags::CLOEXEC)?);
        // The file's offset stays 0, where the receiver begins to read.
        file.write_all_at(rest, 0)?;
        let descriptors = [file.as_fd()];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
        let mut retries = 0;
        loop {
            let packet = [IoSlice::new(first)];
            match sendmsg(&self.sender, &packet, &mut control, SendFlags::NOSIGNAL) {
                Err(Errno::INTR) => {}
                Err(Errno::TOOMANYREFS) if retries < MAX_RETRIES => {
                    retries += 1;
                    sleep(RETRY_INTERVAL);
                }
                sent => return Ok(sent.map(drop)?),
            }
        }
    }

    /// Receives the bytes of one packet into `buffer`, which has at least
    /// [`MAX_PACKET`]; none once the socket is shut down and empty.
    pub(crate) fn receive<'b>(
        &self,
        buffer: &'b mut Vec<u8>,
        flags: RecvFlags,
    ) -> Result<&'b [u8], Error> {
        let (mut length, mut file) = self.receive_packet(buffer, flags)?;
        if length == 0 {
            // A shutdown that comes between the kernel's look for a packet and
            // its look for a shutdown hides the last packets, but only once.
            (length, file) = self.receive_packet(buffer, RecvFlags::DONTWAIT)?;
        }
        if let Some(mut file) = file {
            buffer.truncate(length);
            length += file.read_to_end(buffer)?;
        }
        Ok(&buffer[..length])
    }

    /// The length of the next packet, and the file that came with it.
    fn receive_packet(
        &self,
        buffer: &mut [u8],
        flags: RecvFlags,
    ) -> Result<(usize, Option<File>), Error> {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut packet = [IoSliceMut::new(buffer)];
        let flags = flags | RecvFlags::CMSG_CLOEXEC;
        let received = retry_on_intr(|| recvmsg(&self.receiver, &mut packet, &mut control, flags))?;
        if received.flags.contains(ReturnFlags::CTRUNC) {
            return Err(Error::NoDescriptor);
        }
        let file = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut files) => files.next().map(File::from),
            _ => None,
        });
        Ok((received.bytes, file))
    }

    /// Waits until there is something to receive, but no longer than `limit`; a
    /// signal may end the wait, too.
    pub(crate) fn poll(&self, limit: Duration) -> io::Result<()> {
        let mut receiver = [PollFd::new(&self.receiver, PollFlags::IN)];
        // A limit that is too long for a Timespec is none.
        let limit = Timespec::try_from(limit).ok();
        match poll(&mut receiver, limit.as_ref()) {
            Err(Errno::INTR) => Ok(()),
            polled => Ok(polled.map(drop)?),
        }
    }

    /// Shuts the socket down in all processes: nothing more can be sent, and
    /// what was sent can be received.
    pub(crate) fn shut_down(&self) -> io::Result<()> {
        // Each of the two does it, but wakes only who waits at the other socket.
        shutdown(&self.sender, Shutdown::Write)?;
        Ok(shutdown(&self.receiver, Shutdown::Read)?)
    }
}
