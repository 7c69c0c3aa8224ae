//! The process that forks workers. It runs one thread, so it may fork, which the
//! program, with its places, must not.

use std::error::Error;
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use ipc_channel::ipc;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal};
use process_basic::{Child, Process};

use crate::PoolError;
use crate::message::{Mailbox, Reply, WorkerEnd};
use crate::settings::{Settings, raise_descriptor_limit};
use crate::worker::work;

/// Forks the fork server. Gives the program's end of its orders, and the mailboxes,
/// which the server has inherited.
pub(crate) fn start_fork_server(
    places: usize,
    settings: Settings,
) -> Result<(Child, UnixStream, Vec<Mailbox>), PoolError> {
    let mut channels = Some(channels(places)?);
    let serve = || {
        let Some(((program, orders), mailboxes)) = channels.take() else {
            return Ok(());
        };
        // Else the server would not see the program's end, or that of the pool.
        drop(program);
        ForkServer::new(orders, mailboxes, settings).serve()
    };
    let server = Process::new(serve, ()).daemon().start()?;
    match channels {
        Some(((orders, _), mailboxes)) => Ok((server, orders, mailboxes)),
        None => unreachable!("only the server takes them"),
    }
}

type Channels = ((UnixStream, UnixStream), Vec<Mailbox>);

/// How many descriptors the mailbox of a place takes.
const FOR_EACH_PLACE: usize = 4;
/// How many all else takes that starts a pool, at most.
const FOR_ALL_ELSE: usize = 8;

/// Makes the channels. If there are not enough descriptors, raises the soft limit.
fn channels(places: usize) -> Result<Channels, PoolError> {
    match try_channels(places) {
        Err(error) if error.raw_os_error() == Some(Errno::EMFILE as i32) => {
            let more = places
                .saturating_mul(FOR_EACH_PLACE)
                .saturating_add(FOR_ALL_ELSE);
            raise_descriptor_limit(more as u64)?;
            Ok(try_channels(places)?)
        }
        made => Ok(made?),
    }
}

fn try_channels(places: usize) -> io::Result<Channels> {
    // At its first message, ipc-channel opens a channel to measure it, and panics
    // without descriptors for that. So this looks whether there are any, and sends one.
    let (sender, _receiver) = ipc::bytes_channel()?;
    drop(ipc::bytes_channel()?);
    sender.send(&[])?;
    let mailboxes = (0..places).map(|_| Mailbox::new());
    Ok((UnixStream::pair()?, mailboxes.collect::<io::Result<_>>()?))
}

struct ForkServer {
    inherited: Inherited,
    settings: Settings,
    workers: Workers,
}

/// What comes from the program. A worker keeps one mailbox of it.
#[derive(Default)]
struct Inherited {
    /// Brings the number of each place that needs a worker, and ends when the pool does.
    orders: Option<UnixStream>,
    mailboxes: Vec<WorkerEnd>,
}

/// The worker of each place. Dropping them kills them: also when the server ends with an
/// error or a panic. (When it is killed, the kernel kills them.)
struct Workers(Vec<Option<Child>>);

enum Event {
    /// This place needs a worker.
    Order(usize),
    ChildEnded,
    PoolEnded,
}

impl ForkServer {
    fn new(orders: UnixStream, mailboxes: Vec<Mailbox>, settings: Settings) -> ForkServer {
        let workers = Workers(mailboxes.iter().map(|_| None).collect());
        let mailboxes = mailboxes.into_iter().map(Mailbox::into_worker_end);
        let inherited = Inherited {
            orders: Some(orders),
            mailboxes: mailboxes.collect(),
        };
        ForkServer {
            inherited,
            settings,
            workers,
        }
    }

    /// The life of the server, which begins with all signals blocked. It works until
    /// the pool ends.
    fn serve(mut self) -> Result<(), Box<dyn Error>> {
        self.settings.note_ends_of_children()?;
        loop {
            match self.wait()? {
                Event::Order(place) => self.fill(place),
                Event::ChildEnded => self.reap()?,
                Event::PoolEnded => return Ok(()),
            }
        }
    }

    fn wait(&self) -> io::Result<Event> {
        let Some(mut orders) = self.inherited.orders.as_ref() else {
            return Ok(Event::PoolEnded);
        };
        // SIGCHLD comes during this wait alone, so none is missed.
        let mut mask = SigSet::thread_get_mask()?;
        mask.remove(Signal::SIGCHLD);
        let mut readable = [PollFd::new(orders.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut readable, None, Some(mask)) {
            Err(Errno::EINTR) => return Ok(Event::ChildEnded),
            polled => polled?,
        };
        let mut number = [0; size_of::<u32>()];
        match orders.read_exact(&mut number) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Event::PoolEnded),
            read => read.map(|()| Event::Order(u32::from_le_bytes(number) as usize)),
        }
    }

    /// Forks a worker for a place, which has none.
    fn fill(&mut self, place: usize) {
        let inherited = &mut self.inherited;
        let settings = &self.settings;
        let begin = || {
            // In the worker: this closes the rest of what it has inherited.
            let mailbox = mem::take(inherited).mailboxes.swap_remove(place);
            work(&mailbox, settings)
        };
        match Process::new(begin, ()).daemon().start() {
            Ok(worker) => self.workers.0[place] = Some(worker),
            Err(error) => self.tell(place, &Reply::NotForked(error.to_string())),
        }
    }

    /// Tells the places whose workers have ended.
    fn reap(&mut self) -> Result<(), process_basic::Error> {
        for place in 0..self.workers.0.len() {
            let Some(worker) = &mut self.workers.0[place] else {
                continue;
            };
            if let Some(status) = worker.join_timeout(Duration::ZERO)? {
                let (pid, status) = (worker.pid(), status.into_raw());
                self.workers.0[place] = None;
                self.tell(place, &Reply::Died { pid, status });
            }
        }
        Ok(())
    }

    fn tell(&self, place: usize, reply: &Reply) {
        // A place that has ended does not read it.
        let _ = self.inherited.mailboxes[place].send(reply);
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let workers: Vec<Child> = self.0.drain(..).flatten().collect();
        for worker in &workers {
            // It fails only for one that has ended.
            let _ = worker.kill();
        }
        for worker in workers {
            // Nobody needs to know how it ended.
            let _ = worker.join();
        }
    }
}
