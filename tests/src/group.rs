//! A process with all that it has started.

use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::processes::running_in_group;

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
        let started = Instant::now();
        loop {
            let running = self.running();
            if running.is_empty() || started.elapsed() > limit {
                return running;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The PIDs of its running processes; a zombie does not run.
    pub fn running(self) -> Vec<u32> {
        running_in_group(self.leader)
    }
}
