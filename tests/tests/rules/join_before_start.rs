//! What is not started cannot be waited for.

use process_basic::Process;

fn run_proc() {}

fn main() -> Result<(), process_basic::Error> {
    let p = Process::new(run_proc, ());
    p.join()?; // does not compile: E0599
    p.start()?.join()?;
    Ok(())
}
