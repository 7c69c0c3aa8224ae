//! The two programs: how each is called, and what it needs before it runs.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};

use compare::{Chapter, workspace};

use crate::show::Failure;

/// A program to be run.
pub struct Program {
    /// Over its column.
    pub title: String,
    /// In a sentence.
    pub name: String,
    pub command: Command,
}

/// The chapter's notes, when there is a Python to run them.
pub fn notes(chapter: Chapter) -> Option<Program> {
    let version = Command::new("python3")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !version.is_ok_and(|status| status.success()) {
        return None;
    }
    let mut command = Command::new("python3");
    command.arg(chapter.notes());
    let title = "notes.py".to_owned();
    let name = title.clone();
    Some(Program {
        title,
        name,
        command,
    })
}

/// The chapter itself: built first, so that compiling does not count as
/// running.
pub fn chapter(chapter: Chapter) -> Result<Program, Failure> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "-p", chapter.name(), "--bin", chapter.name()]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let built = build.current_dir(workspace()).status();
    if !built
        .map_err(|error| Failure::start("cargo", error))?
        .success()
    {
        return Err(Failure::Build(chapter));
    }
    // Cargo puts all programs of a workspace into the same folder.
    let program = env::current_exe()
        .map_err(Failure::Output)?
        .with_file_name(chapter.name());
    let title = chapter.name().to_owned();
    let name = title.clone();
    let command = Command::new(program);
    Ok(Program {
        title,
        name,
        command,
    })
}

/// A program of the reader's.
pub fn own(command: &[OsString]) -> Option<Program> {
    let (name, arguments) = command.split_first()?;
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
    let mut command = Command::new(name);
    command.args(arguments);
    // Escape sequences would be part of its lines.
    command.env("NO_COLOR", "1");
    let title = words.join(" ").replace(char::is_control, " ");
    let name = "your program".to_owned();
    Some(Program {
        title,
        name,
        command,
    })
}

/// Why a program could not be started, and what to do.
pub fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such command: is it spelt right, and installed?",
        io::ErrorKind::PermissionDenied => {
            "it may not be executed: is it a program (chmod +x), or should another run it, as in \
             `python3 file.py`?"
        }
        _ => "see whether it runs by itself.",
    }
}
