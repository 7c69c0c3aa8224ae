//! The channels between the program, the fork server and the workers.

use std::io;
use std::os::unix::net::UnixStream;

use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender};
use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::message::prepare;

/// All ends of all channels. The program makes them, and the fork server
/// inherits them.
pub(crate) struct Channels {
    pub(crate) dispatchers: Vec<DispatcherEnd>,
    /// The program's end of its connection to the fork server.
    pub(crate) link: UnixStream,
    pub(crate) links: Links,
}

/// What the fork server keeps.
pub(crate) struct Links {
    pub(crate) mailboxes: Vec<WorkerEnd>,
    /// Gives a byte when all workers are ready, and ends when the pool does. Takes
    /// a line for each place that the server gives up: its number, and why.
    pub(crate) program: UnixStream,
}

/// What a dispatcher has of its place's mailbox.
pub(crate) struct DispatcherEnd {
    pub(crate) requests: IpcBytesSender,
    pub(crate) replies: IpcBytesReceiver,
}

/// What each worker of a place has of its mailbox, one after the other. The
/// watcher has it, too: when there are no workers, it wakes the dispatcher.
pub(crate) struct WorkerEnd {
    pub(crate) requests: IpcBytesReceiver,
    pub(crate) replies: IpcBytesSender,
}

/// The program has this many descriptors open for each place, and at most this
/// many others while it makes them.
const FOR_EACH: usize = 4;
const FOR_ALL: usize = 8;

impl Channels {
    /// Makes the channels for this many places. When there are not enough
    /// descriptors, raises the soft limit by what they take, as far as the hard
    /// limit allows.
    pub(crate) fn new(places: usize) -> io::Result<Channels> {
        match Channels::try_new(places) {
            Err(error) if error.raw_os_error() == Some(Errno::EMFILE as i32) => {
                let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
                let more = places.saturating_mul(FOR_EACH).saturating_add(FOR_ALL);
                let raised = soft.saturating_add(more as u64).min(hard);
                setrlimit(Resource::RLIMIT_NOFILE, raised, hard)?;
                Channels::try_new(places)
            }
            made => made,
        }
    }

    fn try_new(places: usize) -> io::Result<Channels> {
        prepare()?;
        let (link, program) = UnixStream::pair()?;
        let mailboxes = (0..places).map(|_| mailbox());
        let (dispatchers, mailboxes) = mailboxes.collect::<io::Result<_>>()?;
        Ok(Channels {
            dispatchers,
            link,
            links: Links { mailboxes, program },
        })
    }

    /// Keeps the fork server's ends, and closes the others.
    pub(crate) fn into_links(self) -> Links {
        self.links
    }
}

impl Links {
    /// Keeps one mailbox, and closes all else.
    pub(crate) fn into_mailbox(mut self, place: usize) -> WorkerEnd {
        self.mailboxes.swap_remove(place)
    }
}

fn mailbox() -> io::Result<(DispatcherEnd, WorkerEnd)> {
    let (to_worker, from_dispatcher) = ipc::bytes_channel()?;
    let (to_dispatcher, from_worker) = ipc::bytes_channel()?;
    let dispatcher = DispatcherEnd {
        requests: to_worker,
        replies: from_worker,
    };
    let worker = WorkerEnd {
        requests: from_dispatcher,
        replies: to_dispatcher,
    };
    Ok((dispatcher, worker))
}
