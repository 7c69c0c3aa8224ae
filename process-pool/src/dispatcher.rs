//! The threads between the task queue and the workers, one for each worker.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::Receiver;

use crate::TaskError;
use crate::async_result::{Outcome, Slot};
use crate::fork_server::ForkServer;
use crate::shared::Shared;
use crate::worker::{Gone, Worker};

/// A task in the queue. One that is dropped undone is answered for.
pub(crate) struct Job {
    call: Vec<u8>,
    /// Empty once the outcome is in it.
    slot: Option<Arc<Slot>>,
}

impl Job {
    pub(crate) fn new(call: Vec<u8>, slot: Arc<Slot>) -> Job {
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

/// Calls that are sent to a worker together. Just one, unless tasks are short.
type Run = VecDeque<Job>;

/// As many calls at most are sent together.
const LONGEST_RUN: usize = 64;

/// A task is short when it takes less than that, and handing it out alone
/// would take as long.
const SHORT: Duration = Duration::from_micros(100);

/// So many workers may die in a row before they read a call, until the call is
/// taken for the cause.
const SPARED: u32 = 3;

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
    /// How many short tasks to send together at most.
    longest_run: usize,
    /// How many workers in a row have died without reading their call.
    spared: u32,
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
            longest_run: 1,
            spared: 0,
        }
    }

    /// Works until the queue is closed and empty, or no worker is to be had.
    pub(crate) fn dispatch(mut self) {
        while let Some(run) = self.next_run() {
            if self.finish(run).is_err() {
                return;
            }
        }
    }

    /// Waits for the next task, and takes more only if the others' share of
    /// the queue is larger still.
    fn next_run(&self) -> Option<Run> {
        let mut run = Run::from([self.tasks.recv().ok()?]);
        let share = 1 + self.tasks.len() / (2 * self.workers);
        while run.len() < share.min(self.longest_run) {
            match self.tasks.try_recv() {
                Ok(job) => run.push_back(job),
                Err(_) => break,
            }
        }
        Some(run)
    }

    /// Gets an answer for every task, from as many workers as that takes.
    fn finish(&mut self, mut run: Run) -> Result<(), NoWorker> {
        while !run.is_empty() {
            if self.shared.is_terminated() {
                return Err(NoWorker);
            }
            let started = Instant::now();
            let length = run.len() as u32;
            match self.hand_out(&mut run) {
                Ok(()) => {
                    self.spared = 0;
                    self.learn(started.elapsed() / length);
                }
                Err(gone) => self.replace_worker(&gone, &mut run)?,
            }
        }
        Ok(())
    }

    /// Sends the calls together; the answers come one by one, so that a death
    /// tells which task it hit.
    fn hand_out(&self, run: &mut Run) -> Result<(), Gone> {
        let calls: Vec<&[u8]> = run.iter().map(|job| &job.call[..]).collect();
        self.worker.send(&calls.concat())?;
        while !run.is_empty() {
            let outcome = self.worker.receive()?;
            if let Some(job) = run.pop_front() {
                job.finish(outcome);
            }
        }
        Ok(())
    }

    /// Runs grow while tasks are short, and shrink to one when they are not.
    fn learn(&mut self, task: Duration) {
        self.longest_run = match task < SHORT {
            true => (self.longest_run * 2).min(LONGEST_RUN),
            false => 1,
        };
    }

    /// Answers for the task that the worker had, and gets another worker.
    fn replace_worker(&mut self, gone: &Gone, run: &mut Run) -> Result<(), NoWorker> {
        let pid = self.worker.pid;
        let replacement = self.server.replace(pid);
        // That ends the fork server, too, which then is not the cause.
        if self.shared.is_terminated() {
            return Err(NoWorker);
        }
        let unread = !gone.sent || self.worker.left_unread();
        if unread && self.spared < SPARED {
            self.spared += 1;
        } else if let Some(job) = run.pop_front() {
            self.spared = 0;
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
