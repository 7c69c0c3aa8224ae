//! A program's transcript, read by a chapter's rules or without any.

use compare::{Output, Story, Trace, Transcript};

/// What a program told, so far.
pub enum Reading {
    Chapter(Story),
    WithoutRules(Trace),
}

impl Reading {
    pub fn record(&mut self, output: Output) {
        match self {
            Reading::Chapter(story) => story.record(output),
            Reading::WithoutRules(trace) => trace.record(output),
        }
    }

    pub fn transcript(&self) -> &Transcript {
        match self {
            Reading::Chapter(story) => &story.transcript,
            Reading::WithoutRules(trace) => &trace.transcript,
        }
    }

    /// The process or thread of this line of stdout: who said it by the chapter's
    /// rules; without rules, whom it names.
    pub fn role_of_line(&self, line: usize) -> Option<&str> {
        match self {
            Reading::Chapter(story) => {
                let told = story.told.iter().find(|told| told.index == line)?;
                Some(story.speaker(told))
            }
            Reading::WithoutRules(trace) => trace.named(line),
        }
    }

    /// The PIDs in the lines and the roles of their processes.
    pub fn roles(&self) -> &[(u32, String)] {
        match self {
            Reading::Chapter(story) => &story.roles,
            Reading::WithoutRules(trace) => &trace.roles,
        }
    }
}
