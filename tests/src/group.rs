//! A process with all that it has started.

use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::processes::running_in_group;

/// The time between two looks.
const INTERVAL: Duration = Duration::from_millis(5);

/// All processes that one process has started, and itself: its process group.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    leader: u32,
}

impl Group {
    /// The group of which the process with this PID is the leader.
    pub fn led_by(leader: u32) -> Group {
        Group { leader }
    }

    /// Sends a signal to all its processes.
    pub fn signal(self, signal: Signal) {
        // The group may have ended already.
        let _ = killpg(Pid::from_raw(self.leader.cast_signed()), signal);
    }

    /// Waits for all its processes to end; returns those that still run after
    /// `limit`.
    pub fn outlasting(self, limit: Duration) -> Vec<u32> {
        // Looks are counted, not time: while a whole machine stands still, nothing ends.
        for _ in 0..limit.as_millis() / INTERVAL.as_millis() {
            if self.running().is_empty() {
                return Vec::new();
            }
            thread::sleep(INTERVAL);
        }
        self.running()
    }

    /// The PIDs of its running processes; a zombie does not run.
    pub fn running(self) -> Vec<u32> {
        running_in_group(self.leader)
    }
}
