//! A pool of four processes that run five tasks.

use anyhow::Result;
use common::{pid, println, random, sleep, time};
use process_pool::Pool;

fn long_time_task(name: u32) {
    println!("Run task {name} ({})...", pid());
    let start = time();
    sleep(random() * 3.0);
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
