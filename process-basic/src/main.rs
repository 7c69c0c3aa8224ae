//! One child process: start it, and wait for its end.

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
    let p = p.start()?;
    p.join()?;
    println!("Child process end.");
    Ok(())
}
