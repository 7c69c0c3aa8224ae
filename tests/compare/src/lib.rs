//! Runs a program as a person does, and reads what it printed: by the rules of
//! its chapter, beside a block of its lesson, or beside any other program.
//!
//! ```text
//! command ──[run]──► transcript: lines, who wrote them and when, the end
//!                        │
//!        ┌───────────────┼──────────────────┐
//!     [rules]        [lesson]         [two_programs]
//!  a story: each   each line is one   lines with placeholders
//!  line is one of  of the exercise's  for PIDs and times
//!  the chapter's   block
//!        │               │                  │
//!  what differs     what differs      what differs between
//!  from it, and why from it           both
//! ```
//!
//! What is expected is written as a [`pattern`]. [`source`] finds the line of a
//! program's own text that has printed a line.
//!
//! `cargo compare` is the program on top: `show` runs two programs at once and
//! gives the verdict; `show::terminal` shows their lines as they come and draws a
//! timeline, `show::page` writes all of it for a projector.

mod chapter;
pub mod language;
pub mod lesson;
pub mod pattern;
mod placeholders;
pub mod rules;
pub mod run;
pub mod source;
pub mod stderr;
mod transcript;
pub mod two_programs;
pub mod width;
pub mod words;

pub use chapter::{Chapter, workspace};
pub use rules::story::{Expected, MAIN, Story, Told};
pub use rules::{Difference, check};
pub use run::{Limits, Output, Run, Stdout};
pub use transcript::{End, Ending, Line, Subprocess, Transcript, Writer};
