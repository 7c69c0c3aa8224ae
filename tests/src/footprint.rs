//! What a process holds, to be compared before and after.

use std::process;
use std::thread;
use std::time::{Duration, Instant};

use crate::processes::{children_of, descriptors_of, threads_of};

/// What this process holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Each open descriptor, and what it points to.
    pub descriptors: Vec<String>,
    /// How many threads run.
    pub threads: usize,
    /// The children, zombies among them.
    pub children: Vec<u32>,
}

impl Footprint {
    /// What this process holds now.
    ///
    /// # Panics
    ///
    /// When /proc cannot be read.
    pub fn now() -> Footprint {
        let pid = process::id();
        let descriptors = descriptors_of(pid).into_iter();
        Footprint {
            descriptors: descriptors.map(|one| format!("{one:?}")).collect(),
            threads: threads_of(pid),
            children: children_of(pid),
        }
    }

    /// Checks that the process holds the same again, and waits for that: a
    /// thread that was joined may be counted for a moment longer.
    ///
    /// # Panics
    ///
    /// When it does not.
    #[track_caller]
    pub fn check(&self) {
        let started = Instant::now();
        while *self != Footprint::now() && started.elapsed() < Duration::from_secs(2) {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(*self, Footprint::now(), "before, and after");
    }
}
