//! The bare fork. The notes say that `Process` is simpler.
//!
//! One call, two returns: the program goes on twice from there, and `fork`
//! tells each process which one it is. What `Process` does by itself is now
//! yours: to wait for the child, and to end it. The line marked "the child ends
//! here" does the second.
//!
//! Predict: how often is the last line printed without that line? Take it out,
//! run again, and count.

use anyhow::Result;
use common::{pid, println};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};

#[expect(unsafe_code, reason = "the bare fork is what this shows")]
fn main() -> Result<()> {
    println!("Parent process {}.", pid());
    println!("Child process will start.");
    // SAFETY: this process has one thread, so the child lacks none that might
    // hold a lock.
    match unsafe { fork()? } {
        ForkResult::Child => {
            println!("Run child process test ({})...", pid());
            return Ok(()); // the child ends here
        }
        ForkResult::Parent { .. } => {
            wait()?;
        }
    }
    println!("Child process end.");
    Ok(())
}
