//! The chapter without its `close` and `join`.
//!
//! Predict: how many tasks come to their end? (Leave out `close` alone, and it
//! does not compile; leave out `join` alone, and the compiler warns.)

use std::error::Error;
use std::thread;
use std::time::Duration;

use common::{pid, println};
use process_pool::Pool;

fn long_time_task(name: u32) {
    println!("Run task {name} ({})...", pid());
    thread::sleep(Duration::from_secs(3));
    println!("Task {name} runs 3 seconds.");
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Parent process {}.", pid());
    let p = Pool::new(4)?;
    for i in 0..5 {
        p.apply_async(long_time_task, (i,));
    }
    thread::sleep(Duration::from_secs(1));
    println!("All subprocesses done.");
    Ok(())
}
