//! The chapter without its `join`, and with a child that takes a second.
//!
//! Predict: which line comes last? Does the program end before its child does?
//! (Watch when the shell's prompt comes back.)

use anyhow::Result;
use common::{pid, println, sleep};
use process_basic::Process;

fn run_proc(name: &str) {
    sleep(1.0);
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
