//! Whether compare itself is held up: then it sees late what a program does, and the
//! program has to wait for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How often the pulse is taken.
const BEAT: Duration = Duration::from_millis(20);

/// A beat that comes so late is told.
const LATE: Duration = Duration::from_millis(100);

/// A thread that beats until this is dropped.
pub struct Pulse(Arc<Mutex<Beats>>);

struct Beats {
    last: Instant,
    /// Between which two there was too much time.
    gaps: Vec<(Instant, Instant)>,
}

impl Pulse {
    pub fn start() -> Pulse {
        let beats = Arc::new(Mutex::new(Beats {
            last: Instant::now(),
            gaps: Vec::new(),
        }));
        let weak = Arc::downgrade(&beats);
        thread::spawn(move || {
            while beat(&weak) {
                thread::sleep(BEAT);
            }
        });
        Pulse(beats)
    }

    /// When compare was held up, counted from this time.
    pub fn gaps(&self, started: Instant) -> Vec<(Duration, Duration)> {
        let mut beats = lock(&self.0);
        beats.beat();
        let gaps = beats.gaps.iter();
        gaps.map(|(from, to)| (*from - started, *to - started))
            .collect()
    }
}

fn beat(beats: &Weak<Mutex<Beats>>) -> bool {
    let beats = beats.upgrade();
    beats.inspect(|beats| lock(beats).beat()).is_some()
}

fn lock(beats: &Mutex<Beats>) -> MutexGuard<'_, Beats> {
    beats.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Beats {
    fn beat(&mut self) {
        let now = Instant::now();
        if now - self.last > BEAT + LATE {
            self.gaps.push((self.last, now));
        }
        self.last = now;
    }
}
