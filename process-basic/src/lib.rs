//! Start a process with a function to run, and wait for its end.
//!
//! ```
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
//! The states of a process are types, so starting it twice, or joining it before
//! it is started, does not compile:
//!
//! ```text
//! Process ── start ──► Child ── join ──► ExitStatus
//! ```
//!
//! In reading order:
//! - [`Process`] holds a target and its arguments; `start` forks.
//! - [`Target`] is what can be run: any function of up to six arguments.
//! - [`Child`] is the running process, seen from its parent.
//! - `children` joins at the program's end what nobody has joined.
//! - `fork` is the fork itself, and the life of the child.
//! - `settle` is what follows a target: children are joined, output is written.
//! - `wait`, `threads`: what these ask the system.
//! - [`Error`] is what can go wrong.
//!
//! # What a child inherits
//!
//! A fork copies the parent's memory and its open descriptors. What follows from
//! that:
//!
//! - **Arguments** are dropped in both processes: in the parent when `start`
//!   returns, in the child when the target returns. So a temporary folder is
//!   deleted while the child still needs it, and what a file writer had in its
//!   buffer is written twice. Flush before `start`, lend the child such a value
//!   (`&folder`), and join the child before you drop it: what the child only
//!   borrows, it does not drop. So it has to flush such a writer itself.
//! - **Descriptors** stay open in the child until it ends, since it does not
//!   drop the parent's variables. A channel whose end a reader waits for needs an
//!   explicit close for that reason. This crate opens no descriptors itself.
//! - **stdin** is shared: a line that one process reads, the other does not get.
//!   But what the parent has already in its buffer at `start`, both get. So it is
//!   with every open file, and its `BufReader`. (In Python, a child's stdin is
//!   empty.)
//! - **Locks** that the parent holds during `start` stay locked in the child's
//!   copy. The child waits for ever when it locks such a `Mutex` again. So drop
//!   the guard first, also that of `io::stdin().lines()`.
//! - **Signals**: the child has the parent's handlers, and blocks what the parent
//!   blocks. If the parent handles SIGINT or SIGTERM, Ctrl-C or `terminate` does
//!   not end the child: set such handlers after `start`.
//! - **Random numbers**: the thread generator of rand 0.10 is reseeded in each
//!   child. Other generators go on from their copied state, so all children
//!   draw the same numbers from them: an older rand, fastrand, a generator of
//!   the program's own.
//! - **Shared maps** (mmap(2), `MAP_SHARED`) are not copied: both processes
//!   write to the same memory, even where each has a `&mut` to it. Whoever makes
//!   such a map with `unsafe` has to keep it out of children, or use atomics.
//!
//! # When the parent dies
//!
//! The kernel then kills the child (prctl(2), `PR_SET_PDEATHSIG`). It does not
//! when the child or, after `start`, the parent has changed its user or group, or
//! when the child runs a program that does (set-user-ID, sudo): such a child may
//! outlive its parent.

#![warn(missing_docs)]

mod child;
mod children;
mod error;
mod fork;
mod process;
mod settle;
mod target;
mod threads;
mod wait;

pub use child::Child;
pub use error::Error;
pub use process::Process;
pub use settle::settle;
pub use target::{Outcome, Target};
