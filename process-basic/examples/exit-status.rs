//! Three ways for a child to fail, and what `join` tells of each.
//!
//! Predict: what is the exit code of a child that returns an `Err`, and of one
//! that panics? And of one that is killed: does it have an exit code?

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
