//! Which numbers are PIDs of a program's own processes.

use std::collections::BTreeSet;

use procfs::{Current, LoadAverage};

use crate::transcript::Transcript;

/// After the highest PID the kernel goes on with this one (RESERVED_PIDS in its
/// kernel/pid.c).
const AFTER_HIGHEST: u32 = 300;

/// The PIDs that the kernel has given since a program was started. It gives them
/// in rising order, so this holds also for a process too short-lived to be seen.
#[derive(Clone, Debug)]
pub struct Pids {
    /// The program's first process.
    pub first: u32,
    /// The last that was given.
    pub last: u32,
    /// All of them, where the program was traced to its end.
    known: Option<BTreeSet<u32>>,
}

impl Pids {
    pub fn from(first: u32) -> Pids {
        Pids {
            first,
            last: first,
            known: None,
        }
    }

    /// Takes in those that were seen, where the program was traced.
    pub fn know(&mut self, transcript: &Transcript) {
        let Some(end) = transcript.end.as_ref().filter(|end| end.traced) else {
            return;
        };
        let written = transcript.lines.iter().filter_map(|line| line.writer());
        let written = written.flat_map(|writer| [writer.process, writer.pid, writer.thread]);
        let ends = end.ends.iter().map(|end| end.pid);
        self.known = Some(ends.chain(written).chain([end.pid]).collect());
    }

    /// Takes in those given until now.
    pub fn extend(&mut self) {
        // Without /proc, the first is the only one known.
        self.last = LoadAverage::current().map_or(self.last, |load| load.latest_pid);
    }

    pub fn contain(&self, pid: u32) -> bool {
        if let Some(known) = &self.known {
            known.contains(&pid)
        } else if self.first <= self.last {
            (self.first..=self.last).contains(&pid)
        } else {
            pid >= self.first || (AFTER_HIGHEST..=self.last).contains(&pid)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pids_may_begin_anew() {
        let mut pids = Pids::from(32_000);
        pids.last = 400;
        let own = [32_000, 32_767, 300, 400].map(|pid| pids.contain(pid));
        let others = [31_999, 299, 401].map(|pid| pids.contain(pid));
        assert_eq!((own, others), ([true; 4], [false; 3]));
    }

    #[test]
    fn the_kernel_tells_the_last() {
        let mut pids = Pids::from(std::process::id());
        pids.extend();
        assert!(pids.last != 0);
    }
}
