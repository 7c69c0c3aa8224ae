//! A worker process: it runs one call after the other, until its place ends or it is
//! killed.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::{io, mem};

use common::pid;
use nix::sys::signal::SigAction;
use process_basic::settle;

use crate::call::entry_at;
use crate::message::{Ending, Piece, Reply, Request, WorkerSide};
use crate::settings::Settings;

/// The life of a worker.
pub(crate) fn work(
    mailbox: &WorkerSide,
    settings: &Settings,
    on_child_end: &SigAction,
) -> io::Result<()> {
    settings.restore(on_child_end)?;
    let worker = pid();
    if mailbox.send(Ok(Reply::Ready)).is_err() {
        return Ok(());
    }
    while let Ok((entry, args)) = next_call(mailbox) {
        let (ending, bytes) = run_task(entry, &args);
        // What the task has printed comes before its answer.
        settle();
        // A copy of the worker, which the task has forked and which has returned from
        // it, too, ends here.
        if pid() != worker || answer(mailbox, ending, &bytes).is_err() {
            break;
        }
    }
    Ok(())
}

/// Waits for a call: its entry and its arguments. It is an error when the place has ended,
/// or the program.
fn next_call(mailbox: &WorkerSide) -> io::Result<(usize, Vec<u8>)> {
    let mut args = Vec::new();
    loop {
        let Request { entry, piece } = mailbox.receive()?;
        args.extend(piece.bytes.into_vec());
        if piece.is_last {
            return Ok((entry, args));
        }
        mailbox.send(Ok(Reply::Ready))?;
    }
}

fn answer(mailbox: &WorkerSide, ending: Ending, bytes: &[u8]) -> io::Result<()> {
    Piece::split(bytes).try_for_each(|piece| mailbox.send(Ok(Reply::Answer { ending, piece })))
}

fn run_task(entry: usize, args: &[u8]) -> (Ending, Vec<u8>) {
    // A later task can see what a panic has left half changed only in a static.
    match panic::catch_unwind(AssertUnwindSafe(|| entry_at(entry)(args))) {
        Ok(Ok(result)) => (Ending::Returned, result),
        Ok(Err(why)) => (Ending::NotCoded, why.into_bytes()),
        Err(payload) => {
            let text = panic_text(payload.as_ref());
            // To drop the payload may panic again.
            mem::forget(payload);
            (Ending::Panicked, text.into_bytes())
        }
    }
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is not text".to_string())
}
