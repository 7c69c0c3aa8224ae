//! Ten children at once. Each sleeps: the first for 2.0 seconds, the next for
//! 1.8, and so on; the last for 0.2.
//!
//! Predict: in which order do the children end? In which order does the parent
//! join them? How long does it all take: 2 seconds, or 11, the sum?

use anyhow::Result;
use common::{println, sleep, time};
use process_basic::Process;

fn run_proc(name: u32, seconds: f64) {
    sleep(seconds);
    println!("Child {name} ends.");
}

fn main() -> Result<()> {
    let start = time();
    let mut children = Vec::new();
    for i in 0..10 {
        let seconds = 2.0 - 0.2 * f64::from(i);
        children.push(Process::new(run_proc, (i, seconds)).start()?);
    }
    for (i, p) in children.into_iter().enumerate() {
        p.join()?;
        println!("Child {i} is joined.");
    }
    println!("All of it took {:.2} seconds.", time() - start);
    Ok(())
}
