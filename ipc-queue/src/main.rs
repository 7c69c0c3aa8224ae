//! A queue between two processes: one puts letters, the other gets them.

use std::error::Error;
use std::time::Duration;

use common::{pid, println, random_nap};
use ipc_queue::Queue;
use process_basic::Process;

fn write(q: &Queue<char>) -> Result<(), ipc_queue::Error> {
    println!("Process to write: {}", pid());
    for value in ['A', 'B', 'C'] {
        println!("Put {value} to queue...");
        q.put(value)?;
        random_nap(Duration::from_secs(1));
    }
    Ok(())
}

fn read(q: &Queue<char>) -> Result<(), ipc_queue::Error> {
    println!("Process to read: {}", pid());
    while let Some(value) = q.get()? {
        println!("Get {value} from queue.");
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
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
