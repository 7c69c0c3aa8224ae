//! The rules of the notes that are types: each file in `rules` has one line
//! that does not compile, for the reason that stands beside it, and compiles
//! without that line.
//!
//! The code of the error counts, and the line. Its words are the compiler's,
//! and change from one version to the next.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tests::workspace;

/// What marks the line, before the error's code.
const MARK: &str = " // does not compile: ";

#[test]
fn each_rule_is_a_compile_error_and_its_corrected_twin_compiles() {
    let libraries = libraries();
    let folder = workspace().join("tests/tests/rules");
    let rules: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|rule| rule.unwrap().path())
        .collect();
    assert!(rules.len() >= 8, "{rules:?}");
    for rule in rules {
        check(&rule, &libraries);
    }
}

fn check(rule: &Path, libraries: &HashMap<String, PathBuf>) {
    let program = fs::read_to_string(rule).unwrap();
    let (number, line) = (1..)
        .zip(program.lines())
        .find(|(_, line)| line.contains(MARK))
        .unwrap();
    let (_, code) = line.split_once(MARK).unwrap();
    let errors = compile(&program, libraries);
    assert!(!errors.is_empty(), "{} compiles", rule.display());
    for error in errors {
        assert_eq!(error.code, code, "{}", rule.display());
        assert_eq!(error.line.unwrap_or(number), number, "{}", rule.display());
    }

    let corrected: Vec<&str> = program
        .lines()
        .filter(|line| !line.contains(MARK))
        .collect();
    let errors = compile(&corrected.join("\n"), libraries);
    assert_eq!(errors, [], "the corrected {}", rule.display());
}

/// An error of the compiler.
#[derive(Debug, PartialEq)]
struct Error {
    code: String,
    /// Where the program is wrong; none when that comes out in the library.
    line: Option<u64>,
}

fn compile(program: &str, libraries: &HashMap<String, PathBuf>) -> Vec<Error> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rule.rs"), program).unwrap();
    let mut rustc = Command::new("rustc");
    rustc.current_dir(&folder).arg("rule.rs");
    // Up to machine code, since a task that captures is found out only there.
    rustc.args(["--edition=2024", "--emit=obj", "--error-format=json"]);
    for (name, library) in libraries {
        let dependencies = library.with_file_name("deps");
        rustc.arg("-L").arg(dependencies);
        rustc
            .arg("--extern")
            .arg(format!("{name}={}", library.display()));
    }
    let output = rustc.output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    let errors: Vec<Error> = messages.lines().filter_map(error).collect();
    assert_eq!(output.status.success(), errors.is_empty(), "{messages}");
    errors
}

/// The error in a line of rustc's output, if it is one.
fn error(message: &str) -> Option<Error> {
    let message: Value = serde_json::from_str(message).unwrap();
    let code = message["code"]["code"].as_str()?.to_string();
    let mut spans = message["spans"].as_array()?.iter();
    let place = spans.find(|span| span["file_name"] == "rule.rs" && span["is_primary"] == true);
    let line = place.and_then(|span| span["line_start"].as_u64());
    (message["level"] == "error").then_some(Error { code, line })
}

/// The chapters' libraries as they are built, by name.
fn libraries() -> HashMap<String, PathBuf> {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--workspace",
            "--lib",
            "--message-format=json",
        ])
        .output()
        .unwrap();
    assert!(built.status.success(), "the chapters do not build");
    let messages = String::from_utf8(built.stdout).unwrap();
    let messages = messages
        .lines()
        .map(|message| serde_json::from_str::<Value>(message).unwrap());
    let artifacts = messages.filter(|message| message["reason"] == "compiler-artifact");
    artifacts
        .filter_map(|artifact| {
            let name = artifact["target"]["name"].as_str()?;
            let files = artifact["filenames"].as_array()?;
            let library = files
                .iter()
                .filter_map(Value::as_str)
                .find(|file| file.ends_with(".rlib"))?;
            let ours = ["ipc_pipe", "ipc_queue", "process_basic", "process_pool"];
            ours.contains(&name)
                .then(|| (name.to_string(), PathBuf::from(library)))
        })
        .collect()
}
