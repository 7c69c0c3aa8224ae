//! A worker process: it answers calls until it is killed.

use std::cell::Cell;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;
use std::{any::Any, mem};

use common::pid;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use process_basic::flush_stdout;
use serde::{Deserialize, Serialize};

use crate::call::entry_at;
use crate::mailbox::WorkerEnd;
use crate::message::{Answer, Reply, Request, receive, send};
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
    sleep: Duration,
    settings: ProgramSettings,
) -> io::Result<()> {
    let worker = pid();
    // Ctrl-C reaches the workers, too, but whether the program ends is the
    // program's decision.
    handle_with_nothing(Signal::SIGINT)?;
    handle_with_nothing(Signal::SIGQUIT)?;
    settings.restore()?;
    note_panics();
    thread::sleep(sleep);
    mailbox.reply(&died.map_or(Reply::Ready, Reply::Died))?;
    while let Ok(request) = receive(&mailbox.requests) {
        let reply = match postcard::from_bytes(&request).map_err(io::Error::other)? {
            Request::Ping { number } => Reply::Pong { number },
            Request::Call {
                number,
                entry,
                args,
            } => Reply::Answer {
                number,
                answer: run(entry, args),
            },
        };
        // What the task has printed comes before its answer.
        flush_stdout();
        if pid() != worker {
            // A copy, which the task has forked and which has returned from it.
            break;
        }
        mailbox.reply(&reply)?;
    }
    Ok(())
}

/// What the program had before it made the pool. Each worker gets it back.
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
    fn reply(&self, reply: &Reply) -> io::Result<()> {
        send(&self.replies, reply, || false)
    }
}

thread_local! {
    /// Where the task has panicked.
    static PANIC_PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Notes where a task panics, instead of printing it: whoever takes the result
/// is told.
fn note_panics() {
    let worker = thread::current().id();
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string);
        let first = thread::current().id() == worker && PANIC_PLACE.replace(place).is_none();
        // A second panic may abort the process: then nobody else tells it.
        if !first {
            print(info);
        }
    }));
}

/// Runs a task.
fn run(entry: usize, args: &[u8]) -> Answer {
    PANIC_PLACE.take();
    // What its panic leaves behind, no other task sees but in statics.
    match panic::catch_unwind(AssertUnwindSafe(|| entry_at(entry)(args))) {
        Ok(Ok(result)) => Answer::Returned(result),
        Ok(Err(error)) => Answer::Codec(error),
        Err(payload) => {
            let message = panic_message(payload.as_ref());
            // To drop the payload may panic again.
            mem::forget(payload);
            let place = PANIC_PLACE
                .take()
                .unwrap_or_else(|| "an unknown place".to_string());
            Answer::Panicked { message, place }
        }
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is not text".to_string())
}
