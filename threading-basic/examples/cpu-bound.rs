//! The same sum, twice: one after the other, on two threads at once, and in two
//! processes at once.
//!
//! Predict: how long does each of the three take, in Rust and in Python?
//! (Python counts to the same number.)

use std::hint::black_box;
use std::thread;

use anyhow::Result;
use common::{println, time};
use process_basic::Process;

fn sum() {
    let mut total: u64 = 0;
    for n in 0..20_000_000 {
        // Keeps the compiler from working the sum out beforehand.
        total += black_box(n);
    }
    black_box(total);
}

fn main() -> Result<()> {
    let cores = thread::available_parallelism()?.get();
    println!("Cores: {cores}");
    if cores == 1 {
        println!("On one core, nothing can run at the same time: all three take as long.");
    }

    let start = time();
    sum();
    sum();
    println!("One after the other: {:.2} seconds.", time() - start);

    let start = time();
    thread::scope(|threads| {
        threads.spawn(sum);
        threads.spawn(sum);
    });
    println!("On two threads: {:.2} seconds.", time() - start);

    let start = time();
    let one = Process::new(sum, ()).start()?;
    let two = Process::new(sum, ()).start()?;
    one.join()?;
    two.join()?;
    println!("In two processes: {:.2} seconds.", time() - start);
    Ok(())
}
