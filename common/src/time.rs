//! The time and the sleeps of the notes.

use std::thread;
use std::time::{Duration, UNIX_EPOCH};

/// The seconds since the beginning of 1970, as Python's `time.time()`.
///
/// The difference of two such times is how long something took, unless somebody
/// set the clock meanwhile.
///
/// ```
/// use common::{sleep, time};
///
/// let start = time();
/// sleep(0.1);
/// let end = time();
/// println!("It took {:.2} seconds.", end - start);
/// ```
pub fn time() -> f64 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64()
}

/// Sleeps for this number of seconds, as Python's `time.sleep`.
///
/// # Panics
///
/// When the number is negative, not finite, or too large for a [`Duration`].
pub fn sleep(seconds: f64) {
    thread::sleep(Duration::from_secs_f64(seconds));
}

/// A random number from 0 up to 1, as Python's `random.random()`: what the notes
/// multiply to get a random time to sleep.
pub fn random() -> f64 {
    rand::random()
}
