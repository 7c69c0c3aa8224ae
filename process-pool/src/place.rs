//! A place of the pool: a thread that takes tasks from the queue, and has its worker
//! run them, one at a time.
//!
//! A place orders a worker only after the end of the last one. So when it looks whether
//! a dead worker has read its call, no other worker reads the mailbox.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam::channel::Receiver;

use crate::TaskErrorKind;
use crate::async_result::{Promise, TaskResult};
use crate::fork_server::ForkServer;
use crate::message::{Ending, Mailbox, NoWorker, Reply, is_last, pieces};
use crate::state::PoolState;

/// How often a place orders a worker until it gives up.
const MAX_ORDERS: u32 = 150;

/// How long it waits between two orders: three seconds in all.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// A task in the queue.
pub(crate) struct Job {
    pub(crate) call: Vec<u8>,
    pub(crate) promise: Promise,
}

pub(crate) struct Place {
    pub(crate) number: u32,
    pub(crate) mailbox: Mailbox,
    pub(crate) server: Arc<ForkServer>,
    pub(crate) state: Arc<PoolState>,
}

impl Place {
    /// Works until the queue is closed and empty. A place that gets no worker any more
    /// leaves the queue to the others. (When the last one has left it, what is in the queue
    /// is dropped: so it is not run.)
    pub(crate) fn work(self, queue: &Receiver<Job>) {
        let _ = queue.iter().try_for_each(|job| self.run(job));
    }

    /// Has the worker run the task, or the next worker, if this one dies before it has read
    /// the call.
    fn run(&self, Job { call, promise }: Job) -> Result<(), NoWorker> {
        loop {
            let why = match self.exchange(&call) {
                Ok(result) => {
                    promise.fulfil(result);
                    return Ok(());
                }
                Err(why) => why,
            };
            if !self.mailbox.take_back() {
                promise.fulfil(Err(failure(&why)));
                // At once: else the next task would wait, though another place is idle.
                return self.replace(why);
            }
            // If there is no other worker, the promise is dropped: the task is not run.
            self.replace(why)?;
        }
    }

    /// Sends the call to the worker, and waits for the result.
    fn exchange(&self, call: &[u8]) -> Result<TaskResult, NoWorker> {
        let mut pieces = pieces(call);
        let mut answer = Vec::new();
        // An idle worker is ready: it has said so, or has answered a call. If it has died
        // since, the next message says that.
        let mut reply = Reply::Ready;
        loop {
            match reply {
                Reply::Ready => {
                    // After the last piece, it asks for none.
                    if let Some(piece) = pieces.next() {
                        self.mailbox.send(piece)?;
                    }
                }
                Reply::Answer { ending, piece } => {
                    answer.extend_from_slice(&piece);
                    if is_last(&piece) {
                        return Ok(result(ending, answer));
                    }
                }
            }
            reply = self.mailbox.receive()?;
        }
    }

    /// Orders another worker, and waits for it, again and again if need be.
    fn replace(&self, mut why: NoWorker) -> Result<(), NoWorker> {
        for _ in 0..MAX_ORDERS {
            if let NoWorker::Never(_) = why {
                break;
            }
            self.order();
            match self.mailbox.receive() {
                // It is ready: a new worker says nothing else.
                Ok(_) => return Ok(()),
                Err(again) => why = again,
            }
            thread::sleep(RETRY_INTERVAL);
        }
        self.state.note_reason(why.to_string());
        Err(why)
    }

    /// Orders a worker from the fork server.
    pub(crate) fn order(&self) {
        self.server.order(self.number);
    }

    /// Waits for the worker that is ordered.
    pub(crate) fn await_worker(&self) -> Result<(), NoWorker> {
        let ready = self.mailbox.receive();
        ready.map(drop).or_else(|why| self.replace(why))
    }
}

fn result(ending: Ending, bytes: Vec<u8>) -> TaskResult {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    match ending {
        Ending::Returned => Ok(bytes),
        Ending::Panicked => Err(TaskErrorKind::Panicked(text(&bytes))),
        Ending::NotCoded => Err(TaskErrorKind::Codec(text(&bytes))),
    }
}

/// Why a task has no result whose call was read.
fn failure(why: &NoWorker) -> TaskErrorKind {
    match why {
        NoWorker::Died { pid, status } => TaskErrorKind::WorkerDied {
            pid: *pid,
            status: ExitStatus::from_raw(*status),
        },
        NoWorker::NotForked(why) | NoWorker::Never(why) => TaskErrorKind::Lost(why.clone()),
    }
}
