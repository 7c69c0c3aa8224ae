//! Runs a program as a person does, and reads what it printed: by the rules of
//! its chapter, or, where no chapter has rules for it, without any.
//!
//! ```text
//! command ──[run]──► transcript: lines, their times, the end
//!                        │
//!                    [reading]
//!                    │       │
//!              [rules]       [without_rules]
//!    a story: each line      normalized lines: PIDs and times
//! is one of the chapter's    become placeholders
//!                    │       │
//!    what differs from       what differs between
//!   the chapter, and why     two programs
//! ```
//!
//! An exercise is held to what its [`lesson`] says that it prints. [`source`] finds
//! the line of a program's own text that has printed a line.
//!
//! `cargo compare` is the program on top: `show` runs two programs at once and
//! gives the verdict; `show::terminal` shows their lines as they come and draws a
//! picture, `show::page` writes all of it for a projector.

mod any_program;
mod chapter;
pub mod language;
pub mod lesson;
pub mod pattern;
mod placeholders;
mod reading;
pub mod rules;
pub mod run;
pub mod source;
pub mod stderr;
mod transcript;
pub mod two_programs;
pub mod width;
pub mod words;

pub use any_program::{AnyProgram, MAIN};
pub use chapter::{Chapter, workspace};
pub use reading::Reading;
pub use rules::story::{Expected, Story, Told};
pub use rules::{Difference, check};
pub use run::{Activity, Limits, Output, Run, Stdout};
pub use transcript::{End, Ending, Flaw, Line, ProcessEnd, Transcript, Writer};
