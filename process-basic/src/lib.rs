//! Start a process with a function to run, and wait for its end.
//!
//! ```no_run
//! use process_basic::Process;
//!
//! fn run_proc(name: &str) {
//!     println!("I am {name}, process {}.", std::process::id());
//! }
//!
//! let child = Process::new(run_proc, ("test",)).start()?;
//! let status = child.join()?;
//! assert!(status.success());
//! # Ok::<(), process_basic::Error>(())
//! ```
//!
//! The states of a process are types, so that starting it twice, or joining it
//! before it is started, does not compile:
//!
//! ```text
//! Process ── start ──► Child ── join ──► ExitStatus
//! ```
//!
//! In reading order:
//! - [`Process`] holds a target and its arguments; `start` forks.
//! - [`Child`] is the running process, seen from its parent.
//! - [`Target`] is what can be run: any function of up to six arguments.
//! - [`Error`] is what can go wrong.
//!
//! # What a child inherits
//!
//! A fork copies the parent's memory and all its open descriptors. This crate
//! opens none itself, so a child has the three standard streams, as it must to
//! print, and what the program had open. It does not unwind the parent's
//! stack, so those descriptors stay open in it until it ends; a channel that
//! has to end for its reader needs an explicit close for that reason.

mod child;
mod error;
mod fork;
mod process;
mod target;

pub use child::Child;
pub use error::Error;
pub use process::Process;
pub use target::Target;
