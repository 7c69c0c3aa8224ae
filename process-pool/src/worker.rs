//! A worker process: it answers calls until it is killed.

use std::cell::Cell;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::{any::Any, mem, thread};

use common::pid;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use process_basic::flush_stdout;
use serde::{Deserialize, Serialize};

use crate::call::entry_at;
use crate::mailbox::WorkerEnd;
use crate::message::{Answer, Reply, Request, receive, receive_begun, send};
use crate::signals::handle_with_nothing;

/// A worker that has ended, and its wait status (wait(2)).
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Died {
    pub(crate) pid: u32,
    pub(crate) status: i32,
}

/// The life of a worker. `died` is the worker before it in the same place.
pub(crate) fn work(
    mailbox: WorkerEnd,
    died: Option<Died>,
    settings: ProgramSettings,
) -> io::Result<()> {
    // Ctrl-C reaches the workers, too, but whether the program ends is the
    // program's decision.
    handle_with_nothing(Signal::SIGINT)?;
    handle_with_nothing(Signal::SIGQUIT)?;
    if let Err(errno) = settings.restore() {
        mailbox.reply(&Reply::Ended(format!("a worker cannot begin: {errno}")));
        return Err(errno.into());
    }
    note_panics();
    let mut worker = Worker {
        pid: pid(),
        mailbox,
        tells_begin: died.is_some(),
    };
    // Ready may bring a ping. Were it sent before these are read, pings would
    // fill the channel when workers die again and again before they read.
    while let Ok(Some(request)) = receive_begun(&worker.mailbox.requests) {
        if !worker.answer(&request)? {
            return Ok(());
        }
    }
    // One that has begun a call need not tell: the dead worker did not have it.
    let died = died.filter(|_| worker.tells_begin);
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
                    self.mailbox.reply(&Reply::Begun { number });
                }
                let answer = run(entry, args);
                Reply::Answer { number, answer }
            }
        };
        // What the task has printed comes before its answer.
        flush_stdout();
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
        setrlimit(Resource::RLIMIT_NOFILE, soft, hard)?;
        self.signal_mask.thread_set_mask()
    }
}

impl WorkerEnd {
    /// Sends a reply; false when the program has ended.
    fn reply(&self, reply: &Reply) -> bool {
        send(&self.replies, reply, || false).is_ok()
    }
}

/// A panic of a task.
struct Panic {
    place: String,
    /// What Rust would have printed of it.
    text: String,
    printed: bool,
}

thread_local! {
    /// The last panic of this task.
    static PANIC: Cell<Option<Panic>> = const { Cell::new(None) };
}

/// Notes a task's panic instead of printing it, since whoever takes the result
/// is told. Prints it where nobody may be told: when a second one comes, which
/// may abort the process, and in a program whose panics always do.
fn note_panics() {
    // A child that the task starts prints its panics itself.
    let worker = (pid(), thread::current().id());
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if cfg!(panic = "abort") || (pid(), thread::current().id()) != worker {
            return print(info);
        }
        let second = print_last_panic();
        if second {
            print(info);
        }
        PANIC.set(Some(Panic {
            place: info
                .location()
                .map_or_else(String::new, ToString::to_string),
            text: info.to_string(),
            printed: second,
        }));
    }));
}

/// Prints the last panic of this task, unless that is done; false without one.
fn print_last_panic() -> bool {
    let Some(Panic { text, printed, .. }) = PANIC.take() else {
        return false;
    };
    if !printed {
        // Nothing can be done when stderr is closed.
        let _ = writeln!(io::stderr(), "{text}");
    }
    true
}

/// Runs a task.
fn run(entry: usize, args: &[u8]) -> Answer {
    // Other tasks see what a panic left half done only in statics.
    match panic::catch_unwind(AssertUnwindSafe(|| entry_at(entry)(args))) {
        Ok(result) => {
            // One that the task has caught itself.
            print_last_panic();
            result.map_or_else(Answer::Codec, Answer::Returned)
        }
        Err(payload) => {
            let message = panic_message(payload.as_ref());
            // To drop the payload may panic again.
            mem::forget(payload);
            let place = PANIC.take().map(|panic| panic.place);
            Answer::Panicked {
                message,
                place: place.unwrap_or_else(|| "an unknown place".to_string()),
            }
        }
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is not text".to_string())
}
