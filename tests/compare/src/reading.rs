//! A program's transcript, read by a chapter's rules or without any.

use crate::any_program::AnyProgram;
use crate::rules::story::Story;
use crate::run::Output;
use crate::transcript::Transcript;

/// What a program told, so far.
pub enum Reading {
    /// As the story of its chapter.
    ByRules(Story),
    /// Of any program.
    WithoutRules(AnyProgram),
}

impl Reading {
    /// Adds an output of the program.
    pub fn record(&mut self, output: Output) {
        match self {
            Reading::ByRules(story) => story.record(output),
            Reading::WithoutRules(program) => program.record(output),
        }
    }

    /// What it did so far.
    pub fn transcript(&self) -> &Transcript {
        match self {
            Reading::ByRules(story) => &story.transcript,
            Reading::WithoutRules(program) => &program.transcript,
        }
    }

    /// The process or thread of this line of stdout.
    pub fn role_of_line(&self, line: usize) -> Option<&str> {
        match self {
            Reading::ByRules(story) => story.role_of_line(line),
            Reading::WithoutRules(program) => program.owner(line),
        }
    }

    /// The PIDs in the lines and the roles of their processes.
    pub fn roles(&self) -> &[(u32, String)] {
        match self {
            Reading::ByRules(story) => &story.roles,
            Reading::WithoutRules(program) => &program.roles,
        }
    }
}
