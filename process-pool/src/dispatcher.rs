//! The threads between the task queue and the workers, one for each place.

use std::convert::Infallible;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::thread;

use crossbeam::channel::{Receiver, select_biased};

use crate::TaskError;
use crate::async_result::{Outcome, Slot};
use crate::call::Call;
use crate::mailbox::DispatcherEnd;
use crate::message::{self, Answer, Reply, Request};
use crate::shared::lock;
use crate::worker::Died;

/// A task in the queue. If it is dropped before it is finished, its slot gets
/// an error.
pub(crate) struct Job {
    call: Call,
    /// None once it has the outcome.
    slot: Option<Arc<Slot>>,
}

impl Job {
    pub(crate) fn new(call: Call, slot: Arc<Slot>) -> Job {
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
        let Some(slot) = self.slot.take() else {
            return;
        };
        match thread::panicking() {
            true => slot.fill(Err(TaskError::Lost("its dispatcher panicked".to_string()))),
            false => slot.fill_not_run(),
        }
    }
}

/// What the dispatcher of a place is doing. The watcher ends it.
#[derive(Default)]
pub(crate) struct Activity(Mutex<State>);

#[derive(Default)]
enum State {
    /// It waits for a worker. A new dispatcher does, too.
    #[default]
    Calling,
    /// It waits for a task.
    Idle,
    /// The place has no workers any more, for this reason.
    Ended(String),
}

impl Activity {
    fn change(&self, to: State) -> Result<(), String> {
        let mut state = lock(&self.0);
        match &*state {
            State::Ended(reason) => Err(reason.clone()),
            State::Calling | State::Idle => {
                *state = to;
                Ok(())
            }
        }
    }

    /// Why the place has no workers any more.
    fn end_reason(&self) -> Option<String> {
        match &*lock(&self.0) {
            State::Ended(reason) => Some(reason.clone()),
            State::Calling | State::Idle => None,
        }
    }

    /// True when the dispatcher waits for a worker, and must be woken.
    pub(crate) fn end(&self, reason: &str) -> bool {
        let mut state = lock(&self.0);
        let calling = matches!(*state, State::Calling);
        if !matches!(*state, State::Ended(_)) {
            *state = State::Ended(reason.to_string());
        }
        calling
    }
}

/// A thread that hands the calls of one place to its workers, one at a time.
pub(crate) struct Dispatcher {
    mailbox: DispatcherEnd,
    activity: Arc<Activity>,
    /// Disconnected when the place has no workers any more.
    ended: Receiver<Infallible>,
    /// The number of the last call.
    number: u64,
}

impl Dispatcher {
    pub(crate) fn new(
        mailbox: DispatcherEnd,
        activity: Arc<Activity>,
        ended: Receiver<Infallible>,
    ) -> Dispatcher {
        Dispatcher {
            mailbox,
            activity,
            ended,
            number: 0,
        }
    }

    /// Waits until the place's first worker is ready.
    pub(crate) fn wait_until_ready(&self) -> Result<(), String> {
        while !matches!(self.receive()?, Reply::Ready(_)) {}
        self.activity.change(State::Idle)
    }

    /// Works until the queue is closed and empty, or the place has no workers any
    /// more. Gives itself back: a worker whose mailbox closes would end.
    pub(crate) fn dispatch(mut self, tasks: Receiver<Job>) -> Dispatcher {
        while let Some(job) = self.next_job(&tasks) {
            // Workers that died idle may have filled the channel: the next one
            // would wait for room there, and a long send for the worker.
            if job.call.args.len() > message::MAX_PIECE {
                message::empty(&self.mailbox.replies);
            }
            let outcome = match self.activity.change(State::Calling) {
                Ok(()) => self.call(&job.call),
                Err(reason) => Err(TaskError::NotRun(reason)),
            };
            job.finish(outcome);
            if self.activity.change(State::Idle).is_err() {
                break;
            }
        }
        self
    }

    fn next_job(&self, tasks: &Receiver<Job>) -> Option<Job> {
        select_biased! {
            recv(self.ended) -> _ => None,
            recv(tasks) -> job => job.ok(),
        }
    }

    /// Sends a call, and waits for its outcome.
    ///
    /// When a worker has died, nobody knows whether it had read the call. So the
    /// next one gets a ping: if it answers the ping before the call, the dead
    /// worker had the call.
    fn call(&mut self, call: &Call) -> Outcome {
        self.number += 1;
        let number = self.number;
        let mut died = None;
        let mut ping_is_due = false;
        let request = Request::Call {
            number,
            entry: call.entry,
            args: &call.args,
        };
        self.send(&request).map_err(TaskError::Lost)?;
        loop {
            let reply = self.ping_or_receive(&mut ping_is_due, number);
            match reply.map_err(TaskError::Lost)? {
                Reply::Answer { number: of, answer } if of == number => return outcome(answer),
                Reply::Pong { number: of } if of == number => {
                    if let Some(Died { pid, status }) = died {
                        let status = ExitStatus::from_raw(status);
                        return Err(TaskError::WorkerDied { pid, status });
                    }
                }
                // Those that died before did not have the call.
                Reply::Begun { number: of } if of == number => died = None,
                Reply::Ready(Some(worker)) => {
                    // Of several, the first had it.
                    died.get_or_insert(worker);
                    ping_is_due = true;
                }
                // What belongs to an older call.
                _ => {}
            }
        }
    }

    fn send(&self, request: &Request) -> Result<(), String> {
        let ended = || self.activity.end_reason().is_some();
        // When the place has ended, the watcher has closed the other end.
        message::send(&self.mailbox.requests, request, ended)
            .map_err(|error| self.activity.end_reason().unwrap_or(error.to_string()))
    }

    /// The next reply. A ping that is due is sent once no other reply is there:
    /// if many workers have died idle, one ping is enough, and many would fill
    /// the channel.
    fn ping_or_receive(&self, ping_is_due: &mut bool, number: u64) -> Result<Reply, String> {
        if *ping_is_due {
            let reply = message::receive_begun(&self.mailbox.replies);
            if let Some(reply) = reply.map_err(|error| error.to_string())? {
                return decode(&reply);
            }
            self.send(&Request::Ping { number })?;
            *ping_is_due = false;
        }
        self.receive()
    }

    /// The next reply; an error when the place has no workers any more.
    fn receive(&self) -> Result<Reply, String> {
        let reply = message::receive(&self.mailbox.replies).map_err(|error| error.to_string())?;
        decode(&reply)
    }
}

fn decode(reply: &[u8]) -> Result<Reply, String> {
    match postcard::from_bytes(reply) {
        Ok(Reply::Ended(reason)) => Err(reason),
        Ok(reply) => Ok(reply),
        Err(error) => Err(error.to_string()),
    }
}

fn outcome(answer: Answer) -> Outcome {
    match answer {
        Answer::Returned(result) => Ok(result),
        Answer::Panicked { message, place } => Err(TaskError::Panicked { message, place }),
        Answer::Codec(error) => Err(TaskError::Codec(error)),
    }
}
