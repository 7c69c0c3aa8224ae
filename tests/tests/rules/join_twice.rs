//! A process is waited for once.

use process_basic::Process;

fn run_proc() {}

fn main() -> Result<(), process_basic::Error> {
    let p = Process::new(run_proc, ()).start()?;
    p.join()?;
    p.join()?; // does not compile: E0382
    Ok(())
}
