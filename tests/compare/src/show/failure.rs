//! Why there is no verdict, and what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why there is no verdict.
#[derive(Debug, Error)]
pub enum Failure {
    #[error("name the one chapter that your program belongs to, in place of `all`.")]
    AllWithCommand,
    #[error(
        "there is no {} to compare with: write it, or compare any two programs, as in `cargo \
         compare -- python3 my.py -- ./other`.", .0.display()
    )]
    NoTwin(PathBuf),
    #[error("there is no python3 here to run the Python side.")]
    NoPython,
    #[error("name a chapter, or give two programs: `cargo compare -- python3 one.py -- ./other`.")]
    TwoPrograms,
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Page(PathBuf, io::Error),
    #[error("with `all`, --page takes a folder, and {} cannot be one: {}", .0.display(), .1)]
    Folder(PathBuf, io::Error),
    #[error("{0} does not compile; see above.")]
    Build(String),
    #[error("`{program}` does not start, {} ({error})", advice(program, error))]
    Start { program: String, error: io::Error },
    #[error("Ctrl-C cannot be caught: {0}")]
    Signals(ctrlc::Error),
    #[error("nothing can be shown: {0}")]
    Output(#[from] io::Error),
    #[error("it was interrupted.")]
    Interrupted,
}

impl Failure {
    pub fn start(program: &str, error: io::Error) -> Failure {
        let program = program.to_owned();
        Failure::Start { program, error }
    }
}

/// Why a program could not be started, and what to do.
fn advice(program: &str, error: &io::Error) -> String {
    let file = program.split(' ').next().unwrap_or_default();
    let advice = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied if file.ends_with(".py") => {
            return format!("Python runs it: `-- python3 {program}`.");
        }
        io::ErrorKind::NotFound => "there is no such command: is it spelt right, and installed?",
        io::ErrorKind::PermissionDenied => {
            "it may not be executed: is it a program (chmod +x), or should another run it, as in \
             `python3 file.py`?"
        }
        _ => "see whether it runs by itself.",
    };
    advice.to_owned()
}
