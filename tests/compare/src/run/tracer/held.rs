//! A process whose end is held back, and for how long.

use std::collections::BTreeSet;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use nix::unistd::Pid;
use procfs::process::Process;

/// How long an end is held back: a parent that does not wait prints its next line
/// in this time, also on a busy machine.
pub const HOLD: Duration = Duration::from_millis(150);

/// An end is held back for so much longer at most, until threads of its parent have
/// woken that sleep: a sleep is often longer than [`HOLD`], and the next line comes
/// after it.
const MOST_SLEEP: Duration = Duration::from_secs(5);

/// How often the tracer looks whether an end was held back for long enough.
pub const LOOK: Duration = Duration::from_millis(2);

/// A process whose end is held back.
pub struct Held {
    pub pid: Pid,
    pub status: ExitStatus,
    until: Instant,
    /// At the latest.
    latest: Instant,
    /// The threads of its parent that slept when it was held back for long enough, and how
    /// often each had slept, or waited, before; None before that.
    asleep: Option<Vec<(Process, Option<u64>)>>,
}

impl Held {
    /// It is held back from now on.
    pub fn new(pid: Pid, status: ExitStatus) -> Held {
        let until = Instant::now() + HOLD;
        Held {
            pid,
            status,
            until,
            latest: until + MOST_SLEEP,
            asleep: None,
        }
    }

    /// Whether it may end: all have woken that slept when its time was over, and had a
    /// little longer, so that their next line came.
    pub fn is_over(&mut self, leader: Pid) -> bool {
        let now = Instant::now();
        if now < self.until {
            return false;
        }
        let asleep = self.asleep.get_or_insert_with(|| asleep(self.pid, leader));
        if asleep.is_empty() || now >= self.latest {
            return true;
        }
        asleep.retain(|(thread, before)| switches(thread) == *before);
        if asleep.is_empty() {
            self.until = now + HOLD;
        }
        false
    }
}

/// The threads that sleep of the processes that may wait for this one: its parent, and
/// the first process, for which another may have started it.
fn asleep(pid: Pid, leader: Pid) -> Vec<(Process, Option<u64>)> {
    let stat = Process::new(pid.as_raw()).and_then(|process| process.stat());
    let parent = stat.map_or(leader.as_raw(), |stat| stat.ppid);
    let processes = BTreeSet::from([parent, leader.as_raw()]).into_iter();
    let tasks = processes.flat_map(|pid| Process::new(pid).and_then(|process| process.tasks()));
    let threads = tasks.flatten().flatten();
    // A thread has a place of its own in /proc, like that of a process.
    let threads = threads.flat_map(|thread| Process::new(thread.tid));
    let sleeps = |thread: &Process| thread.wchan().is_ok_and(|f| f.contains("nanosleep"));
    let asleep = threads.filter(sleeps).map(|thread| {
        let before = switches(&thread);
        (thread, before)
    });
    asleep.collect()
}

/// How often a thread has given up its core by itself; None when it is gone.
fn switches(thread: &Process) -> Option<u64> {
    thread.status().ok()?.voluntary_ctxt_switches
}
