//! Eight tasks on four workers; each adds 1 to a counter of the program.
//!
//! Predict: which numbers do the tasks print? Which one does the parent print?

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use anyhow::Result;
use common::{pid, println, sleep};
use process_pool::Pool;

static COUNTER: AtomicU32 = AtomicU32::new(0);

fn count() {
    let counter = COUNTER.fetch_add(1, Relaxed) + 1;
    println!("Worker {}: the counter is {counter}.", pid());
    sleep(0.5);
}

fn main() -> Result<()> {
    let p = Pool::new(4)?;
    for _ in 0..8 {
        p.apply_async(count, ());
    }
    let p = p.close();
    p.join()?;
    let counter = COUNTER.load(Relaxed);
    println!("Parent process {}: the counter is {counter}.", pid());
    Ok(())
}
