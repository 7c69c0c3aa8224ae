//! The fork itself, and the child's side of it.

use std::io::{self, Write};
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::process::{ExitCode, Termination};

use nix::libc;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::{self, ForkResult, Pid, getpid, getppid};
use rand::rngs::ThreadRng;

use crate::Error;

/// What Rust's own runtime exits with after a panic in `main`.
const PANICKED: i32 = 101;

/// What a child exits with whose parent died while it started.
const ORPHANED: i32 = 1;

/// Forks a child that runs `body` and ends, and returns its PID to the parent.
///
/// The caller has made sure that this process runs one thread.
#[expect(unsafe_code, reason = "fork(2) and _exit(2) have no safe form")]
pub(crate) fn fork<R: Termination>(body: impl FnOnce() -> R) -> Result<Pid, Error> {
    // What is still buffered would be printed by both processes.
    flush();
    // Made by the parent once, so that each child only has to reseed it.
    let random = rand::rng();
    let parent = getpid();
    // SAFETY: with one thread, no lock can be held by a thread that the child
    // lacks, so the child may do whatever the parent may (signal-safety(7)
    // restricts children of multi-threaded processes only).
    match unsafe { unistd::fork() } {
        Ok(ForkResult::Parent { child }) => Ok(child),
        Ok(ForkResult::Child) => {
            let code = run(parent, random, body);
            // SAFETY: _exit takes no pointer and has no precondition; it ends
            // the process without destructors, which are the parent's to run.
            unsafe { libc::_exit(code) }
        }
        Err(errno) => Err(Error::Start(errno.into())),
    }
}

/// The whole life of the child: its exit code.
fn run<R: Termination>(parent: Pid, random: ThreadRng, body: impl FnOnce() -> R) -> i32 {
    // The child ends in any case, so nobody sees what a panic left behind.
    let code = panic::catch_unwind(AssertUnwindSafe(|| {
        if !dies_with(parent) {
            return ORPHANED;
        }
        reseed(random);
        exit_code(body().report())
    }));
    flush();
    // To drop what a panic carries may panic again.
    code.unwrap_or_else(|payload| {
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
    // A parent that died before the signal was asked for sends none; one
    // outside of this PID namespace is seen as 0.
    let parent_now = getppid();
    parent_now == parent || parent_now.as_raw() == 0
}

/// Else all children of one parent would draw the same random numbers.
fn reseed(mut random: ThreadRng) {
    if let Err(error) = random.reseed() {
        panic!("no random numbers to be had: {error}");
    }
}

/// The number in an [`ExitCode`], which only tells whether it equals another.
fn exit_code(code: ExitCode) -> i32 {
    (0..=u8::MAX)
        .find(|&number| ExitCode::from(number) == code)
        .map_or(1, i32::from)
}

/// Writes out what stdout has buffered; Rust's stderr buffers nothing.
fn flush() {
    // Nothing can be done for a stream that nobody reads.
    let _ = io::stdout().flush();
}
