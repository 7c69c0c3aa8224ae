//! A place of the pool: a thread that takes tasks from the queue, and has its worker
//! run them, one at a time.
//!
//! The fork server forks a worker when the place orders one, and not before the place
//! has seen how the last one ended. So when a worker has died with a call out, nobody
//! reads the mailbox, and the place looks into it. If the call or a piece of it is still
//! there, no worker had all of it: the next one gets it, however many have died. Else
//! the task is lost.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam::channel::Receiver;

use crate::TaskErrorKind;
use crate::async_result::{Promise, TaskResult};
use crate::call::Call;
use crate::fork_server::ForkServer;
use crate::message::{Ending, Piece, PlaceSide, Reply, Request};
use crate::state::PoolState;

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
    pub(crate) number: u32,
    pub(crate) mailbox: PlaceSide,
    pub(crate) server: Arc<ForkServer>,
    pub(crate) state: Arc<PoolState>,
    /// Whether a worker was ready, and the place has not been told of its end.
    pub(crate) has_worker: bool,
}

/// The place gets no worker any more. The pool's state says why.
pub(crate) struct NoWorker;

impl Place {
    /// Works until the queue is closed and empty. A place that gets no worker any more
    /// leaves the queue to the others. (When the last one has left it, what is in the
    /// queue is dropped: so it is not run.)
    pub(crate) fn work(mut self, queue: &Receiver<Job>) -> Result<(), NoWorker> {
        for Job { call, promise } in queue {
            promise.keep(self.run(&call)?);
            // Else the next task would wait for a worker, though another place is idle.
            self.hire()?;
        }
        Ok(())
    }

    /// Has a worker run the call, and waits for the result.
    fn run(&mut self, call: &Call) -> Result<TaskResult, NoWorker> {
        loop {
            self.hire()?;
            if let Some(result) = self.exchange(call)? {
                return Ok(result);
            }
        }
    }

    /// Makes sure that the place has a worker.
    fn hire(&mut self) -> Result<(), NoWorker> {
        if !self.has_worker {
            self.order();
            self.await_worker()?;
        }
        Ok(())
    }

    /// Orders a worker from the fork server.
    pub(crate) fn order(&self) {
        self.server.order(self.number);
    }

    /// Waits for the worker that is ordered, and orders another one if need be.
    pub(crate) fn await_worker(&mut self) -> Result<(), NoWorker> {
        for attempt in 1.. {
            let why = match self.receive()? {
                Reply::Ready => break,
                Reply::NotForked(why) => why,
                Reply::Died { pid, status } => {
                    let status = ExitStatus::from_raw(status);
                    format!("worker {pid} ended with {status} before it was ready")
                }
                Reply::More | Reply::Answer { .. } => unreachable!("no call is out"),
            };
            if attempt == MAX_ORDERS {
                return Err(self.give_up(why));
            }
            thread::sleep(RETRY_INTERVAL);
            self.order();
        }
        self.has_worker = true;
        Ok(())
    }

    /// Sends the call to the worker, and waits for the result; None when the worker has
    /// ended, and a piece of the call was unread.
    fn exchange(&mut self, call: &Call) -> Result<Option<TaskResult>, NoWorker> {
        let mut pieces = Piece::split(&call.args);
        let mut answer = Vec::new();
        self.send(call.entry, pieces.next())?;
        let why = loop {
            match self.receive() {
                Ok(Reply::More) => self.send(call.entry, pieces.next())?,
                Ok(Reply::Answer { ending, piece }) => {
                    answer.extend(piece.bytes.into_vec());
                    if piece.is_last {
                        return Ok(Some(result(ending, answer)));
                    }
                }
                Ok(Reply::Died { pid, status }) => {
                    let status = ExitStatus::from_raw(status);
                    break TaskErrorKind::WorkerDied { pid, status };
                }
                Ok(Reply::Ready | Reply::NotForked(_)) => unreachable!("no worker is ordered"),
                Err(NoWorker) => break TaskErrorKind::Lost(self.state.why_ended()),
            }
        };
        self.has_worker = false;
        match self.mailbox.take_back() {
            true => Ok(None),
            false => Ok(Some(Err(why))),
        }
    }

    fn send(&self, entry: usize, piece: Option<Piece>) -> Result<(), NoWorker> {
        // A worker does not ask for a piece after the last.
        let Some(piece) = piece else { return Ok(()) };
        let sent = self.mailbox.send(&Request { entry, piece });
        sent.map_err(|error| self.give_up(error.to_string()))
    }

    fn receive(&mut self) -> Result<Reply, NoWorker> {
        match self.mailbox.receive() {
            Ok(Some(reply)) => Ok(reply),
            Ok(None) => Err(self.give_up(self.server.join().to_string())),
            Err(error) => Err(self.give_up(error.to_string())),
        }
    }

    fn give_up(&self, why: String) -> NoWorker {
        self.state.note_end(why);
        NoWorker
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
