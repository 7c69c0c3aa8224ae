//! The process that forks workers. It runs one thread, so it may fork, which the
//! program, with its places, must not.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal};
use process_basic::{Child, Process};

use crate::PoolError;
use crate::message::{Mailbox, Reply, WorkerEnd};
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
    /// Forks it. Gives also the mailboxes, which it has inherited.
    pub(crate) fn start(
        places: usize,
        settings: Settings,
    ) -> Result<(ForkServer, Vec<Mailbox>), PoolError> {
        let mut channels = Some(channels(places)?);
        let begin = || {
            let Some(((program, orders), mailboxes)) = channels.take() else {
                return Ok(());
            };
            // Else the server would not see the program's end, or that of the pool.
            drop(program);
            Server::new(orders, mailboxes, settings).serve()
        };
        let process = Process::new(begin, ()).daemon().start()?;
        match channels {
            Some(((orders, _), mailboxes)) => {
                let server = ForkServer {
                    orders,
                    process: Mutex::new(Some(process)),
                    end: OnceLock::new(),
                };
                Ok((server, mailboxes))
            }
            None => unreachable!("only the server takes them"),
        }
    }

    /// Orders a worker for a place. (If the server has ended, whoever waits for the worker
    /// learns it.)
    pub(crate) fn order(&self, place: u32) {
        let _ = (&self.orders).write_all(&place.to_le_bytes());
    }

    /// Has it kill the workers and end.
    pub(crate) fn end(&self) {
        // If it has ended already, it need not be told.
        let _ = self.orders.shutdown(Shutdown::Write);
    }

    /// Waits for its end, and tells how it ended.
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

/// Its end says that the server has ended: no other process has the server's end of it.
impl AsFd for ForkServer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.orders.as_fd()
    }
}

type Channels = ((UnixStream, UnixStream), Vec<Mailbox>);

/// Makes the channels. If there are not enough descriptors, raises the soft limit.
fn channels(places: usize) -> io::Result<Channels> {
    let make = || {
        let mailboxes = (0..places).map(|_| Mailbox::new());
        Ok((UnixStream::pair()?, mailboxes.collect::<io::Result<_>>()?))
    };
    make().or_else(
        |error: io::Error| match Errno::from_raw(error.raw_os_error().unwrap_or(0)) {
            Errno::EMFILE => {
                raise_descriptor_limit()?;
                make()
            }
            _ => Err(error),
        },
    )
}

/// The server's own side.
struct Server {
    workers: Workers,
    inherited: Inherited,
    settings: Settings,
}

/// The worker of each place. Dropping them kills them: also when the server ends with an
/// error or a panic. (When it is killed, the kernel kills them.)
struct Workers(Vec<Option<Child>>);

/// What comes from the program. A worker keeps one mailbox of it.
#[derive(Default)]
struct Inherited {
    /// Brings the number of each place that needs a worker, and ends when the pool does.
    orders: Option<UnixStream>,
    mailboxes: Vec<WorkerEnd>,
}

enum Event {
    /// This place needs a worker.
    Order(usize),
    ChildEnded,
    PoolEnded,
}

impl Server {
    fn new(orders: UnixStream, mailboxes: Vec<Mailbox>, settings: Settings) -> Server {
        let mailboxes = mailboxes.into_iter().map(Mailbox::into_worker_end);
        let mailboxes: Vec<WorkerEnd> = mailboxes.collect();
        Server {
            workers: Workers(mailboxes.iter().map(|_| None).collect()),
            inherited: Inherited {
                orders: Some(orders),
                mailboxes,
            },
            settings,
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
