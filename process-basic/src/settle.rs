//! What follows a target: its children are joined, and what it has printed is
//! written.

use std::sync::mpsc;
use std::time::Duration;
use std::{io, thread};

use nix::unistd::{self, getpid};

use crate::{children, threads};

/// How long this waits for a thread of this process that holds stdout.
const PATIENCE: Duration = Duration::from_secs(1);

/// Joins the children that this process has started and not joined, and flushes
/// what it has printed. False when that could not be written, as stderr then says.
///
/// Where the target has left threads behind, this waits at most a second for the
/// locks of Rust's stdout and C's streams.
#[doc(hidden)] // For the pool's workers, too.
pub fn settle() -> bool {
    children::join_all();
    let flushed = match threads::is_only_one() {
        true => common::flush(|| ()),
        false => flush_beside_threads(),
    };
    if let Err(error) = &flushed {
        say(&format!("cannot write to stdout: {error}"));
    }
    flushed.is_ok()
}

fn flush_beside_threads() -> io::Result<()> {
    let (locked, progress) = mpsc::channel();
    let flush = move || {
        common::flush(|| {
            let _ = locked.send(());
        })
    };
    let flusher = thread::Builder::new().spawn(flush).map_err(|error| {
        io::Error::other(format!("a thread to do it cannot be started: {error}"))
    })?;
    if progress.recv_timeout(PATIENCE).is_ok() {
        // A slow reader is waited for, as without threads. The flush does not panic.
        return flusher.join().unwrap_or(Ok(()));
    }
    say("could not flush stdout within a second: what it has not written yet may be lost.");
    Ok(())
}

/// Says something on stderr, past Rust's lock of it, which a thread may hold.
fn say(what: &str) {
    let said = format!("Child process {} {what}\n", getpid());
    let _ = unistd::write(io::stderr(), said.as_bytes());
}
