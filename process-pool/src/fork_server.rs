//! The process that forks workers. It runs one thread, so it may fork, which the
//! program, with its places, must not. Above, how the program sees it; below, its life.

use std::error::Error;
use std::io::{self, Read, Write};
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
    /// Whoever asks first joins the server; others wait for that.
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
            // In the server: else it would never see the end of its orders when the program
            // dies.
            orders = None;
            let places = mem::take(&mut mailboxes).into_iter();
            let server = Server {
                orders: Some(server_end),
                places: places.map(|mailbox| (mailbox.worker_side, None)).collect(),
                settings,
                on_child_end: install_empty_handler(Signal::SIGCHLD)?,
            };
            server.serve()
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
    /// The mailbox of each place, and its worker, if there is one.
    places: Vec<(WorkerSide, Option<Child>)>,
    settings: &'a Settings,
    /// What the program does about SIGCHLD. (If it ignores it, the server must not, or it
    /// would not learn how a worker has ended.)
    on_child_end: SigAction,
}

impl Server<'_> {
    /// Works until the pool ends. All signals are blocked.
    fn serve(mut self) -> Result<(), Box<dyn Error>> {
        // At all other times SIGCHLD is blocked, and pending: so none is missed.
        let mut mask = SigSet::all();
        mask.remove(Signal::SIGCHLD);
        while let Some(orders) = &self.orders {
            let mut readable = [PollFd::new(orders.as_fd(), PollFlags::POLLIN)];
            match ppoll(&mut readable, None, Some(mask)) {
                Err(Errno::EINTR) => self.reap()?,
                Err(errno) => return Err(errno.into()),
                Ok(_) => match read_order(orders) {
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
            // In the worker: it keeps its own mailbox, and closes what else it has inherited.
            self.orders = None;
            let (mailbox, _) = mem::take(&mut self.places).swap_remove(place);
            work(&mailbox, self.settings, &self.on_child_end)
        };
        let started = Process::new(begin, ()).daemon().start();
        let (mailbox, worker) = &mut self.places[place];
        match started {
            Ok(child) => *worker = Some(child),
            Err(error) => notify(mailbox, NoWorker::NotForked(error.to_string())),
        }
    }

    /// Notifies the places whose workers have ended.
    fn reap(&mut self) -> Result<(), process_basic::Error> {
        for (mailbox, worker) in &mut self.places {
            if let Some(child) = worker
                && let Some(status) = child.join_timeout(Duration::ZERO)?
            {
                let (pid, status) = (child.pid(), status.into_raw());
                *worker = None;
                notify(mailbox, NoWorker::Died { pid, status });
            }
        }
        Ok(())
    }
}

/// The place that needs a worker; None when the pool has ended.
fn read_order(mut orders: &UnixStream) -> Option<usize> {
    let mut number = [0; size_of::<u32>()];
    orders.read_exact(&mut number).ok()?;
    Some(u32::from_le_bytes(number) as usize)
}

fn notify(mailbox: &WorkerSide, why: NoWorker) {
    // A place that has ended does not read it.
    let _ = mailbox.to_place.send(Err(why));
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let places = self.places.drain(..);
        let workers: Vec<Child> = places.filter_map(|(_, worker)| worker).collect();
        for worker in &workers {
            // It fails only if a task has changed its worker's user. Then its end is awaited.
            let _ = worker.kill();
        }
        for worker in workers {
            // Nobody needs to know how it ended.
            let _ = worker.join();
        }
    }
}
