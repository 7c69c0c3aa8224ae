//! Runs a program as a person does, reads what it printed as a story, and
//! holds the story to the rules of its chapter.
//!
//! ```text
//! command ──[run]──► transcript: lines, their times, the end
//!                        │
//!                    [story] PIDs become roles; each line is one of the chapter's
//!                        │
//!                    [rules] what differs, and the likely cause
//! ```
//!
//! Programs that no chapter has rules for are compared with each other: [`trace`]
//! reads a transcript without rules, and [`trace::diff`] compares two. [`source`]
//! reads a program's own text, which says what is expected to differ.
//!
//! `cargo compare` is the program on top: `show` runs two programs at once,
//! shows their lines as they come, draws a picture, and gives the verdict; `page`
//! writes all of it for a projector.

mod chapter;
pub mod rules;
pub mod run;
pub mod source;
mod stderr;
mod story;
pub mod trace;
pub mod words;

pub use chapter::{Chapter, workspace};
pub use rules::{Difference, check};
pub use run::transcript::{End, Ending, Flaw, Line, ProcessEnd, Transcript};
pub use run::{Activity, Limits, Output, Run, Stdout};
pub use story::{Expected, Story, Told};
pub use trace::Trace;
