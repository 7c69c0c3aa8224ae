//! A writer puts 1,000 numbers, and nobody gets any for a second.
//!
//! Predict: how far does the writer come before the reader starts? What does it
//! do then? (It says so after each hundred.)

use anyhow::Result;
use common::{println, sleep};
use ipc_queue::Queue;
use process_basic::Process;

fn write(q: &Queue<u32>) -> Result<()> {
    for number in 1..=1000 {
        q.put(number)?;
        if number % 100 == 0 {
            println!("{number} numbers are put.");
        }
    }
    Ok(())
}

fn read(q: &Queue<u32>) -> Result<()> {
    println!("The reader starts.");
    let mut count = 0;
    while q.get()?.is_some() {
        count += 1;
    }
    println!("The reader has got {count} numbers.");
    Ok(())
}

fn main() -> Result<()> {
    let q = Queue::new()?;
    let pw = Process::new(write, (&q,)).start()?;
    sleep(1.0);
    let pr = Process::new(read, (&q,)).start()?;
    pw.join()?;
    q.close()?;
    pr.join()?;
    Ok(())
}
