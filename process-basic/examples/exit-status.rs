//! Three ways for a child to end, and what `join` tells of each.
//!
//! Predict: which code has a child that returns an `Err`, which one that
//! panics, and what is there to tell of one that is killed?

use anyhow::Result;
use common::{println, sleep};
use process_basic::Process;

fn fail() -> Result<(), &'static str> {
    Err("this child failed")
}

fn panic() {
    panic!("this child panicked");
}

fn sleep_long() {
    sleep(60.0);
}

fn main() -> Result<()> {
    let status = Process::new(fail, ()).start()?.join()?;
    println!("The child that failed ended with {status}.");
    let status = Process::new(panic, ()).start()?.join()?;
    println!("The child that panicked ended with {status}.");
    let p = Process::new(sleep_long, ()).start()?;
    p.kill()?;
    let status = p.join()?;
    println!("The child that was killed ended with {status}.");
    Ok(())
}
