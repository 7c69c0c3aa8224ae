//! All processes of one program: its process group, and those that left it.

use std::ffi::OsStr;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use procfs::process::{Process, all_processes};

/// An environment variable that every process of a program inherits, also one
/// that leaves the process group (a daemon does).
pub const MARK: &str = "COMPARE_RUN";

/// The processes of one program.
pub struct Processes {
    /// The program's own process, which leads its process group.
    pub leader: Pid,
    /// The value of [`MARK`] in their environment.
    pub mark: String,
}

impl Processes {
    /// How many of them run, besides the leader.
    pub fn others(&self) -> usize {
        let running = self.running();
        running.iter().filter(|&&pid| pid != self.leader).count()
    }

    /// Kills them all, also those they start meanwhile.
    pub fn kill(&self) {
        // Each round finds what the last one's processes had forked. A program
        // that still forks after 100 rounds is left alone.
        for _ in 0..100 {
            let running = self.running();
            if running.is_empty() {
                return;
            }
            for pid in running {
                // It may have ended by itself.
                let _ = kill(pid, Signal::SIGKILL);
            }
        }
    }

    fn running(&self) -> Vec<Pid> {
        let processes = all_processes().into_iter().flatten().flatten();
        processes
            .filter(|process| self.includes(process))
            .map(|process| Pid::from_raw(process.pid()))
            .collect()
    }

    /// Whether the process is one of these, and no zombie.
    fn includes(&self, process: &Process) -> bool {
        let Ok(stat) = process.stat() else {
            return false;
        };
        let is_dead = matches!(stat.state, 'Z' | 'X');
        !is_dead && (stat.pgrp == self.leader.as_raw() || self.is_marked(process))
    }

    fn is_marked(&self, process: &Process) -> bool {
        let environment = process.environ().unwrap_or_default();
        environment
            .get(OsStr::new(MARK))
            .map(|mark| mark.as_os_str())
            == Some(OsStr::new(&self.mark))
    }
}
