//! A process is started once.

use process_basic::Process;

fn run_proc() {}

fn main() -> Result<(), process_basic::Error> {
    let p = Process::new(run_proc, ());
    let child = p.start()?;
    p.start()?.join()?; // does not compile: E0382
    child.join()?;
    Ok(())
}
