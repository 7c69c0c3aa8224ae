//! The chapter with a pool of one process. (Naps are shorter here.)
//!
//! Predict: how many PIDs do the tasks print, in which order do they run, and
//! how long does it all take?

use std::error::Error;
use std::time::Duration;

use common::{Stopwatch, pid, println, random_nap};
use process_pool::Pool;

fn long_time_task(name: u32) {
    println!("Run task {name} ({})...", pid());
    let start = Stopwatch::start();
    random_nap(Duration::from_secs(1));
    let end = start.stop();
    println!("Task {name} runs {end:.2} seconds.");
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Parent process {}.", pid());
    let p = Pool::new(1)?;
    for i in 0..5 {
        p.apply_async(long_time_task, (i,));
    }
    println!("Waiting for all subprocesses done...");
    let p = p.close();
    p.join()?;
    println!("All subprocesses done.");
    Ok(())
}
