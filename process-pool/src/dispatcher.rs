//! The threads between the task queue and the workers, one for each worker.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::Receiver;

use crate::TaskError;
use crate::async_result::{Outcome, Slot};
use crate::call::EncodedCall;
use crate::fork_server::ForkServer;
use crate::shared::Shared;
use crate::worker::{Gone, Worker};

/// A task in the queue. One that is dropped undone is answered for.
pub(crate) struct Job {
    call: EncodedCall,
    /// Empty once the outcome is in it.
    slot: Option<Arc<Slot>>,
}

impl Job {
    pub(crate) fn new(call: EncodedCall, slot: Arc<Slot>) -> Job {
        let slot = Some(slot);
        Job { call, slot }
    }

    fn finish(mut self, outcome: Outcome) {
        if let Some(slot) = self.slot.take() {
            slot.fill(outcome);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.fill_undone();
        }
    }
}

/// Calls that are sent to a worker together: just one, unless the queue is deep
/// and the tasks before the last were short when they last ran.
type Batch = VecDeque<Job>;

/// As many calls at most are sent together.
const MAX_BATCH: usize = 32;

/// A queue is deep when it has so many tasks for each worker and each further
/// call in a batch: few of a worker's tasks wait behind one that turns out long.
const DEEP: usize = 32;

/// A task is short when it takes less than that, and handing it out alone
/// would take as long.
const SHORT: Duration = Duration::from_micros(100);

/// So many workers may die in a row before they read a call, until the call is
/// taken for the cause.
const MAX_RETRIES: u32 = 3;

/// No worker is to be had any more.
struct NoWorker;

/// A thread that feeds one worker from the task queue.
pub(crate) struct Dispatcher {
    tasks: Receiver<Job>,
    worker: Worker,
    server: Arc<ForkServer>,
    shared: Arc<Shared>,
    /// How many workers share the queue.
    workers: usize,
    /// The tasks that were short when the worker last ran them.
    short: HashSet<usize>,
    /// How many workers in a row have died without reading their call.
    retries: u32,
}

impl Dispatcher {
    pub(crate) fn new(
        tasks: Receiver<Job>,
        worker: Worker,
        server: Arc<ForkServer>,
        shared: Arc<Shared>,
        workers: usize,
    ) -> Dispatcher {
        Dispatcher {
            tasks,
            worker,
            server,
            shared,
            workers,
            short: HashSet::new(),
            retries: 0,
        }
    }

    /// Works until the queue is closed and empty, or no worker is to be had.
    pub(crate) fn dispatch(mut self) {
        while let Some(batch) = self.next_batch() {
            if self.finish(batch).is_err() {
                return;
            }
        }
    }

    /// Waits for the next task; takes more behind short ones while the queue is
    /// deep.
    fn next_batch(&self) -> Option<Batch> {
        let mut batch = Batch::from([self.tasks.recv().ok()?]);
        let share = 1 + self.tasks.len() / (DEEP * self.workers);
        while batch.len() < share.min(MAX_BATCH)
            && batch.back().is_some_and(|job| self.is_short(job))
        {
            match self.tasks.try_recv() {
                Ok(job) => batch.push_back(job),
                Err(_) => break,
            }
        }
        Some(batch)
    }

    fn is_short(&self, job: &Job) -> bool {
        self.short.contains(&job.call.entry)
    }

    /// Gets an answer for every task, from as many workers as that takes.
    fn finish(&mut self, mut batch: Batch) -> Result<(), NoWorker> {
        while !batch.is_empty() {
            if self.shared.is_terminated() {
                return Err(NoWorker);
            }
            match self.send_and_receive(&mut batch) {
                Ok(()) => self.retries = 0,
                Err(gone) => self.replace_worker(&gone, &mut batch)?,
            }
        }
        Ok(())
    }

    /// Sends the calls together; the answers come one by one, so that a death
    /// tells which task it hit.
    fn send_and_receive(&mut self, batch: &mut Batch) -> Result<(), Gone> {
        let calls: Vec<&[u8]> = batch.iter().map(|job| &job.call.bytes[..]).collect();
        let mut started = Instant::now();
        self.worker.send(&calls.concat())?;
        while !batch.is_empty() {
            let outcome = self.worker.receive()?;
            if let Some(job) = batch.pop_front() {
                let answered = Instant::now();
                self.record(job.call.entry, answered - started);
                started = answered;
                job.finish(outcome);
            }
        }
        Ok(())
    }

    /// Notes whether a task is short.
    fn record(&mut self, entry: usize, time: Duration) {
        if time < SHORT {
            self.short.insert(entry);
        } else {
            self.short.remove(&entry);
        }
    }

    /// Answers for the task that the worker had, and gets another worker.
    fn replace_worker(&mut self, gone: &Gone, batch: &mut Batch) -> Result<(), NoWorker> {
        let pid = self.worker.pid;
        let replacement = self.server.replace(pid);
        // That ends the fork server, too, which then is not the cause.
        if self.shared.is_terminated() {
            return Err(NoWorker);
        }
        let unread = !gone.sent || self.worker.left_unread();
        if unread && self.retries < MAX_RETRIES {
            self.retries += 1;
        } else if let Some(job) = batch.pop_front() {
            self.retries = 0;
            job.finish(Err(match replacement.ended {
                Ok(status) => TaskError::WorkerDied { pid, status },
                Err(reason) => TaskError::NoWorker(format!("worker {pid} is gone: {reason}")),
            }));
        }
        match replacement.worker {
            Ok(worker) => self.worker = worker,
            Err(reason) => {
                self.shared.lose_worker(reason);
                return Err(NoWorker);
            }
        }
        Ok(())
    }
}
