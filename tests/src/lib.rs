//! What the tests of the chapters and of `cargo compare` share.
//!
//! - [`harness`] runs the trials, many at once, each in a process of its own.
//! - [`workspace`] is the chapters, their files, and what cargo builds of them;
//!   [`program`] runs a chapter as a person does.
//! - [`processes`] reads /proc: whether a process runs, its parent, its
//!   descriptors. [`group`] is a process with all that it has started.
//! - [`rustc`] compiles what a lesson changes, and [`transcript`] records which
//!   process prints what.
//! - [`footprint`] is what a process holds, to be compared before and after.
//! - [`signals`] sends signals to processes, [`mod@stderr`] is what a process
//!   prints there, and [`tasks`] are tasks for a pool.
//! - [`chance`] makes random choices that can be made again.

pub mod chance;
pub mod footprint;
pub mod group;
pub mod harness;
pub mod processes;
pub mod program;
pub mod rustc;
pub mod signals;
pub mod stderr;
pub mod tasks;
pub mod transcript;
pub mod workspace;
