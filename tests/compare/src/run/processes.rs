//! All processes of one program: its process group, and those that left it.

use std::ffi::OsStr;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use procfs::process::{Process, Stat, all_processes};

/// An environment variable that every process of a program inherits, also one
/// that leaves the process group (a daemon does).
pub const MARK: &str = "COMPARE_RUN";

/// The processes of one program.
#[derive(Clone)]
pub struct Processes {
    /// The program's own process, which leads its process group.
    pub leader: Pid,
    /// The value of [`MARK`] in their environment.
    pub mark: String,
}

impl Processes {
    /// How many of them run, besides the leader.
    pub fn others(&self) -> usize {
        let leader = self.leader.as_raw();
        let running = self.running().into_iter();
        running.filter(|(_, stat)| stat.pid != leader).count()
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
            for (_, stat) in running {
                // It may have ended by itself.
                let _ = kill(Pid::from_raw(stat.pid), Signal::SIGKILL);
            }
        }
    }

    /// Those that run now, no zombies.
    pub fn running(&self) -> Vec<(Process, Stat)> {
        let processes = all_processes().into_iter().flatten().flatten();
        let alive = processes.filter_map(|process| {
            let stat = process.stat().ok()?;
            (!matches!(stat.state, 'Z' | 'X')).then_some((process, stat))
        });
        let is_own = |(process, stat): &(Process, Stat)| {
            stat.pgrp == self.leader.as_raw() || self.is_marked(process)
        };
        alive.filter(is_own).collect()
    }

    fn is_marked(&self, process: &Process) -> bool {
        let environment = process.environ().unwrap_or_default();
        let mark = environment.get(OsStr::new(MARK));
        mark.is_some_and(|mark| *mark == *self.mark)
    }
}
