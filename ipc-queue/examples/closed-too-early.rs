//! The chapter with a `close` in the middle: the writer puts a letter every
//! second, and the parent does not wait for it before it closes the queue.
//!
//! Predict: which letters does the reader get? What does the writer learn?

use anyhow::Result;
use common::{println, sleep};
use ipc_queue::Queue;
use process_basic::Process;

fn write(q: &Queue<char>) -> Result<()> {
    for value in ['A', 'B', 'C'] {
        println!("Put {value} to queue...");
        q.put(value)?;
        sleep(1.0);
    }
    Ok(())
}

fn read(q: &Queue<char>) -> Result<()> {
    while let Some(value) = q.get()? {
        println!("Get {value} from queue.");
    }
    println!("The reader ends.");
    Ok(())
}

fn main() -> Result<()> {
    let q = Queue::new()?;
    let pw = Process::new(write, (&q,)).start()?;
    let pr = Process::new(read, (&q,)).start()?;
    sleep(0.5);
    q.close()?;
    pr.join()?;
    let status = pw.join()?;
    println!("The writer ended with {status}.");
    Ok(())
}
