//! What checks the chapters: it runs a program as a person would, reads what
//! it printed as a story, and holds the story to its chapter's rules.
//!
//! ```text
//! command ──[run]──► transcript: lines, their times, the end
//!                        │
//!                    [story] PIDs become roles, each line one that is expected
//!                        │
//!                    [rules] what is different, and the likely cause
//! ```
//!
//! The transcript tests and `cargo compare` stand on the same code.
//!
//! The tests of faults stand on other modules: [`mod@alone`] runs each test in a
//! process of its own, so that it may fork; [`program`] runs a chapter, and
//! [`group`] watches all its processes; [`footprint`] is what a process holds
//! of the system's goods; [`chance`] makes random choices that can be repeated.

pub mod alone;
pub mod chance;
mod chapter;
pub mod footprint;
pub mod group;
mod lines;
mod processes;
pub mod program;
pub mod pty;
pub mod rules;
pub mod run;
mod stdin;
mod story;
mod transcript;

pub use chapter::{Chapter, workspace};
pub use rules::{Difference, check};
pub use run::{Limits, Output, Run, Stdout};
pub use story::{Expected, Story, Told};
pub use transcript::{End, Ending, Flaw, Line, Transcript};
