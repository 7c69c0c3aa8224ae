//! The chapter with three readers.
//!
//! Predict: does every reader get every letter? How do three readers learn from
//! one `close` that the queue is at its end?

use anyhow::Result;
use common::{pid, println, random, sleep};
use ipc_queue::Queue;
use process_basic::Process;

fn write(q: &Queue<char>) -> Result<()> {
    println!("Process to write: {}", pid());
    for value in 'A'..='I' {
        println!("Put {value} to queue...");
        q.put(value)?;
    }
    Ok(())
}

fn read(q: &Queue<char>) -> Result<()> {
    println!("Process to read: {}", pid());
    while let Some(value) = q.get()? {
        println!("Process {} gets {value} from queue.", pid());
        sleep(random());
    }
    println!("Process {} ends.", pid());
    Ok(())
}

fn main() -> Result<()> {
    let q = Queue::new()?;
    let pw = Process::new(write, (&q,)).start()?;
    let mut readers = Vec::new();
    for _ in 0..3 {
        readers.push(Process::new(read, (&q,)).start()?);
    }
    pw.join()?;
    q.close()?;
    for pr in readers {
        pr.join()?;
    }
    Ok(())
}
