//! The chapter with three writers and one reader.
//!
//! Predict: do the letters of one writer arrive in its order? Do those of
//! different writers? Where does `close` have to be?

use anyhow::Result;
use common::{pid, println, random, sleep};
use ipc_queue::Queue;
use process_basic::Process;

fn write(q: &Queue<String>, name: char) -> Result<()> {
    for number in 1..=3 {
        println!("Process {} puts {name}{number} to queue...", pid());
        q.put(format!("{name}{number}"))?;
        sleep(random());
    }
    Ok(())
}

fn read(q: &Queue<String>) -> Result<()> {
    while let Some(value) = q.get()? {
        println!("Get {value} from queue.");
    }
    Ok(())
}

fn main() -> Result<()> {
    let q = Queue::new()?;
    let mut writers = Vec::new();
    for name in ['A', 'B', 'C'] {
        writers.push(Process::new(write, (&q, name)).start()?);
    }
    let pr = Process::new(read, (&q,)).start()?;
    for pw in writers {
        pw.join()?;
    }
    q.close()?;
    pr.join()?;
    Ok(())
}
