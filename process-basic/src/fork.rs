//! The fork itself, and the child's side of it.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use nix::libc;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::{self, ForkResult, Pid, getpid, getppid};
use rand::rngs::ThreadRng;

use crate::settle::settle;
use crate::{Child, Error, children, threads};

/// The exit code of a Rust program that panics in `main`.
const PANICKED: i32 = 101;

/// The exit code of a child that could not do or write all it should.
const FAILED: i32 = 1;

/// Forks a child that runs `body` and ends.
#[expect(unsafe_code, reason = "fork(2) and _exit(2) have no safe form")]
pub(crate) fn fork(body: impl FnOnce() -> ExitCode, is_daemon: bool) -> Result<Child, Error> {
    threads::only_one()?;
    children::reap_dropped();
    // Otherwise both processes would print what is still buffered.
    common::flush(|| ()).map_err(Error::Unwritten)?;
    // The parent makes it once; each child only reseeds it.
    let random = rand::rng();
    let parent = getpid();
    // SAFETY: this process has one thread, as was just seen, so no other thread can
    // hold a lock that the child would never get. The child may do whatever the
    // parent may (signal-safety(7) restricts children of multi-threaded processes).
    match unsafe { unistd::fork() } {
        Ok(ForkResult::Parent { child }) => {
            let child = Child::new(child, is_daemon);
            // Not at the end: if an argument panics here, `child` is dropped, not lost.
            drop(body);
            Ok(child)
        }
        Ok(ForkResult::Child) => {
            let code = run(parent, random, body);
            // SAFETY: _exit takes no pointer and has no precondition. It runs no
            // destructors: the parent runs its own.
            unsafe { libc::_exit(code) }
        }
        Err(errno) => Err(Error::Start(errno.into())),
    }
}

/// The whole life of the child: its exit code.
fn run(parent: Pid, random: ThreadRng, body: impl FnOnce() -> ExitCode) -> i32 {
    children::forget_inherited();
    // The child ends after a panic, so nobody sees what that left half done.
    let code = panic::catch_unwind(AssertUnwindSafe(|| {
        if !dies_with(parent) {
            return FAILED;
        }
        reseed(random);
        exit_code(body())
    }));
    let written = settle();
    match code {
        Ok(0) if !written => FAILED,
        Ok(code) => code,
        Err(payload) => {
            // Dropping it may panic again.
            mem::forget(payload);
            PANICKED
        }
    }
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
