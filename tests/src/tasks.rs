//! Tasks for a pool, and what is expected of its workers.

use std::fs::File;
use std::hint::black_box;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use common::pid;
use nix::sys::signal::{Signal, raise};
use process_pool::Pool;

/// A guard against hanging: workers that live meet much sooner.
const LIMIT: Duration = Duration::from_secs(30);

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
#[track_caller]
pub fn check_full_strength(pool: &Pool, workers: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let meet_there = |_| pool.apply_async(meet, (folder.path().to_path_buf(), workers));
    let tasks: Vec<_> = (0..workers).map(meet_there).collect();
    for task in tasks {
        assert_eq!(task.get(), Ok(()));
    }
}

/// Waits until so many workers have come to the folder.
fn meet(folder: PathBuf, workers: usize) {
    File::create(folder.join(pid().to_string())).expect("a file");
    let started = Instant::now();
    while folder.read_dir().expect("the folder").count() < workers {
        assert!(started.elapsed() < LIMIT, "not {workers} workers at once");
        nap(1);
    }
}
