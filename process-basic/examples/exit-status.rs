//! Three ways for a child to end, and what `join` tells of each.
//!
//! Predict: which code has a child that returns an `Err`, which one that
//! panics, and what is there to tell of one that is killed?

use std::error::Error;
use std::thread;
use std::time::Duration;

use common::println;
use process_basic::Process;

fn fail() -> Result<(), &'static str> {
    Err("this child failed")
}

fn panic() {
    panic!("this child panicked");
}

fn sleep_long() {
    thread::sleep(Duration::from_secs(60));
}

fn main() -> Result<(), Box<dyn Error>> {
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
