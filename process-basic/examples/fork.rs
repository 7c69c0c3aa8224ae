//! The bare fork, which the notes call harder than `Process`.
//!
//! One call, two returns: the program goes on twice from there, and `fork`
//! tells each process which one it is. All that `Process` does by itself is
//! now yours: to wait, and to end the child before it runs the parent's lines.
//!
//! Predict: how often is the last line printed once `return` is taken out?

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
            return Ok(());
        }
        ForkResult::Parent { .. } => {
            wait()?;
        }
    }
    println!("Child process end.");
    Ok(())
}
