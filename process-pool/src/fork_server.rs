//! The process that forks workers, and what orders it.

use std::collections::HashMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard};

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcReceiver, IpcSender};
use process_basic::{Child, Process};
use serde::{Deserialize, Serialize};

use crate::PoolError;
use crate::message::{self, retry_interrupted};
use crate::shared::lock;
use crate::worker::{Worker, work};

/// What the pool asks of the fork server. It replies to the first two.
#[derive(Serialize, Deserialize)]
enum Order {
    /// Start a worker on these channel ends; the reply is its PID.
    Start(IpcBytesReceiver, IpcBytesSender),
    /// Wait for this worker, which is gone; the reply is its wait status.
    Reap(i32),
    /// Wait for all workers, and end.
    Stop,
    /// Kill all workers, and end.
    Terminate,
}

type Reply = Result<i32, String>;

/// The life of the fork server: it has one thread, so that it may fork.
fn serve(orders: IpcReceiver<Order>, replies: IpcSender<Reply>) {
    let mut workers = HashMap::new();
    while let Ok(order) = retry_interrupted(|| orders.recv()) {
        let reply = match order {
            Order::Start(calls, answers) => start(&mut workers, calls, answers),
            Order::Reap(pid) => reap(&mut workers, pid),
            Order::Stop => break,
            Order::Terminate => {
                kill(&workers);
                break;
            }
        };
        if replies.send(reply).is_err() {
            break;
        }
    }
    for worker in workers.into_values() {
        // However it ended, it has.
        let _ = worker.join();
    }
}

type Workers = HashMap<i32, Child>;

fn start(workers: &mut Workers, calls: IpcBytesReceiver, answers: IpcBytesSender) -> Reply {
    let worker = Process::new(work, (calls, answers)).start();
    let worker = worker.map_err(|error| error.to_string())?;
    let pid = worker.pid().cast_signed();
    workers.insert(pid, worker);
    Ok(pid)
}

fn reap(workers: &mut Workers, pid: i32) -> Reply {
    let worker = workers
        .remove(&pid)
        .ok_or("it is not a worker of this pool")?;
    // One that only closed its channel would be waited for in vain; one that is
    // ending already ends as it was.
    let status = worker.kill().and_then(|()| worker.join());
    Ok(status.map_err(|error| error.to_string())?.into_raw())
}

fn kill(workers: &Workers) {
    for worker in workers.values() {
        // One that has ended by itself is just as well.
        let _ = worker.kill();
    }
}

/// The fork server as the pool sees it; dropping it ends it and its workers.
pub(crate) struct ForkServer {
    control: Mutex<Control>,
    /// Empty once it has been waited for.
    process: Option<Child>,
}

struct Control {
    orders: IpcSender<Order>,
    replies: IpcReceiver<Reply>,
}

/// What came of a worker that is gone, and of starting another.
pub(crate) struct Replacement {
    pub(crate) ended: Result<ExitStatus, String>,
    pub(crate) worker: Result<Worker, String>,
}

/// As many workers are ordered before the first reply is read: the channels
/// hold that many.
const AHEAD: usize = 32;

impl ForkServer {
    pub(crate) fn start() -> Result<ForkServer, PoolError> {
        message::prepare()?;
        let (orders, orders_end) = ipc::channel()?;
        let (replies_end, replies) = ipc::channel()?;
        let process = Process::new(serve, (orders_end, replies_end)).start()?;
        Ok(ForkServer {
            control: Mutex::new(Control { orders, replies }),
            process: Some(process),
        })
    }

    pub(crate) fn start_workers(&self, count: usize) -> Result<Vec<Worker>, PoolError> {
        let control = self.control();
        let mut workers = Vec::new();
        while workers.len() < count {
            let ahead = AHEAD.min(count - workers.len());
            let ordered: Vec<PendingWorker> = (0..ahead)
                .map(|_| control.order())
                .collect::<Result<_, _>>()?;
            for worker in ordered {
                workers.push(worker.started(control.reply()).map_err(PoolError::Worker)?);
            }
        }
        Ok(workers)
    }

    /// Waits for a worker that is gone, and starts another.
    pub(crate) fn replace(&self, pid: u32) -> Replacement {
        let control = self.control();
        let ended = control
            .send(Order::Reap(pid.cast_signed()))
            .map_err(|error| error.to_string());
        let ended = ended.and_then(|()| control.reply());
        let worker = control.order().map_err(|error| error.to_string());
        Replacement {
            ended: ended.map(ExitStatus::from_raw),
            worker: worker.and_then(|worker| worker.started(control.reply())),
        }
    }

    /// Has the server wait for all workers and end.
    pub(crate) fn stop(&self) {
        // One that has died has ended, too.
        let _ = self.control().send(Order::Stop);
    }

    /// Has the server kill all workers and end.
    pub(crate) fn terminate(&self) {
        let _ = self.control().send(Order::Terminate);
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        lock(&self.control)
    }
}

impl Drop for ForkServer {
    fn drop(&mut self) {
        self.terminate();
        if let Some(process) = self.process.take() {
            // However it ended, it has.
            let _ = process.join();
        }
    }
}

/// This side's channel ends of a worker that may not be there yet.
struct PendingWorker {
    calls: IpcBytesSender,
    answers: IpcBytesReceiver,
}

impl PendingWorker {
    fn started(self, reply: Reply) -> Result<Worker, String> {
        Ok(Worker {
            pid: reply?.cast_unsigned(),
            calls: self.calls,
            answers: self.answers,
        })
    }
}

impl Control {
    fn order(&self) -> io::Result<PendingWorker> {
        let (calls, calls_end) = ipc::bytes_channel()?;
        let (answers_end, answers) = ipc::bytes_channel()?;
        self.send(Order::Start(calls_end, answers_end))?;
        Ok(PendingWorker { calls, answers })
    }

    fn send(&self, order: Order) -> io::Result<()> {
        self.orders.send(order).map_err(|error| match error {
            IpcError::Io(error) if !is_gone(&error) => error,
            _ => server_gone(),
        })
    }

    fn reply(&self) -> Reply {
        retry_interrupted(|| self.replies.recv()).unwrap_or_else(|_| Err(server_gone().to_string()))
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}

fn server_gone() -> io::Error {
    io::Error::other("the pool's fork server has ended")
}
