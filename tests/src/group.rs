//! A process with all that it has started.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// All processes that one process has started, and itself: its process group.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    leader: Pid,
}

impl Group {
    /// The group of which the process with this PID is the leader.
    pub fn led_by(pid: u32) -> Group {
        let leader = Pid::from_raw(pid.cast_signed());
        Group { leader }
    }

    /// Sends a signal to all of them.
    pub fn signal(self, signal: Signal) {
        // A group that has ended needs no signal.
        let _ = killpg(self.leader, signal);
    }

    /// Waits for all of them to end; gives those that still run then.
    pub fn outlasting(self, limit: Duration) -> Vec<u32> {
        let started = Instant::now();
        loop {
            let running = self.running();
            if running.is_empty() || started.elapsed() > limit {
                return running;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The PIDs of those that run; a zombie does not.
    pub fn running(self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|&pid| self.has_running(pid))
            .collect()
    }

    /// proc_pid_stat(5): after the name, in parentheses, come the state, the
    /// parent and the process group.
    fn has_running(self, pid: u32) -> bool {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
        let mut fields = fields.split(' ');
        let state = fields.next();
        let group = fields.nth(1);
        !matches!(state, Some("Z" | "X")) && group == Some(&self.leader.to_string())
    }
}
