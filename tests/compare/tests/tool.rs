//! Calls `compare` as its users do.

use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Output, Stdio};

use compare::Chapter;
use procfs::process::all_processes;
use tempfile::TempDir;

/// A `PATH` without programs. Then there is no `python3` for the notes, and
/// compare holds the other program to the chapter's rules alone.
pub const NO_PROGRAMS: &str = "/nonexistent";

/// `compare` with these arguments, 80 columns wide, in English.
pub fn compare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(arguments);
    command.env("COLUMNS", "80").env("LC_ALL", "C");
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Runs it to its end, and checks that no process is left of what it ran.
pub fn finish(command: &mut Command) -> Output {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("it starts");
    let pid = child.id();
    let output = child.wait_with_output().expect("it ends");
    assert_nothing_left(pid);
    output
}

/// Every process that compare starts has compare's PID in its environment.
#[track_caller]
pub fn assert_nothing_left(compare: u32) {
    let mark = format!("{compare}-");
    let left: Vec<i32> = all_processes()
        .expect("/proc")
        .flatten()
        .filter(|process| {
            let environment = process.environ().unwrap_or_default();
            let run = environment.get(OsStr::new("COMPARE_RUN"));
            run.is_some_and(|run| run.to_string_lossy().starts_with(&mark))
        })
        .map(|process| process.pid())
        .collect();
    assert!(left.is_empty(), "left running: {left:?}");
}

/// What it printed.
pub fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints text")
}

/// What it printed to stderr.
pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The path of Python itself, which works whatever the `PATH`.
pub fn python() -> String {
    let script = "import sys; print(sys.executable)";
    let output = Command::new("python3").args(["-c", script]).output();
    text(&output.expect("the tests need python3"))
        .trim()
        .to_owned()
}

/// Holds a program to the chapter's rules alone, since the notes take their time.
/// The time limit is in seconds.
pub fn rules_alone(chapter: Chapter, file: &str, timeout: &str) -> Output {
    let python = python();
    let program = match file.rsplit_once('.') {
        Some((_, "py")) => vec![python.as_str(), file],
        Some((_, "sh")) => vec!["/bin/sh", file],
        _ => vec![file],
    };
    let arguments = [&[chapter.name(), "--timeout", timeout, "--"], &program[..]].concat();
    finish(compare(&arguments).env("PATH", NO_PROGRAMS))
}

/// A file or folder beside these tests, such as `wrong/never_ends.sh`.
pub fn fixture(name: &str) -> String {
    let path = format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"));
    assert!(fs::exists(&path).is_ok_and(|exists| exists), "no {path}");
    path
}

/// A folder of the trial's own, until it is dropped.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder can be made")
}
