//! Which numbers are PIDs of a program's own processes.

use procfs::{Current, LoadAverage};

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
}

impl Pids {
    pub fn from(first: u32) -> Pids {
        Pids { first, last: first }
    }

    /// Takes in those given until now.
    pub fn extend(&mut self) {
        // Without /proc, the first is the only one known.
        self.last = LoadAverage::current().map_or(self.last, |load| load.latest_pid);
    }

    pub fn contain(&self, pid: u32) -> bool {
        if self.first <= self.last {
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
