//! The rules of the notes that are compile errors: each mistake breaks one rule
//! in a chapter's `main.rs`, and rustc must refuse the line that breaks it. More of
//! them are in the lessons, and tested there.
//!
//! Checked are the error's code and line, and those words that the chapter's
//! library adds. The other words change from one version of rustc to the next.

use std::fs;
use std::path::Path;

use tests::harness::Trial;
use tests::rustc::{Message, compile};
use tests::workspace;

/// A change of a chapter's `main.rs` that breaks a rule.
struct Mistake {
    rule: &'static str,
    chapter: &'static str,
    /// A text that `main.rs` has once.
    from: &'static str,
    /// What replaces it; [`HERE`] marks the line that rustc must refuse.
    to: &'static str,
    code: &'static str,
    /// A part of the library's own words, if it has some for this mistake.
    words: &'static str,
}

const HERE: &str = "// here";

const MISTAKES: &[Mistake] = &[
    Mistake {
        rule: "a process is started once",
        chapter: "process-basic",
        from: "    let p = p.start()?;\n",
        to: "    let child = p.start()?;\n    p.start()?; // here\n    let p = child;\n",
        code: "E0382",
        words: "",
    },
    Mistake {
        rule: "a target gets as many arguments as it takes",
        chapter: "process-basic",
        from: "Process::new(run_proc, (\"test\",));\n",
        to: "Process::new(run_proc, (\"test\", 1)); // here\n",
        code: "E0308",
        words: "",
    },
    Mistake {
        rule: "a target takes at most six arguments",
        chapter: "process-basic",
        from: "Process::new(run_proc, (\"test\",));\n",
        to: "Process::new(|_, _, _, _, _, _, _| (), (1, 2, 3, 4, 5, 6, 7)); // here\n",
        code: "E0277",
        words: "at most six",
    },
    Mistake {
        rule: "a process returns what `main` may return",
        chapter: "process-basic",
        from: "Process::new(run_proc, (\"test\",));\n",
        to: "Process::new(|_: &str| 7, (\"test\",)); // here\n",
        code: "E0277",
        words: "it may return what `main` may",
    },
    Mistake {
        rule: "a pool is closed once",
        chapter: "process-pool",
        from: "    let p = p.close();\n    p.join()?;\n",
        to: "    let closed = p.close();\n    p.close().join()?; // here\n    closed.join()?;\n",
        code: "E0382",
        words: "",
    },
    Mistake {
        rule: "a closed pool is joined",
        chapter: "process-pool",
        from: "    let p = p.close();\n    p.join()?;\n",
        to: "    p.close(); // here\n",
        code: "unused_must_use",
        words: "",
    },
    Mistake {
        rule: "a closed pool takes no tasks",
        chapter: "process-pool",
        from: "    p.join()?;\n",
        to: "    p.apply_async(long_time_task, (5,)); // here\n    p.join()?;\n",
        code: "E0599",
        words: "",
    },
    Mistake {
        rule: "an array is sent whole, not as a slice",
        chapter: "ipc-pipe",
        from: "    conn.close()?;\n",
        to: "    let (mut bytes, _) = pipe::<[u8; 4], ()>()?;\n    bytes.send(&[1, 2, 3][..])?; // here\n    conn.close()?;\n",
        code: "E0277",
        words: "this end of the pipe sends",
    },
    Mistake {
        rule: "a closed pool takes no tasks, also under its old name",
        chapter: "process-pool",
        from: "    let p = p.close();\n    p.join()?;\n",
        to: "    let closed = p.close();\n    p.apply_async(long_time_task, (5,)); // here\n    \
             closed.join()?;\n",
        code: "E0382",
        words: "",
    },
    Mistake {
        rule: "a task changes no variable of the program",
        chapter: "process-pool",
        from: "        p.apply_async(long_time_task, (i,));\n",
        to: "        let mut total = 0;\n        p.apply_async(|n: u32| total += n, (i,)); // here\n",
        code: "E0277",
        words: "this closure captures a variable",
    },
    Mistake {
        rule: "arguments become bytes",
        chapter: "process-pool",
        from: "        p.apply_async(long_time_task, (i,));\n",
        to: "        struct Point;\n        p.apply_async(|_: Point| (), (Point,)); // here\n",
        code: "E0277",
        words: "on a type of your own, write `#[derive(serde::Serialize, serde::Deserialize)]`",
    },
    Mistake {
        rule: "what is open stays in its process",
        chapter: "process-pool",
        from: "        p.apply_async(long_time_task, (i,));\n",
        to: "        p.apply_async(|_: std::fs::File| (), (std::fs::File::open(\"x\")?,)); // here\n",
        code: "E0277",
        words: "a queue, a pipe or a file stays in its process",
    },
    Mistake {
        rule: "an error travels as text",
        chapter: "process-pool",
        from: "        p.apply_async(long_time_task, (i,));\n",
        to: "        p.apply_async(|n: u32| -> Result<u32> { Ok(n) }, (i,)); // here\n",
        code: "E0277",
        words: "return `Result<…, String>`",
    },
    Mistake {
        rule: "a task is a function, not a pointer to one",
        chapter: "process-pool",
        from: "        p.apply_async(long_time_task, (i,));\n",
        to: "        p.apply_async(long_time_task as fn(u32), (i,)); // here\n",
        code: "E0080",
        words: "a task must be a plain function",
    },
];

pub fn trials() -> Vec<Trial> {
    let trial = |mistake: &'static Mistake| Trial::new(mistake.rule, || mistake.check());
    MISTAKES.iter().map(trial).collect()
}

impl Mistake {
    /// It is refused at its line.
    fn check(&self) {
        let program = self.program();
        let mut lines = (1..).zip(program.lines());
        let marked = lines.find(|(_, line)| line.ends_with(HERE));
        let (here, _) = marked.expect("a marked line");
        let refusals = self.refusals(&program);
        assert!(!refusals.is_empty(), "it compiles");
        for message in refusals {
            // An error that shows only in machine code may be in the library.
            let found = (message.code.as_deref(), message.line.unwrap_or(here));
            assert_eq!(found, (Some(self.code), here));
            assert!(message.rendered.contains(self.words), "{message:?}");
        }
    }

    /// The chapter's `main.rs` with the mistake in it.
    fn program(&self) -> String {
        let main = workspace::read(format!("{}/src/main.rs", self.chapter));
        let found = main.matches(self.from).count();
        assert_eq!(found, 1, "main.rs has the text once");
        main.replace(self.from, self.to)
    }

    /// The errors, and the warnings with the mistake's code.
    fn refusals(&self, program: &str) -> Vec<Message> {
        let folder = tempfile::tempdir().expect("a folder");
        let source = Path::new("main.rs");
        fs::write(folder.path().join(source), program).expect("a file");
        let mut messages = compile(self.chapter, folder.path(), source, "main");
        messages.retain(|message| message.is_error() || message.code.as_deref() == Some(self.code));
        messages
    }
}
