//! The rules of the notes that are compile errors: each breaks one rule in a
//! chapter's `main.rs`, and rustc must refuse the line that breaks it.
//!
//! The error's code and line count. Its words change from one version of rustc
//! to the next.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tests::program::CHAPTERS;

/// A change of a chapter's `main.rs` that breaks a rule.
struct Mistake {
    rule: &'static str,
    chapter: &'static str,
    /// A text that `main.rs` has once.
    from: &'static str,
    /// What replaces it; [`HERE`] marks the line that rustc must refuse.
    to: &'static str,
    code: &'static str,
}

const HERE: &str = "// here";

const MISTAKES: &[Mistake] = &[
    Mistake {
        rule: "a process is started once",
        chapter: "process-basic",
        from: "    let p = p.start()?;\n",
        to: "    let child = p.start()?;\n    p.start()?; // here\n    let p = child;\n",
        code: "E0382",
    },
    Mistake {
        rule: "a process is started before it is joined",
        chapter: "process-basic",
        from: "    let p = p.start()?;\n    p.join()?;\n",
        to: "    p.join()?; // here\n",
        code: "E0599",
    },
    Mistake {
        rule: "a process is joined once",
        chapter: "process-basic",
        from: "    p.join()?;\n",
        to: "    p.join()?;\n    p.join()?; // here\n",
        code: "E0382",
    },
    Mistake {
        rule: "a pool is closed before it is joined",
        chapter: "process-pool",
        from: "    let p = p.close();\n    p.join()?;\n",
        to: "    p.join()?; // here\n",
        code: "E0599",
    },
    Mistake {
        rule: "a pool is closed once",
        chapter: "process-pool",
        from: "    let p = p.close();\n    p.join()?;\n",
        to: "    let closed = p.close();\n    p.close().join()?; // here\n    closed.join()?;\n",
        code: "E0382",
    },
    Mistake {
        rule: "a closed pool is joined",
        chapter: "process-pool",
        from: "    let p = p.close();\n    p.join()?;\n",
        to: "    p.close(); // here\n",
        code: "unused_must_use",
    },
    Mistake {
        rule: "a closed pool takes no tasks",
        chapter: "process-pool",
        from: "    p.join()?;\n",
        to: "    p.apply_async(long_time_task, (5,)); // here\n    p.join()?;\n",
        code: "E0599",
    },
    Mistake {
        rule: "a closed pool takes no tasks, also under its old name",
        chapter: "process-pool",
        from: "    let p = p.close();\n    p.join()?;\n",
        to: "    let closed = p.close();\n    p.apply_async(long_time_task, (5,)); // here\n    \
             closed.join()?;\n",
        code: "E0382",
    },
    Mistake {
        rule: "a task captures nothing",
        chapter: "process-pool",
        from: "        p.apply_async(long_time_task, (i,));\n",
        to: "        p.apply_async(move || long_time_task(i), ()); // here\n",
        code: "E0080",
    },
    Mistake {
        rule: "a queue has items of one type",
        chapter: "ipc-queue",
        from: "        q.put(value)?;\n",
        to: "        q.put(value)?;\n        q.put(1)?; // here\n",
        code: "E0308",
    },
    Mistake {
        rule: "a closed connection is not used",
        chapter: "ipc-pipe",
        from: "    conn.close()?;\n",
        to: "    conn.close()?;\n    conn.send(\"more\")?; // here\n",
        code: "E0382",
    },
    Mistake {
        rule: "a connection sends messages of its type",
        chapter: "ipc-pipe",
        from: "        conn.send(word)?;\n",
        to: "        conn.send(&7)?; // here\n",
        code: "E0277",
    },
];

#[test]
fn each_mistake_is_refused_at_its_line() {
    let libraries = libraries();
    for mistake in MISTAKES {
        let program = mistake.made();
        let lines = (1..).zip(program.lines());
        let mut marked = lines.filter(|(_, line)| line.ends_with(HERE));
        let (here, _) = marked.next().expect("a marked line");
        let errors = compile(&program, &libraries);
        assert!(!errors.is_empty(), "this compiles: {}", mistake.rule);
        for Error { code, line } in errors {
            // An error that shows only in machine code may be in the library.
            let found = (code.as_str(), line.unwrap_or(here));
            assert_eq!(found, (mistake.code, here), "{}", mistake.rule);
        }
    }
}

#[test]
fn the_chapters_compile_in_the_same_way() {
    let libraries = libraries();
    for chapter in CHAPTERS {
        assert_eq!(compile(&main_rs(chapter), &libraries), [], "{chapter}");
    }
}

impl Mistake {
    /// The chapter's `main.rs` with the mistake in it.
    fn made(&self) -> String {
        let main = main_rs(self.chapter);
        let found = main.matches(self.from).count();
        assert_eq!(found, 1, "{}: main.rs has its text once", self.rule);
        main.replace(self.from, self.to)
    }
}

fn main_rs(chapter: &str) -> String {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = workspace.join(chapter).join("src/main.rs");
    fs::read_to_string(file).expect("main.rs")
}

/// An error of the compiler.
#[derive(Debug, PartialEq)]
struct Error {
    code: String,
    /// Where the program is wrong; none when the error is in a library.
    line: Option<u64>,
}

fn compile(program: &str, libraries: &BTreeMap<String, PathBuf>) -> Vec<Error> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.rs"), program).expect("a file");
    let mut rustc = Command::new("rustc");
    rustc.current_dir(&folder).arg("main.rs");
    // Up to machine code, since a task that captures shows only there.
    rustc.args(["--edition=2024", "--emit=obj", "--error-format=json"]);
    rustc.arg("--deny=unused_must_use");
    for (name, library) in libraries {
        rustc.arg("-L").arg(library.with_file_name("deps"));
        let library = format!("{name}={}", library.display());
        rustc.args(["--extern", &library]);
    }
    let output = rustc.output().expect("rustc runs");
    let messages = String::from_utf8(output.stderr).expect("text");
    let errors: Vec<Error> = messages.lines().filter_map(error).collect();
    assert_eq!(output.status.success(), errors.is_empty(), "{messages}");
    errors
}

/// The error in a line of rustc's output, if it is one.
fn error(message: &str) -> Option<Error> {
    let message: Value = serde_json::from_str(message).expect("JSON");
    let code = message["code"]["code"].as_str()?.to_string();
    let mut spans = message["spans"].as_array()?.iter();
    let place = spans.find(|span| span["file_name"] == "main.rs" && span["is_primary"] == true);
    let line = place.and_then(|span| span["line_start"].as_u64());
    (message["level"] == "error").then_some(Error { code, line })
}

/// The libraries that the chapters' programs use, as they are built, by name.
fn libraries() -> BTreeMap<String, PathBuf> {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--message-format=json"])
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "the chapters do not build");
    let messages = String::from_utf8(built.stdout).expect("text");
    let messages = messages.lines().map(serde_json::from_str::<Value>);
    let artifacts = messages.map(|message| message.expect("JSON"));
    artifacts
        .filter_map(|artifact| library(&artifact))
        .collect()
}

/// The name and the file of an artifact, if it is such a library.
fn library(artifact: &Value) -> Option<(String, PathBuf)> {
    const USED: [&str; 6] = [
        "anyhow",
        "common",
        "ipc_pipe",
        "ipc_queue",
        "process_basic",
        "process_pool",
    ];
    let name = artifact["target"]["name"].as_str()?;
    let files = artifact["filenames"].as_array()?;
    let mut files = files.iter().filter_map(Value::as_str);
    let file = files.find(|file| file.ends_with(".rlib"))?;
    USED.contains(&name)
        .then(|| (name.to_string(), file.into()))
}
