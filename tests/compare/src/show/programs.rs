//! The two programs: how each is called, and what it needs before it runs.

use std::env;
use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use compare::language::{Language, Text};
use compare::{Chapter, text, workspace};

use crate::show::Subject;
use crate::show::error::Error;

/// A program to be run.
pub struct Program {
    /// Over its column.
    pub title: String,
    /// In a sentence of the reader's language.
    pub name: String,
    /// Its text, where there is one.
    pub source: Option<PathBuf>,
    pub command: Command,
}

impl Program {
    /// What it prints is to be plain text, as in its lesson: without a backtrace.
    fn new(name: String, source: Option<PathBuf>, mut command: Command) -> Program {
        command.env("NO_COLOR", "1").env("PYTHON_COLORS", "0");
        command.env_remove("RUST_BACKTRACE");
        Program {
            title: name.clone(),
            name,
            source,
            command,
        }
    }
}

/// The programs to compare, built where they need it. The reader's own command
/// takes the place of the chapter or the exercise; without a Python, a chapter is
/// alone.
pub fn find(
    subject: &Subject,
    command: &[OsString],
    language: Language,
) -> Result<Vec<Program>, Error> {
    let own_program = || own(command, &Text::new("your program", "你的程序"), language);
    match subject {
        Subject::Programs => two(command, language),
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

fn twin(chapter: Chapter, exercise: &str) -> Result<Program, Error> {
    let file = chapter.example(&format!("{exercise}.py"));
    if !file.exists() {
        let file = file.display();
        return Err(Error::Said(text!(
            "there is no {file} to compare with: write it, or compare any two programs, as in \
             `cargo compare -- python3 my.py -- ./other`.",
            "没有可比较的 {file}：请写一个，或者比较任意两个程序，例如 \
             `cargo compare -- python3 my.py -- ./other`。"
        )));
    }
    python(file).ok_or(Error::Said(Text::new(
        "there is no python3 here to run the Python side.",
        "这里没有 python3，不能运行 Python 程序。",
    )))
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
    command.arg(&file);
    let name = file.file_name()?.to_string_lossy().into_owned();
    Some(Program::new(name, Some(file), command))
}

/// A program of a chapter's package: built first, so that compiling does not
/// count as running.
fn built(chapter: Chapter, kind: &str, name: &str, source: PathBuf) -> Result<Program, Error> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "-p", chapter.name(), kind, name]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let built = build.current_dir(workspace()).status();
    let built = built.map_err(|error| Error::start("cargo", &error))?;
    if !built.success() {
        return Err(Error::Said(text!(
            "{name} does not compile; see above.",
            "{name} 无法编译，请看上面。"
        )));
    }
    // Cargo puts all programs of a workspace into the same folder, examples one
    // below.
    let own = env::current_exe().map_err(Error::Output)?;
    let path = match kind {
        "--example" => own.with_file_name("examples").join(name),
        _ => own.with_file_name(name),
    };
    Ok(Program::new(
        name.to_owned(),
        Some(source),
        Command::new(path),
    ))
}

/// A program of the reader's.
fn own(words: &[OsString], name: &Text, language: Language) -> Option<Program> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments);
    let source = words.iter().map(PathBuf::from).find(|path| is_text(path));
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let name = name.to(language).to_owned();
    Some(Program {
        title: words.join(" ").replace(char::is_control, " "),
        ..Program::new(name, source, command)
    })
}

/// Two programs of the reader's, with `--` between them.
fn two(words: &[OsString], language: Language) -> Result<Vec<Program>, Error> {
    let mut commands = words.splitn(2, |word| word == "--");
    let mut next = |name| own(commands.next()?, &name, language);
    let first = next(Text::new("the first program", "第一个程序"));
    match (first, next(Text::new("the second program", "第二个程序"))) {
        (Some(one), Some(other)) => Ok(vec![one, other]),
        _ => Err(Error::Said(Text::new(
            "name a chapter, or give two programs: `cargo compare -- python3 one.py -- ./other`.",
            "请写出一章，或者给出两个程序：`cargo compare -- python3 one.py -- ./other`。",
        ))),
    }
}

/// Whether this is a file that a person has written: it has a name with an end,
/// as in `pool.py`, and is not large.
fn is_text(path: &Path) -> bool {
    const LARGE: u64 = 20_000;
    let is_small_file = |data: Metadata| data.is_file() && data.len() < LARGE;
    path.extension().is_some() && path.metadata().is_ok_and(is_small_file)
}
