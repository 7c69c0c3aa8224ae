//! A worker process: it runs one call after the other, until its place ends or it is
//! killed.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::{io, mem};

use common::pid;
use nix::sys::signal::SigAction;
use process_basic::settle;
use serde_bytes::ByteBuf;

use crate::call::run_call;
use crate::message::{Ending, Reply, WorkerSide, is_last, pieces};
use crate::settings::Settings;

/// The life of a worker.
pub(crate) fn work(
    mailbox: &WorkerSide,
    settings: &Settings,
    on_child_end: &SigAction,
) -> io::Result<()> {
    settings.restore(on_child_end)?;
    let worker = pid();
    if mailbox.to_place.send(Ok(Reply::Ready)).is_err() {
        return Ok(());
    }
    while let Ok(call) = next_call(mailbox) {
        let (ending, bytes) = run_task(&call);
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

/// Waits for a call. It is an error when the place has ended, or the program.
fn next_call(mailbox: &WorkerSide) -> io::Result<Vec<u8>> {
    let mut call = Vec::new();
    loop {
        let piece = mailbox.receive()?;
        call.extend_from_slice(&piece);
        if is_last(&piece) {
            return Ok(call);
        }
        mailbox.to_place.send(Ok(Reply::Ready))?;
    }
}

fn answer(mailbox: &WorkerSide, ending: Ending, bytes: &[u8]) -> io::Result<()> {
    pieces(bytes).try_for_each(|piece| {
        let piece = ByteBuf::from(piece);
        mailbox.to_place.send(Ok(Reply::Answer { ending, piece }))
    })
}

fn run_task(call: &[u8]) -> (Ending, Vec<u8>) {
    // A later task can see what a panic has left half changed only in a static.
    match panic::catch_unwind(AssertUnwindSafe(|| run_call(call))) {
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
