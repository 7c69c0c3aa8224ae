//! A queue between two processes: one puts letters, the other gets them.

use anyhow::Result;
use common::{pid, println, random, sleep};
use ipc_queue::Queue;
use process_basic::Process;

fn write(q: &Queue<char>) -> Result<()> {
    println!("Process to write: {}", pid());
    for value in ['A', 'B', 'C'] {
        println!("Put {value} to queue...");
        q.put(value)?;
        sleep(random());
    }
    Ok(())
}

fn read(q: &Queue<char>) -> Result<()> {
    println!("Process to read: {}", pid());
    while let Some(value) = q.get()? {
        println!("Get {value} from queue.");
    }
    Ok(())
}

fn main() -> Result<()> {
    let q = Queue::new()?;
    let pw = Process::new(write, (&q,));
    let pr = Process::new(read, (&q,));
    let pw = pw.start()?;
    let pr = pr.start()?;
    pw.join()?;
    q.close()?;
    pr.join()?;
    Ok(())
}
