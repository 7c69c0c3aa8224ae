//! A stopwatch, and a nap of random length.

use std::thread;
use std::time::{Duration, Instant};

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    started: Instant,
}

impl Stopwatch {
    /// A stopwatch that runs from now on.
    pub fn start() -> Stopwatch {
        let started = Instant::now();
        Stopwatch { started }
    }

    /// The seconds since the start; `{:.2}` prints them as in the notes.
    pub fn stop(self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

/// Sleeps for a random time under `limit`, as Python's
/// `time.sleep(random.random() * limit)`.
pub fn random_nap(limit: Duration) {
    thread::sleep(limit.mul_f64(rand::random()));
}
