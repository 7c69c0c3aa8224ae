//! All processes of one program: its process group, and those that left it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgid};

/// An environment variable that every process of a program inherits, wherever
/// else it goes (daemons leave their process group).
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
        self.running()
            .iter()
            .filter(|&&pid| pid != self.leader)
            .count()
    }

    /// Kills them all, also those they start meanwhile.
    pub fn kill(&self) {
        // A fork that was under way is seen in the next round; a program that
        // forks faster than that has met its match in the number of rounds.
        for _ in 0..100 {
            let running = self.running();
            if running.is_empty() {
                return;
            }
            for pid in running {
                // It may have ended by itself meanwhile.
                let _ = kill(pid, Signal::SIGKILL);
            }
        }
    }

    fn running(&self) -> BTreeSet<Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .map(Pid::from_raw)
            .filter(|&pid| self.includes(pid) && !is_dead(pid))
            .collect()
    }

    fn includes(&self, pid: Pid) -> bool {
        getpgid(Some(pid)) == Ok(self.leader) || self.is_marked(pid)
    }

    fn is_marked(&self, pid: Pid) -> bool {
        let mark = format!("{MARK}={}", self.mark);
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment
            .split(|&byte| byte == 0)
            .any(|variable| OsStr::from_bytes(variable) == mark.as_str())
    }
}

/// Whether it only waits to be reaped. proc_pid_stat(5): the state follows the
/// name, which is in parentheses.
fn is_dead(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_none_or(|state| state.starts_with(['Z', 'X']))
}
