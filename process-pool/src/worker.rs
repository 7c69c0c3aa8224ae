//! A worker process: it answers calls until it is killed.

use std::cell::Cell;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;
use std::{any::Any, mem, thread};

use common::pid;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use process_basic::settle;
use serde::{Deserialize, Serialize};

use crate::call::entry_at;
use crate::mailbox::WorkerEnd;
use crate::message::{Answer, Reply, Request, now, receive, receive_begun, send};
use crate::signals::handle_with_nothing;

/// A worker that has ended.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Died {
    pub(crate) pid: u32,
    /// Its wait status (wait(2)).
    pub(crate) status: i32,
    /// When the fork server has noticed it.
    pub(crate) at: Duration,
}

/// The life of a worker. `died` are the last workers before it in its place.
pub(crate) fn work(
    mailbox: WorkerEnd,
    died: Vec<Died>,
    settings: ProgramSettings,
) -> io::Result<()> {
    // Ctrl-C reaches the workers, too, but whether the program ends is the
    // program's decision.
    handle_with_nothing(Signal::SIGINT)?;
    handle_with_nothing(Signal::SIGQUIT)?;
    settings.restore()?;
    note_panics();
    let mut worker = Worker {
        pid: pid(),
        mailbox,
        tells_begin: !died.is_empty(),
    };
    // Ready may bring a ping. Were it sent before these are read, pings would
    // fill the channel when workers die again and again before they read.
    while let Ok(Some(request)) = receive_begun(&worker.mailbox.requests) {
        if !worker.answer(&request)? {
            return Ok(());
        }
    }
    if !worker.mailbox.reply(&Reply::Ready(died)) {
        return Ok(());
    }
    while let Ok(request) = receive(&worker.mailbox.requests) {
        if !worker.answer(&request)? {
            break;
        }
    }
    Ok(())
}

struct Worker {
    pid: u32,
    mailbox: WorkerEnd,
    /// Whether it says when it begins its next call.
    tells_begin: bool,
}

impl Worker {
    /// Answers a request; false when this process has to end.
    fn answer(&mut self, request: &[u8]) -> io::Result<bool> {
        let reply = match postcard::from_bytes(request).map_err(io::Error::other)? {
            Request::Ping { number } => Reply::Pong { number },
            Request::Call {
                number,
                entry,
                args,
            } => {
                if mem::take(&mut self.tells_begin) {
                    let at = now()?;
                    self.mailbox.reply(&Reply::Begun { number, at });
                }
                let answer = run(entry, args);
                Reply::Answer { number, answer }
            }
        };
        // What the task has printed comes before its answer.
        settle();
        // A copy, which the task has forked and which has returned from it, ends.
        Ok(pid() == self.pid && self.mailbox.reply(&reply))
    }
}

/// What the program had before it made the pool, and each worker gets back.
#[derive(Clone, Copy)]
pub(crate) struct ProgramSettings {
    pub(crate) signal_mask: SigSet,
    /// The soft and the hard limit on descriptors.
    pub(crate) descriptors: (u64, u64),
}

impl ProgramSettings {
    fn restore(&self) -> nix::Result<()> {
        let (soft, hard) = self.descriptors;
        // It fails when somebody has lowered the hard limit: that one stays.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, soft, hard);
        self.signal_mask.thread_set_mask()
    }
}

impl WorkerEnd {
    /// Sends a reply; false when the program has ended.
    fn reply(&self, reply: &Reply) -> bool {
        send(&self.replies, reply).is_ok()
    }
}

/// The last panic of a task.
struct Panic {
    /// The process that prints it: a copy that the task forks does not.
    worker: u32,
    message: String,
    place: String,
    /// What Rust prints of it.
    text: String,
    told: bool,
}

thread_local! {
    static PANIC: Cell<Option<Panic>> = const { Cell::new(None) };
}

/// Notes a task's panic instead of printing it, since whoever takes the result
/// is told. Prints it at once where the process is about to abort: when it cannot
/// unwind, when it is the second one, and in a program whose panics always abort.
fn note_panics() {
    // A child that the task starts prints its panics itself.
    let worker = (pid(), thread::current().id());
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if cfg!(panic = "abort") || (pid(), thread::current().id()) != worker {
            return print(info);
        }
        // Dropping the first one prints it.
        let second = PANIC
            .try_with(Cell::take)
            .map_or(true, |first| first.is_some());
        // `can_unwind()` is not stable yet; Debug tells the same.
        let told = second || format!("{info:?}").contains("can_unwind: false");
        if told {
            print(info);
        }
        let panic = Panic {
            worker: worker.0,
            message: panic_message(info.payload()),
            place: info
                .location()
                .map_or_else(String::new, ToString::to_string),
            text: info.to_string(),
            told,
        };
        // It fails when the process exits.
        let _ = PANIC.try_with(|last| last.set(Some(panic)));
    }));
}

impl Drop for Panic {
    /// One that nobody is told of: the task has caught it itself.
    fn drop(&mut self) {
        if !self.told && self.worker == pid() {
            // Nothing can be done when stderr is closed.
            let _ = writeln!(io::stderr(), "{}", self.text);
        }
    }
}

/// Runs a task.
fn run(entry: usize, args: &[u8]) -> Answer {
    // Other tasks see what a panic left half done only in statics.
    match panic::catch_unwind(AssertUnwindSafe(|| entry_at(entry)(args))) {
        Ok(result) => {
            // One that the task has caught is printed.
            PANIC.take();
            result.map_or_else(Answer::Codec, Answer::Returned)
        }
        Err(payload) => {
            let message = panic_message(payload.as_ref());
            // To drop the payload may panic again.
            mem::forget(payload);
            let place = place_of(&message);
            Answer::Panicked { message, place }
        }
    }
}

/// The place of the panic that ended the task. One of another thread, which the
/// task has resumed, has not been noted.
fn place_of(message: &str) -> String {
    match PANIC.take() {
        Some(mut panic) if panic.message == message => {
            panic.told = true;
            mem::take(&mut panic.place)
        }
        _ => "an unknown place".to_string(),
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is not text".to_string())
}
