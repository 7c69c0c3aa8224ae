//! The threads between the task queue and the workers, one for each place.

use std::convert::Infallible;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, select_biased};

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
    /// A worker that died earlier did not have the call: it was sent then, or a
    /// worker began it.
    since: Duration,
    /// The worker that died with the call, if it had read it.
    died: Option<Died>,
    ping_is_due: bool,
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
            since: Duration::ZERO,
            died: None,
            ping_is_due: false,
        }
    }

    /// Waits until the place has a worker, and tells it. Then works until the queue
    /// is closed and empty, or the place has no workers any more.
    ///
    /// In the first case it gives itself back: a worker whose mailbox closes would
    /// end. In the other it closes the mailbox: nobody reads what the watcher still
    /// sends.
    pub(crate) fn run(
        mut self,
        ready: &Sender<Result<(), String>>,
        tasks: &Receiver<Job>,
    ) -> Option<Dispatcher> {
        let first = self.wait_until_ready();
        let mut has_workers = first.is_ok();
        // Nobody waits for it if another place has failed.
        let _ = ready.send(first);
        while has_workers {
            let Some(job) = self.next_job(tasks) else {
                return Some(self);
            };
            let outcome = match self.activity.change(State::Calling) {
                Ok(()) => self.call(&job.call),
                Err(reason) => Err(TaskError::NotRun(reason)),
            };
            job.finish(outcome);
            has_workers = self.activity.change(State::Idle).is_ok();
        }
        None
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        self.receive()?;
        self.activity.change(State::Idle)
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
        self.since = message::now().map_err(|errno| TaskError::NotRun(errno.to_string()))?;
        self.died = None;
        self.ping_is_due = false;
        self.send_call(call).map_err(TaskError::Lost)?;
        loop {
            let reply = self.ping_or_receive().map_err(TaskError::Lost)?;
            if let Some(outcome) = self.handle(reply) {
                return outcome;
            }
        }
    }

    /// Sends the call. Between two pieces it handles the replies: those of workers
    /// that have died idle may fill the channel, and the next worker waits for
    /// room there before it reads.
    fn send_call(&mut self, call: &Call) -> Result<(), String> {
        let request = Request::Call {
            number: self.number,
            entry: call.entry,
            args: &call.args,
        };
        let bytes = message::encode(&request).map_err(|error| self.why(error))?;
        for (number, piece) in message::pieces(&bytes).enumerate() {
            if number > 0 {
                while let Some(reply) = self.receive_begun()? {
                    self.handle(reply);
                }
                // Nobody reads. The next reply says why.
                if self.activity.end_reason().is_some() {
                    break;
                }
            }
            let sent = message::send_piece(&self.mailbox.requests, &piece);
            sent.map_err(|error| self.why(error))?;
        }
        Ok(())
    }

    /// The next reply. A ping that is due is sent once no other reply is there:
    /// if many workers have died idle, one ping is enough, and many would fill
    /// the channel.
    fn ping_or_receive(&mut self) -> Result<Reply, String> {
        if self.ping_is_due {
            if let Some(reply) = self.receive_begun()? {
                return Ok(reply);
            }
            let ping = Request::Ping {
                number: self.number,
            };
            let sent = message::send(&self.mailbox.requests, &ping);
            sent.map_err(|error| self.why(error))?;
            self.ping_is_due = false;
        }
        self.receive()
    }

    /// Why a send has failed. When the place has ended, the watcher has closed the
    /// other end.
    fn why(&self, error: io::Error) -> String {
        let reason = self.activity.end_reason();
        reason.unwrap_or_else(|| error.to_string())
    }

    /// Gives the outcome of the call, if this reply tells it.
    fn handle(&mut self, reply: Reply) -> Option<Outcome> {
        match reply {
            Reply::Answer { number, answer } if number == self.number => Some(outcome(answer)),
            Reply::Pong { number } if number == self.number => {
                let Died { pid, status, .. } = self.died?;
                let status = ExitStatus::from_raw(status);
                Some(Err(TaskError::WorkerDied { pid, status }))
            }
            Reply::Begun { number, at } if number == self.number => {
                self.since = at;
                self.died = None;
                None
            }
            Reply::Ready(dead) => {
                // Of several, the first had the call.
                if let Some(first) = dead.into_iter().find(|worker| worker.at >= self.since) {
                    self.died.get_or_insert(first);
                    self.ping_is_due = true;
                }
                None
            }
            // What belongs to an older call.
            _ => None,
        }
    }

    /// The next reply; an error when the place has no workers any more.
    fn receive(&self) -> Result<Reply, String> {
        let reply = message::receive(&self.mailbox.replies).map_err(|error| error.to_string())?;
        decode(&reply)
    }

    /// As `receive`, but does not wait for a reply that has not begun.
    fn receive_begun(&self) -> Result<Option<Reply>, String> {
        let reply =
            message::receive_begun(&self.mailbox.replies).map_err(|error| error.to_string())?;
        reply.map(|reply| decode(&reply)).transpose()
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
