//! A program's transcript, read by a chapter's rules or without any.

use crate::rules::story::Story;
use crate::run::Output;
use crate::transcript::Transcript;
use crate::without_rules::NormalizedOutput;

/// What a program told, so far.
pub enum Reading {
    /// As the story of its chapter.
    ByRules(Story),
    /// Of any program.
    WithoutRules(NormalizedOutput),
}

impl Reading {
    /// Adds an output of the program.
    pub fn record(&mut self, output: Output) {
        match self {
            Reading::ByRules(story) => story.record(output),
            Reading::WithoutRules(normalized) => normalized.record(output),
        }
    }

    /// What it did so far.
    pub fn transcript(&self) -> &Transcript {
        match self {
            Reading::ByRules(story) => &story.transcript,
            Reading::WithoutRules(normalized) => &normalized.transcript,
        }
    }

    /// The process or thread of this line of stdout.
    pub fn role_of_line(&self, line: usize) -> Option<&str> {
        match self {
            Reading::ByRules(story) => {
                let told = story.told.iter().find(|told| told.index == line)?;
                Some(story.speaker(told))
            }
            Reading::WithoutRules(normalized) => normalized.owner(line),
        }
    }

    /// The PIDs in the lines and the roles of their processes.
    pub fn roles(&self) -> &[(u32, String)] {
        match self {
            Reading::ByRules(story) => &story.roles,
            Reading::WithoutRules(normalized) => &normalized.roles,
        }
    }
}
