//! Random choices that can be made again, and how many of them.

use std::env;

use rand::SeedableRng;
use rand::rngs::StdRng;

/// A seeded generator of random numbers. Its seed is the environment variable
/// `SEED`, or a new one. The seed is printed, so a failed test shows it.
///
/// # Panics
///
/// When `SEED` is not a number.
pub fn chance() -> StdRng {
    let seed = match env::var("SEED") {
        Ok(seed) => seed.parse().expect("SEED is a number"),
        Err(_) => rand::random(),
    };
    eprintln!("To make the same choices again: SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// How many times more a test does than in a quick run: the environment variable
/// `TIMES`, or 1.
///
/// # Panics
///
/// When `TIMES` is not a number.
pub fn times() -> usize {
    let times = env::var("TIMES").ok();
    times.map_or(1, |times| times.parse().expect("TIMES is a number"))
}
