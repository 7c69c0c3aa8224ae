//! A process whose end is held back, and for how long.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
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
    /// The threads of its parent that slept when it was held back for long enough; None
    /// before that.
    asleep: Option<Vec<Asleep>>,
}

/// A thread that sleeps.
struct Asleep {
    thread: PathBuf,
    /// How often it has slept, or waited, before.
    switches: String,
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
        asleep.retain(Asleep::still);
        if asleep.is_empty() {
            self.until = now + HOLD;
        }
        false
    }
}

impl Asleep {
    fn new(thread: PathBuf) -> Option<Asleep> {
        let function = fs::read_to_string(thread.join("wchan")).ok()?;
        let switches = switches(&thread)?;
        function
            .contains("nanosleep")
            .then_some(Asleep { thread, switches })
    }

    fn still(&self) -> bool {
        switches(&self.thread).as_ref() == Some(&self.switches)
    }
}

/// How often a thread has given up its core by itself.
fn switches(thread: &Path) -> Option<String> {
    let status = fs::read_to_string(thread.join("status")).ok()?;
    let switches = |line: &&str| line.starts_with("voluntary_ctxt_switches");
    status.lines().find(switches).map(str::to_owned)
}

/// The threads that sleep of the processes that may wait for this one: its parent, and
/// the first process, for which another may have started it.
fn asleep(pid: Pid, leader: Pid) -> Vec<Asleep> {
    let stat = Process::new(pid.as_raw()).and_then(|process| process.stat());
    let parent = stat.map_or(leader.as_raw(), |stat| stat.ppid);
    let tasks = BTreeSet::from([parent, leader.as_raw()]).into_iter();
    let tasks = tasks.flat_map(|pid| fs::read_dir(format!("/proc/{pid}/task")));
    let threads = tasks.flatten().flatten().map(|thread| thread.path());
    threads.filter_map(Asleep::new).collect()
}
