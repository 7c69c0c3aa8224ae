//! A place of the pool: a thread that takes tasks from the queue, and has its worker
//! run them, one at a time.
//!
//! The fork server forks a worker when the place orders one, and not before the place
//! has seen how the last one ended. So when a worker has died after a call was sent,
//! nobody reads the mailbox, and the place looks into it. If the call is still there, or
//! a part of it was not yet sent, the worker had not begun it: the next one gets it. If
//! nothing is there, the worker had the call, and the task is lost.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender};

use crate::TaskErrorKind;
use crate::async_result::{Outcome, Promise};
use crate::call::Call;
use crate::message::{Answer, PlaceEnd, Reply};

/// How many workers may end, one after the other, before they have the whole call. (For
/// its arguments, there may not be enough memory.)
const MAX_CALLS: u32 = 20;

/// How often a place orders a worker until it gives up.
const MAX_ORDERS: u32 = 150;

/// How long it waits between two orders: three seconds in all.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// A task in the queue.
pub(crate) struct Job {
    pub(crate) call: Call,
    pub(crate) promise: Promise,
}

pub(crate) struct Place {
    number: u32,
    mailbox: PlaceEnd,
    /// Where workers are ordered from the fork server.
    orders: Arc<UnixStream>,
    worker: Worker,
}

enum Worker {
    None,
    /// It waits for a call.
    Ready,
    /// For this reason the place gets no worker any more.
    Never(String),
}

/// A place without a worker: none can be had, for this reason.
type NoWorker = String;

impl Place {
    pub(crate) fn new(number: u32, mailbox: PlaceEnd, orders: Arc<UnixStream>) -> Place {
        Place {
            number,
            mailbox,
            orders,
            worker: Worker::None,
        }
    }

    /// Gets the first worker, and tells `started`. Then works until the queue is closed
    /// and empty.
    ///
    /// When the place gets no worker any more, it leaves the queue to the others. The
    /// last of the `working` places stays: it says of each task that it is not run.
    pub(crate) fn work(
        mut self,
        started: &Sender<Result<(), NoWorker>>,
        tasks: &Receiver<Job>,
        working: &AtomicUsize,
    ) {
        // Nobody waits for it if another place has failed.
        let _ = started.send(self.hire());
        let why = loop {
            if let Err(why) = self.hire() {
                break why;
            }
            let Ok(Job { call, promise }) = tasks.recv() else {
                return;
            };
            promise.keep(self.call(&call));
        };
        if working.fetch_sub(1, Ordering::Relaxed) == 1 {
            for job in tasks {
                job.promise.keep(Err(TaskErrorKind::NotRun(why.clone())));
            }
        }
    }

    /// Has a worker run the call, and waits for the outcome.
    fn call(&mut self, call: &Call) -> Outcome {
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.hire().map_err(TaskErrorKind::NotRun)?;
            match self.exchange(call) {
                Ok(outcome) => return outcome,
                Err(end) if attempts == MAX_CALLS => {
                    let why =
                        format!("{attempts} workers in a row ended before they had it; {end}");
                    return Err(TaskErrorKind::NotRun(why));
                }
                Err(_) => {}
            }
        }
    }

    /// Makes sure that the place has a worker.
    fn hire(&mut self) -> Result<(), NoWorker> {
        let mut attempts = 0;
        while let Worker::None = self.worker {
            attempts += 1;
            match self.order() {
                Ok(worker) => self.worker = worker,
                Err(why) if attempts == MAX_ORDERS => self.worker = Worker::Never(why),
                Err(_) => thread::sleep(RETRY_INTERVAL),
            }
        }
        match &self.worker {
            Worker::Never(why) => Err(why.clone()),
            Worker::Ready | Worker::None => Ok(()),
        }
    }

    /// Orders a worker from the fork server, and waits until it is ready.
    fn order(&self) -> Result<Worker, NoWorker> {
        // If the server has ended, a reply tells it.
        let _ = (&*self.orders).write_all(&self.number.to_le_bytes());
        match self.mailbox.receive() {
            Reply::Ready => Ok(Worker::Ready),
            Reply::Ended(why) => Ok(Worker::Never(why)),
            Reply::NotForked(why) => Err(why),
            Reply::Died { pid, status } => {
                let status = ExitStatus::from_raw(status);
                Err(format!(
                    "worker {pid} ended with {status} before it was ready"
                ))
            }
            Reply::More | Reply::Answer(_) | Reply::Done { .. } => unreachable!("no call is out"),
        }
    }

    /// Sends the call to the worker, and waits for what comes of it. An error is the end of
    /// a worker that did not have the whole call.
    fn exchange(&mut self, call: &Call) -> Result<Outcome, TaskErrorKind> {
        let mut unsent = &call.args[..];
        let mut answered = Vec::new();
        let mut sent = self.mailbox.send_piece(call.entry, &mut unsent);
        loop {
            if let Err(error) = sent {
                self.worker = Worker::Never(error.to_string());
                return Err(TaskErrorKind::NotRun(error.to_string()));
            }
            let end = match self.mailbox.receive() {
                Reply::More => {
                    sent = self.mailbox.send_piece(call.entry, &mut unsent);
                    continue;
                }
                Reply::Answer(piece) => {
                    answered.extend(piece.into_vec());
                    continue;
                }
                Reply::Done { answer, last } => {
                    answered.extend(last.into_vec());
                    return Ok(outcome(answer, answered));
                }
                Reply::Died { pid, status } => {
                    self.worker = Worker::None;
                    let status = ExitStatus::from_raw(status);
                    TaskErrorKind::WorkerDied { pid, status }
                }
                Reply::Ended(why) => {
                    self.worker = Worker::Never(why.clone());
                    TaskErrorKind::Lost(why)
                }
                Reply::Ready | Reply::NotForked(_) => unreachable!("no worker is ordered"),
            };
            // In any case: the next worker must not read it.
            let unread = self.mailbox.take_back();
            return match unsent.is_empty() && !unread {
                true => Ok(Err(end)),
                false => Err(end),
            };
        }
    }
}

fn outcome(answer: Answer, bytes: Vec<u8>) -> Outcome {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    match answer {
        Answer::Returned => Ok(bytes),
        Answer::Panicked => Err(TaskErrorKind::Panicked(text(&bytes))),
        Answer::NotCoded => Err(TaskErrorKind::Codec(text(&bytes))),
    }
}
