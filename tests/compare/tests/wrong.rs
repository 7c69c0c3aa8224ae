//! Wrong programs, and the words that compare must say of them.
//!
//! Most are their chapter's `notes.py` with a few edits. A program that is no edit is
//! a file in the folder `wrong`, as are the tables, a chapter each, or an exercise of
//! the chapter in Rust.
//!
//! The tables are laid out by hand: the name, the edits, the words.

mod ipc_pipe;
mod ipc_queue;
mod process_basic;
mod process_pool;
mod threading_basic;

use std::fs;

use compare::Chapter;
use tests::harness::Trial;
use tests::workspace;

use crate::tool::{errors, fixture, folder, rules_alone, text};

/// A wrong program, and the words that compare must say of it.
struct Wrong {
    name: &'static str,
    program: Program,
    words: &'static [&'static str],
    /// In seconds.
    timeout: &'static str,
    /// Whether it runs when no other trial does.
    alone: bool,
}

enum Program {
    /// The notes with these edits.
    Edited(&'static [Edit]),
    /// A file in the folder `wrong`; its name is the program's.
    File,
    /// The chapter's exercise of this name, in Rust.
    Exercise,
}

/// A text that the notes have once, and what replaces it.
type Edit = (&'static str, &'static str);

fn edited(name: &'static str, edits: &'static [Edit], words: &'static [&'static str]) -> Wrong {
    let program = Program::Edited(edits);
    Wrong {
        name,
        program,
        words,
        timeout: "30",
        alone: false,
    }
}

fn file(name: &'static str, words: &'static [&'static str]) -> Wrong {
    let program = Program::File;
    Wrong {
        program,
        ..edited(name, &[], words)
    }
}

fn exercise(name: &'static str, words: &'static [&'static str]) -> Wrong {
    let program = Program::Exercise;
    Wrong {
        program,
        ..edited(name, &[], words)
    }
}

/// A program that waits for ever is ended after four seconds.
fn endless(wrong: Wrong) -> Wrong {
    let timeout = "4";
    Wrong { timeout, ..wrong }
}

/// A program whose times are wrong, which is seen only where nothing holds it up.
fn timed(wrong: Wrong) -> Wrong {
    let alone = true;
    Wrong { alone, ..wrong }
}

const IMPORT_THREAD: Edit = ("import os\n", "import os\nfrom threading import Thread\n");
const IMPORT_TIME: Edit = ("import os\n", "import os\nimport time\n");
const NO_JOIN: Edit = ("    p.join()\n", "");

pub fn trials() -> Vec<Trial> {
    let programs = |chapter| match chapter {
        Chapter::ProcessBasic => process_basic::programs(),
        Chapter::ProcessPool => process_pool::programs(),
        Chapter::IpcQueue => ipc_queue::programs(),
        Chapter::IpcPipe => ipc_pipe::programs(),
        Chapter::ThreadingBasic => threading_basic::programs(),
    };
    let trial = |chapter: Chapter, wrong: Wrong| {
        let name = format!("{chapter}: {}", wrong.name);
        let alone = wrong.alone;
        let trial = Trial::new(name, move || wrong.check(chapter));
        if alone { trial.alone() } else { trial }
    };
    let trials = |chapter| {
        let programs = programs(chapter).into_iter();
        programs.map(move |wrong| trial(chapter, wrong))
    };
    Chapter::ALL.into_iter().flat_map(trials).collect()
}

impl Wrong {
    /// Compare calls it wrong, with these words.
    fn check(&self, chapter: Chapter) {
        let folder = folder();
        let file = match self.program {
            Program::Exercise => workspace::exercise(self.name).display().to_string(),
            Program::File => fixture(&format!("wrong/{}", self.name)),
            Program::Edited(edits) => {
                let file = folder.path().join("edited.py");
                fs::write(&file, edited_notes(chapter, edits)).expect("a file can be written");
                file.display().to_string()
            }
        };
        let output = rules_alone(chapter, &file, self.timeout);
        let text = text(&output);
        let sentence = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let sentence = sentence.to_lowercase();
        assert_eq!(output.status.code(), Some(1), "{text}{}", errors(&output));
        for words in self.words {
            let found = sentence.contains(&words.to_lowercase());
            assert!(found, "no {words:?} in\n{text}{}", errors(&output));
        }
    }
}

fn edited_notes(chapter: Chapter, edits: &[Edit]) -> String {
    let mut program = fs::read_to_string(chapter.notes()).expect("the notes");
    for (from, to) in edits {
        let found = program.matches(from).count();
        assert_eq!(found, 1, "{from:?} must occur once in\n{program}");
        program = program.replace(from, to);
    }
    program
}
