//! Tasks for a pool, and what is expected of its workers.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use common::pid;
use nix::sys::signal::{Signal, raise};
use process_pool::{AsyncResult, Pool, TaskError};

/// Sleeps.
pub fn nap(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

/// Adds.
pub fn sum(a: u32, b: u32) -> u32 {
    a + b
}

/// How many bytes there are.
pub fn length_of(bytes: Vec<u8>) -> usize {
    bytes.len()
}

/// Ends the worker by this signal.
pub fn die_of(signal: i32) {
    // Rust's own handler lets the first SIGSEGV pass, to fault again.
    loop {
        raise(Signal::try_from(signal).expect("a signal")).expect("a process");
    }
}

/// Calls itself until the stack overflows.
#[expect(unconditional_recursion, reason = "that is the fault")]
pub fn overflow(depth: u64) {
    overflow(black_box(depth + 1));
    black_box(depth);
}

/// Checks that as many tasks as the pool has workers run at once, each on a worker
/// of its own.
///
/// # Panics
///
/// When they do not.
pub fn check_full_strength(pool: &Pool, workers: usize) {
    let pids = pids(pool, workers);
    let mut pids: Vec<u32> = pids.into_iter().map(|pid| pid.expect("a PID")).collect();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), workers);
}

/// The workers that have as many tasks as there are workers.
pub fn pids(pool: &Pool, workers: usize) -> Vec<Result<u32, TaskError>> {
    let tasks: Vec<_> = (0..workers)
        .map(|_| pool.apply_async(pid_later, ()))
        .collect();
    tasks.into_iter().map(AsyncResult::get).collect()
}

fn pid_later() -> u32 {
    nap(300);
    pid()
}
