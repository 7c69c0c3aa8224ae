//! A child changes a variable of its parent.
//!
//! Predict: which number does the child print, and which one does the parent
//! print after it?

use anyhow::Result;
use common::{pid, println};
use process_basic::Process;

fn count(counter: &mut u32) {
    *counter += 1;
    println!("Child process {}: the counter is {counter}.", pid());
}

fn main() -> Result<()> {
    let mut counter = 0;
    let p = Process::new(count, (&mut counter,)).start()?;
    p.join()?;
    println!("Parent process {}: the counter is {counter}.", pid());
    Ok(())
}
