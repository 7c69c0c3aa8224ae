//! What the tests of the chapters share.
//!
//! - [`mod@alone`] runs each test in a process of its own, so that it may fork.
//! - [`program`] runs a chapter or an exercise as a person does.
//! - [`processes`] reads /proc: whether a process runs, its parent, its
//!   descriptors. [`group`] is a process with all that it has started.
//! - [`lesson`] reads a chapter's lesson, [`rustc`] compiles what it changes,
//!   [`transcript`] records which process prints what, and [`expected`] holds
//!   that to the lesson.
//! - [`footprint`] is what a process holds, to be compared before and after.
//! - [`signals`] sends signals to processes.
//! - [`chance`] makes random choices that can be made again.

pub mod alone;
pub mod chance;
pub mod expected;
pub mod footprint;
pub mod group;
pub mod lesson;
pub mod processes;
pub mod program;
pub mod rustc;
pub mod signals;
pub mod transcript;
