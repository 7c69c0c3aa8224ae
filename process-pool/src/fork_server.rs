//! The process that forks workers. It runs one thread, so it may fork, which the
//! program, with its places, must not. Above, how the program sees it; below, its life.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ipc_channel::ipc;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal};
use process_basic::{Child, Process};

use crate::PoolError;
use crate::message::{Mailbox, Reply, WorkerSide};
use crate::settings::{Settings, raise_descriptor_limit};
use crate::worker::work;

/// The fork server, as the program has it.
pub(crate) struct ForkServer {
    /// Where workers are ordered. Shut down, it ends the server.
    orders: UnixStream,
    /// Taken by whoever joins it first.
    process: Mutex<Option<Child>>,
    end: OnceLock<String>,
}

impl ForkServer {
    /// Forks the server, and gives the mailboxes, which the server has inherited. Its
    /// workers get the settings back.
    pub(crate) fn start(
        places: usize,
        settings: Settings,
    ) -> Result<(ForkServer, Vec<Mailbox>), PoolError> {
        let mailboxes = make_mailboxes(places).or_else(|_| {
            raise_descriptor_limit()?;
            make_mailboxes(places)
        });
        let mut channels = Some((UnixStream::pair()?, mailboxes?));
        // The server takes its copy; the program still has its own after the fork.
        let begin = || match channels.take() {
            Some(((program, orders), mailboxes)) => {
                // Else the server would not see that the program or the pool has ended.
                drop(program);
                Server::new(orders, mailboxes, settings).serve()
            }
            None => Ok(()),
        };
        let process = Process::new(begin, ()).daemon().start()?;
        let Some(((orders, _), mailboxes)) = channels else {
            unreachable!("only the server takes them")
        };
        let server = ForkServer {
            orders,
            process: Mutex::new(Some(process)),
            end: OnceLock::new(),
        };
        Ok((server, mailboxes))
    }

    /// Orders a worker for a place. (If the server has ended, whoever waits for the worker
    /// learns it.)
    pub(crate) fn order(&self, place: u32) {
        let _ = (&self.orders).write_all(&place.to_le_bytes());
    }

    /// Has the server kill the workers and end.
    pub(crate) fn end(&self) {
        // A server that has ended already need not be told.
        let _ = self.orders.shutdown(Shutdown::Write);
    }

    /// Waits until the server has ended, and tells how.
    pub(crate) fn join(&self) -> &str {
        self.end.get_or_init(|| {
            let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
            let what = "the pool's fork server has ended";
            match process.take().map(Child::join) {
                Some(Ok(status)) => format!("{what} with {status}"),
                Some(Err(error)) => format!("{what}: {error}"),
                None => unreachable!("this takes it, once"),
            }
        })
    }
}

fn make_mailboxes(places: usize) -> io::Result<Vec<Mailbox>> {
    // At its first message, ipc-channel opens a channel to measure it, and panics when
    // no descriptors are left. So this sees whether another channel can be opened, and
    // then sends a first message.
    let (sender, _receiver) = ipc::bytes_channel()?;
    drop(ipc::bytes_channel()?);
    sender.send(&[])?;
    (0..places).map(|_| Mailbox::new()).collect()
}

/// The server's own side. Dropping it kills the workers, also when it ends with an error
/// or a panic. (When it is killed, the kernel kills them.)
struct Server {
    /// Brings the number of each place that needs a worker, and ends when the pool does.
    /// None in a worker.
    orders: Option<UnixStream>,
    mailboxes: Vec<WorkerSide>,
    /// The worker of each place.
    workers: Vec<Option<Child>>,
    settings: Settings,
}

enum Event {
    /// This place needs a worker.
    Order(usize),
    ChildEnded,
    PoolEnded,
}

impl Server {
    fn new(orders: UnixStream, mailboxes: Vec<Mailbox>, settings: Settings) -> Server {
        let mailboxes = mailboxes.into_iter().map(Mailbox::into_worker_side);
        let mailboxes: Vec<WorkerSide> = mailboxes.collect();
        Server {
            orders: Some(orders),
            workers: mailboxes.iter().map(|_| None).collect(),
            mailboxes,
            settings,
        }
    }

    /// Works until the pool ends. All signals are blocked.
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
        let Some(mut orders) = self.orders.as_ref() else {
            return Ok(Event::PoolEnded);
        };
        // SIGCHLD comes during this wait alone, so none is missed.
        let mut mask = SigSet::all();
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
        let begin = || {
            // In the worker: this closes what else it has inherited.
            self.orders = None;
            let mailbox = mem::take(&mut self.mailboxes).swap_remove(place);
            work(&mailbox, &self.settings)
        };
        match Process::new(begin, ()).daemon().start() {
            Ok(worker) => self.workers[place] = Some(worker),
            Err(error) => self.tell(place, Reply::NotForked(error.to_string())),
        }
    }

    /// Tells the places whose workers have ended.
    fn reap(&mut self) -> Result<(), process_basic::Error> {
        for place in 0..self.workers.len() {
            let Some(worker) = &mut self.workers[place] else {
                continue;
            };
            if let Some(status) = worker.join_timeout(Duration::ZERO)? {
                let (pid, status) = (worker.pid(), status.into_raw());
                self.workers[place] = None;
                self.tell(place, Reply::Died { pid, status });
            }
        }
        Ok(())
    }

    fn tell(&self, place: usize, reply: Reply) {
        // A place that has ended does not read it.
        let _ = self.mailboxes[place].send(reply);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let workers: Vec<Child> = self.workers.drain(..).flatten().collect();
        for worker in &workers {
            // It does not fail: the worker is a child that is not joined yet.
            let _ = worker.kill();
        }
        for worker in workers {
            // Nobody needs to know how it ended.
            let _ = worker.join();
        }
    }
}
