//! The chapter, with a task that kills its own worker. (Naps are shorter here.)
//!
//! Predict: which of the other tasks are run, on how many workers, and how
//! does the program end? (Python's pool waits for ever here.)

use std::error::Error;
use std::process;
use std::time::Duration;

use common::{Stopwatch, pid, println, random_nap};
use process_pool::Pool;

fn long_time_task(name: u32) {
    println!("Run task {name} ({})...", pid());
    if name == 2 {
        process::abort();
    }
    let start = Stopwatch::start();
    random_nap(Duration::from_secs(1));
    let end = start.stop();
    println!("Task {name} runs {end:.2} seconds.");
}

fn main() -> Result<(), Box<dyn Error>> {
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
