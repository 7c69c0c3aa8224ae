//! The chapter with a pool of one process. (The tasks are shorter here.)
//!
//! Predict: how many different PIDs do the tasks print? In which order do the
//! tasks run? Which is longer, the total or the sum of the five tasks?

use anyhow::Result;
use common::{pid, println, random, sleep, time};
use process_pool::Pool;

fn long_time_task(name: u32) {
    println!("Run task {name} ({})...", pid());
    let start = time();
    sleep(random());
    let end = time();
    println!("Task {name} runs {:.2} seconds.", end - start);
}

fn main() -> Result<()> {
    println!("Parent process {}.", pid());
    let start = time();
    let p = Pool::new(1)?;
    for i in 0..5 {
        p.apply_async(long_time_task, (i,));
    }
    let p = p.close();
    p.join()?;
    println!("All of it took {:.2} seconds.", time() - start);
    Ok(())
}
