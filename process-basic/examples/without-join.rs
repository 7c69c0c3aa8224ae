//! The chapter without its `join`.
//!
//! Predict: may "Child process end." come before the child's own line? Does
//! the program end before the child does?

use anyhow::Result;
use common::{pid, println};
use process_basic::Process;

fn run_proc(name: &str) {
    println!("Run child process {name} ({})...", pid());
}

fn main() -> Result<()> {
    println!("Parent process {}.", pid());
    let p = Process::new(run_proc, ("test",));
    println!("Child process will start.");
    let _p = p.start()?;
    println!("Child process end.");
    Ok(())
}
