//! What a process holds of the system's goods, to be compared before and after.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// What this process holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// What each open descriptor leads to, by number.
    pub descriptors: Vec<String>,
    /// How many threads run.
    pub threads: usize,
    /// The children, zombies among them.
    pub children: Vec<u32>,
}

impl Footprint {
    /// What this process holds now.
    ///
    /// # Panics
    ///
    /// When /proc cannot be read.
    pub fn now() -> Footprint {
        Footprint {
            descriptors: descriptors("self"),
            threads: count("/proc/self/task"),
            children: children(),
        }
    }

    /// Checks that the process holds as much again; a thread that was joined
    /// may be counted for a moment longer.
    ///
    /// # Panics
    ///
    /// When it does not.
    #[track_caller]
    pub fn check(&self) {
        let started = Instant::now();
        while *self != Footprint::now() && started.elapsed() < Duration::from_secs(2) {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(*self, Footprint::now(), "before, and after");
    }
}

/// What each open descriptor of a process leads to: `self` or a PID.
///
/// # Panics
///
/// When there is no such process.
#[expect(clippy::expect_used, reason = "a part of tests")]
pub fn descriptors(process: &str) -> Vec<String> {
    let folder = format!("/proc/{process}/fd");
    let mut descriptors: Vec<String> = fs::read_dir(&folder)
        .expect("a process")
        .flatten()
        // The descriptor that reads the folder is closed again by now.
        .filter_map(|entry| Some((entry.file_name(), fs::read_link(entry.path()).ok()?)))
        .map(|(number, target)| format!("{} {}", number.display(), target.display()))
        .filter(|descriptor| !descriptor.ends_with("/fd"))
        .collect();
    descriptors.sort();
    descriptors
}

/// The memory of this process, in KiB (proc_pid_status(5), VmRSS).
///
/// # Panics
///
/// When /proc cannot be read.
#[expect(clippy::expect_used, reason = "a part of tests")]
pub fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.expect("a VmRSS line").parse().expect("a number")
}

#[expect(clippy::expect_used, reason = "a part of tests")]
fn count(folder: &str) -> usize {
    fs::read_dir(folder).expect("/proc").count()
}

/// Of every thread, since each has the children it started.
#[expect(clippy::expect_used, reason = "a part of tests")]
fn children() -> Vec<u32> {
    let threads = fs::read_dir("/proc/self/task").expect("/proc").flatten();
    let lists = threads
        .map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    let mut children: Vec<u32> = lists
        .flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>())
        .map(|pid| pid.expect("a PID"))
        .collect();
    children.sort_unstable();
    children
}
