//! The chapter without its `close` and `join`. Each task takes 3 seconds; the
//! parent ends after one.
//!
//! Predict: how many tasks begin, and how many of them come to their end?

use anyhow::Result;
use common::{pid, println, sleep};
use process_pool::Pool;

fn long_time_task(name: u32) {
    println!("Run task {name} ({})...", pid());
    sleep(3.0);
    println!("Task {name} runs 3 seconds.");
}

fn main() -> Result<()> {
    println!("Parent process {}.", pid());
    let p = Pool::new(4)?;
    for i in 0..5 {
        p.apply_async(long_time_task, (i,));
    }
    sleep(1.0);
    println!("All subprocesses done.");
    Ok(())
}
