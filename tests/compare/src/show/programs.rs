//! The two programs: how each is called, and what it needs before it runs.

use std::env;
use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use compare::{Chapter, workspace};
use nix::libc;

use crate::show::Subject;
use crate::show::failure::Failure;

/// What a program reports that has caught Ctrl-C, and ended.
const INTERRUPTED: i32 = 130;

/// A program to be run.
pub struct Program {
    /// Over its column.
    pub title: String,
    /// In a sentence.
    pub name: String,
    /// Its text, where there is one.
    pub source: Option<PathBuf>,
    pub command: Command,
}

/// The programs to compare, built where they need it. The reader's own command
/// takes the place of the chapter or the exercise; without a Python, a chapter is
/// alone.
pub fn find(subject: &Subject, command: &[OsString]) -> Result<Vec<Program>, Failure> {
    let own_program = || own(command, "your program");
    match subject {
        Subject::Programs => two(command),
        Subject::Exercise(chapter, name) => {
            let twin = twin(*chapter, name)?;
            let source = chapter.example(&format!("{name}.rs"));
            let exercise = || built(*chapter, "--example", name, source);
            Ok(vec![twin, own_program().map_or_else(exercise, Ok)?])
        }
        Subject::Chapter(chapter) => {
            let main = || built(*chapter, "--bin", chapter.name(), chapter.main());
            let program = own_program().map_or_else(main, Ok)?;
            let notes = python(chapter.notes());
            Ok(notes.into_iter().chain([program]).collect())
        }
    }
}

fn twin(chapter: Chapter, exercise: &str) -> Result<Program, Failure> {
    let file = chapter.example(&format!("{exercise}.py"));
    if !file.exists() {
        return Err(Failure::NoTwin(file));
    }
    python(file).ok_or(Failure::NoPython)
}

/// None when there is no Python to run it.
fn python(file: PathBuf) -> Option<Program> {
    let version = Command::new("python3")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !version.is_ok_and(|status| status.success()) {
        return None;
    }
    let mut command = Command::new("python3");
    command.arg(&file).env("PYTHON_COLORS", "0");
    let name = file.file_name()?.to_string_lossy().into_owned();
    Some(Program {
        title: name.clone(),
        name,
        source: Some(file),
        command,
    })
}

/// A program of a chapter's package: built first, so that compiling does not
/// count as running.
fn built(chapter: Chapter, kind: &str, name: &str, source: PathBuf) -> Result<Program, Failure> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "-p", chapter.name(), kind, name]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let built = build.current_dir(workspace()).status();
    let built = built.map_err(|error| Failure::start("cargo", error))?;
    // Ctrl-C ends cargo as well, before compare may have heard of it.
    let interrupted = built.signal() == Some(libc::SIGINT) || built.code() == Some(INTERRUPTED);
    if interrupted {
        return Err(Failure::Interrupted);
    }
    if !built.success() {
        return Err(Failure::Build(name.to_owned()));
    }
    // Cargo puts all programs of a workspace into the same folder, examples one
    // below.
    let own = env::current_exe().map_err(Failure::Output)?;
    let path = match kind {
        "--example" => own.with_file_name("examples").join(name),
        _ => own.with_file_name(name),
    };
    let mut command = Command::new(path);
    // A backtrace is not in the lesson.
    command.env_remove("RUST_BACKTRACE");
    Ok(Program {
        title: name.to_owned(),
        name: name.to_owned(),
        source: Some(source),
        command,
    })
}

/// A program of the reader's.
fn own(words: &[OsString], name: &str) -> Option<Program> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments);
    // Its lines are to be plain text.
    command.env("NO_COLOR", "1").env("PYTHON_COLORS", "0");
    let source = words.iter().map(PathBuf::from).find(|path| is_text(path));
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let title = words.join(" ").replace(char::is_control, " ");
    Some(Program {
        title,
        name: name.to_owned(),
        source,
        command,
    })
}

/// Two programs of the reader's, with `--` between them.
fn two(words: &[OsString]) -> Result<Vec<Program>, Failure> {
    let mut commands = words.splitn(2, |word| word == "--");
    let mut next = |name| own(commands.next()?, name);
    match (next("the first program"), next("the second program")) {
        (Some(one), Some(other)) => Ok(vec![one, other]),
        _ => Err(Failure::TwoPrograms),
    }
}

/// Whether this is a file that a person has written: it has a name with an end,
/// as in `pool.py`, and is not large.
fn is_text(path: &Path) -> bool {
    const LARGE: u64 = 100_000;
    let is_small_file = |data: Metadata| data.is_file() && data.len() < LARGE;
    path.extension().is_some() && path.metadata().is_ok_and(is_small_file)
}
