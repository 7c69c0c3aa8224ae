//! The process that forks workers. It runs one thread, so it may fork, which the
//! program, with its places, must not. Above, how the program sees it; below, its life.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::sync::LazyLock;
use std::time::Duration;

use ipc_channel::ipc;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigAction, SigSet, Signal};
use process_basic::{Child, Process};

use crate::PoolError;
use crate::message::{Mailbox, NoWorker, WorkerSide};
use crate::settings::{Settings, install_empty_handler, raise_descriptor_limit};
use crate::worker::work;

/// The fork server, as the program has it.
pub(crate) struct ForkServer {
    /// Where workers are ordered. Shut down, it ends the server.
    orders: UnixStream,
    /// Whoever asks first waits for it.
    how_ended: LazyLock<String, Box<dyn FnOnce() -> String + Send>>,
}

impl ForkServer {
    /// Forks the server, and gives the mailboxes, which the server has inherited. Its
    /// workers get the settings back.
    pub(crate) fn start(
        places: usize,
        settings: &Settings,
    ) -> Result<(ForkServer, Vec<Mailbox>), PoolError> {
        let mailboxes = make_mailboxes(places).or_else(|_| {
            raise_descriptor_limit()?;
            make_mailboxes(places)
        });
        let mut mailboxes = mailboxes?;
        let (orders, server_end) = UnixStream::pair()?;
        let mut orders = Some(orders);
        let begin = || {
            // Else the server would never see the end of its orders when the program dies.
            orders = None;
            Server::new(server_end, mem::take(&mut mailboxes), settings)?.serve()
        };
        let process = Process::new(begin, ()).daemon().start()?;
        let Some(orders) = orders else {
            unreachable!("only the server closes it")
        };
        let join = || match process.join() {
            Ok(status) => format!("the pool's fork server has ended with {status}"),
            Err(error) => format!("the pool's fork server has ended: {error}"),
        };
        let how_ended = LazyLock::new(Box::new(join) as Box<_>);
        Ok((ForkServer { orders, how_ended }, mailboxes))
    }

    /// Orders a worker for a place. (If the server has ended, whoever waits for the worker
    /// learns it.)
    pub(crate) fn order(&self, place: u32) {
        let _ = (&self.orders).write_all(&place.to_le_bytes());
    }

    /// Has the server kill the workers and end.
    pub(crate) fn shut_down(&self) {
        // A server that has ended already need not be told.
        let _ = self.orders.shutdown(Shutdown::Write);
    }

    /// Waits until the server has ended, and says how.
    pub(crate) fn join(&self) -> &str {
        &self.how_ended
    }
}

fn make_mailboxes(places: usize) -> io::Result<Vec<Mailbox>> {
    // At its first message, ipc-channel opens a channel to learn how much fits into one
    // packet, and panics when no descriptors are left. So this sees whether one more
    // channel can be opened, and then sends a first message.
    let (sender, _receiver) = ipc::bytes_channel()?;
    drop(ipc::bytes_channel()?);
    sender.send(&[])?;
    (0..places).map(|_| Mailbox::new()).collect()
}

/// The server's own side. Dropping it kills the workers, also when it ends with an error
/// or a panic. (When it is killed, the kernel kills them.)
struct Server<'a> {
    /// Brings the number of each place that needs a worker, and ends when the pool does.
    /// A worker has closed it.
    orders: Option<UnixStream>,
    mailboxes: Vec<WorkerSide>,
    /// The worker of each place.
    workers: Vec<Option<Child>>,
    settings: &'a Settings,
    /// What the program does about SIGCHLD. (If it ignores it, the server must not, or it
    /// would not learn how a worker has ended.)
    on_child_end: SigAction,
}

impl<'a> Server<'a> {
    fn new(
        orders: UnixStream,
        mailboxes: Vec<Mailbox>,
        settings: &'a Settings,
    ) -> nix::Result<Server<'a>> {
        let mailboxes = mailboxes.into_iter().map(|mailbox| mailbox.worker_side);
        let mailboxes: Vec<WorkerSide> = mailboxes.collect();
        Ok(Server {
            orders: Some(orders),
            workers: mailboxes.iter().map(|_| None).collect(),
            mailboxes,
            settings,
            on_child_end: install_empty_handler(Signal::SIGCHLD)?,
        })
    }

    /// Works until the pool ends. All signals are blocked.
    fn serve(mut self) -> Result<(), Box<dyn Error>> {
        // SIGCHLD comes while this waits, and at no other time, so none is missed.
        let mut mask = SigSet::all();
        mask.remove(Signal::SIGCHLD);
        while let Some(orders) = &self.orders {
            let mut readable = [PollFd::new(orders.as_fd(), PollFlags::POLLIN)];
            match ppoll(&mut readable, None, Some(mask)) {
                Err(Errno::EINTR) => self.reap()?,
                Err(errno) => return Err(errno.into()),
                Ok(_) => match read_order(orders)? {
                    Some(place) => self.fill(place),
                    None => break,
                },
            }
        }
        Ok(())
    }

    /// Forks a worker for a place, which has none.
    fn fill(&mut self, place: usize) {
        let begin = || {
            // In the worker: this closes what else it has inherited.
            self.orders = None;
            let mailbox = mem::take(&mut self.mailboxes).swap_remove(place);
            work(&mailbox, self.settings, &self.on_child_end)
        };
        match Process::new(begin, ()).daemon().start() {
            Ok(worker) => self.workers[place] = Some(worker),
            Err(error) => self.notify(place, NoWorker::NotForked(error.to_string())),
        }
    }

    /// Notifies the places whose workers have ended.
    fn reap(&mut self) -> Result<(), process_basic::Error> {
        for place in 0..self.workers.len() {
            let Some(worker) = &mut self.workers[place] else {
                continue;
            };
            if let Some(status) = worker.join_timeout(Duration::ZERO)? {
                let (pid, status) = (worker.pid(), status.into_raw());
                self.workers[place] = None;
                self.notify(place, NoWorker::Died { pid, status });
            }
        }
        Ok(())
    }

    fn notify(&self, place: usize, why: NoWorker) {
        // A place that has ended does not read it.
        let _ = self.mailboxes[place].to_place.send(Err(why));
    }
}

/// The place that needs a worker; None when the pool has ended.
fn read_order(mut orders: &UnixStream) -> io::Result<Option<usize>> {
    let mut number = [0; size_of::<u32>()];
    match orders.read_exact(&mut number) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        read => read.map(|()| Some(u32::from_le_bytes(number) as usize)),
    }
}

impl Drop for Server<'_> {
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
