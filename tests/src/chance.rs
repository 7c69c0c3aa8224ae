//! Random choices that can be made again.

use std::env;

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The generator of a test's choices: from the environment variable `SEED`,
/// else from a new seed. It is printed, which shows when the test fails.
///
/// # Panics
///
/// When `SEED` is not a number.
#[expect(clippy::expect_used, reason = "a part of tests")]
pub fn chance() -> StdRng {
    let seed = match env::var("SEED") {
        Ok(seed) => seed.parse().expect("SEED is a number"),
        Err(_) => rand::random(),
    };
    eprintln!("To make the same choices again: SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// How many times as long as in a quick run a test takes: the environment
/// variable `TIMES`, else 1.
///
/// # Panics
///
/// When `TIMES` is not a number.
#[expect(clippy::expect_used, reason = "a part of tests")]
pub fn times() -> usize {
    let times = env::var("TIMES").ok();
    times.map_or(1, |times| times.parse().expect("TIMES is a number"))
}
