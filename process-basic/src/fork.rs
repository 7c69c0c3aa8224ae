//! The fork itself, and the child's side of it.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;
use std::{mem, thread};

use nix::libc;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::{self, ForkResult, Pid, getpid, getppid};
use rand::rngs::ThreadRng;

use crate::{Error, threads};

/// The exit code of a Rust program that panics in `main`.
const PANICKED: i32 = 101;

/// The exit code of a child whose parent died while it started.
const ORPHANED: i32 = 1;

/// How long a child waits for a thread of its own that holds stdout.
const PATIENCE: Duration = Duration::from_secs(1);

/// Forks a child that runs `body` and ends, and returns its PID to the parent.
///
/// The caller has made sure that this process runs one thread.
#[expect(unsafe_code, reason = "fork(2) and _exit(2) have no safe form")]
pub(crate) fn fork(body: impl FnOnce() -> ExitCode) -> Result<Pid, Error> {
    flush_before_fork()?;
    // The parent makes it once; each child only reseeds it.
    let random = rand::rng();
    let parent = getpid();
    // SAFETY: this process has one thread, so no other thread can hold a lock
    // that the child would never get. The child may do whatever the parent may
    // (signal-safety(7) restricts children of multi-threaded processes only).
    match unsafe { unistd::fork() } {
        Ok(ForkResult::Parent { child }) => Ok(child),
        Ok(ForkResult::Child) => {
            let code = run(parent, random, body);
            // SAFETY: _exit takes no pointer and has no precondition. It runs no
            // destructors: the parent runs its own.
            unsafe { libc::_exit(code) }
        }
        Err(errno) => Err(Error::Start(errno.into())),
    }
}

/// Otherwise both processes would print what is still buffered.
fn flush_before_fork() -> Result<(), Error> {
    match io::stdout().flush() {
        // When nobody reads it, it does not matter who prints.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let told = format!("what this one has printed cannot be written: {error}");
            Err(Error::Start(io::Error::other(told)))
        }
        _ => Ok(()),
    }
}

/// The whole life of the child: its exit code.
fn run(parent: Pid, random: ThreadRng, body: impl FnOnce() -> ExitCode) -> i32 {
    // The child ends after a panic, so nobody sees what that left half done.
    let code = panic::catch_unwind(AssertUnwindSafe(|| {
        if !dies_with(parent) {
            return ORPHANED;
        }
        reseed(random);
        exit_code(body())
    }));
    flush_stdout();
    code.unwrap_or_else(|payload| {
        // Dropping it may panic again.
        mem::forget(payload);
        PANICKED
    })
}

/// Ties this process's life to its parent's; false when that has ended already.
fn dies_with(parent: Pid) -> bool {
    if let Err(errno) = set_pdeathsig(Signal::SIGKILL) {
        eprintln!("Cannot tie process {} to its parent: {errno}", getpid());
        return false;
    }
    // A parent that died before this call sends no signal. A parent outside
    // this PID namespace is seen as 0.
    let parent_now = getppid();
    parent_now == parent || parent_now.as_raw() == 0
}

/// Otherwise all children of one parent would draw the same random numbers.
fn reseed(mut random: ThreadRng) {
    if let Err(error) = random.reseed() {
        panic!("cannot get random numbers: {error}");
    }
}

/// The number in an [`ExitCode`], which can only be compared with others.
fn exit_code(code: ExitCode) -> i32 {
    (0..=u8::MAX)
        .find(|&number| ExitCode::from(number) == code)
        .map_or(1, i32::from)
}

/// Flushes stdout. Where threads are left, waits for its lock no longer than a
/// second: one of them may hold it.
#[doc(hidden)] // For the pool's workers.
pub fn flush_stdout() {
    if threads::is_only_one() {
        return flush();
    }
    let (progress, flusher_has) = mpsc::channel();
    let flusher = thread::Builder::new();
    // If it cannot be spawned, the wait below ends at once.
    let _ = flusher.spawn(move || {
        let _locked = io::stdout().lock();
        let _ = progress.send(());
        flush();
        progress.send(())
    });
    if flusher_has.recv_timeout(PATIENCE).is_ok() {
        // A slow reader is waited for, as without threads.
        let _ = flusher_has.recv();
    } else {
        let told = format!(
            "Child process {} could not flush stdout within a second: what it has not \
             written yet may be lost.\n",
            getpid()
        );
        // Past the lock of stderr, which a thread may hold, too.
        let _ = unistd::write(io::stderr(), told.as_bytes());
    }
}

/// Writes out what stdout has buffered; Rust's stderr buffers nothing.
fn flush() {
    // Nothing can be done when nobody reads it.
    let _ = io::stdout().flush();
}
