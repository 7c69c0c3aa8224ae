//! The chapter, with a task that kills its own worker. (The tasks are shorter
//! here.)
//!
//! Predict: which of the other tasks are run, and on how many workers? How does
//! the program end?

use anyhow::Result;
use common::{pid, println, random, sleep, time};
use nix::sys::signal::{Signal, raise};
use process_pool::Pool;

fn long_time_task(name: u32) {
    println!("Run task {name} ({})...", pid());
    if name == 2 {
        // Nobody is left to see what it returns.
        let _ = raise(Signal::SIGKILL);
    }
    let start = time();
    sleep(random());
    let end = time();
    println!("Task {name} runs {:.2} seconds.", end - start);
}

fn main() -> Result<()> {
    println!("Parent process {}.", pid());
    let p = Pool::new(4)?;
    for i in 0..5 {
        p.apply_async(long_time_task, (i,));
    }
    println!("Waiting for all subprocesses done...");
    let p = p.close();
    p.join()?;
    println!("All subprocesses done.");
    Ok(())
}
