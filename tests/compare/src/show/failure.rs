//! Why there is no verdict, and what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why there is no verdict.
#[derive(Debug)]
pub enum Failure {
    AllWithCommand,
    NoTwin(PathBuf),
    NoPython,
    TwoPrograms,
    Page(PathBuf, io::Error),
    Build(String),
    Start { program: String, error: io::Error },
    Signals(ctrlc::Error),
    Output(io::Error),
    Interrupted,
}

impl Failure {
    pub fn start(program: &str, error: io::Error) -> Failure {
        let program = program.to_owned();
        Failure::Start { program, error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::AllWithCommand => {
                f.write_str("name the one chapter that your program belongs to, in place of `all`.")
            }
            Failure::NoTwin(file) => write!(
                f,
                "there is no {} to compare with. Give a program in its place, as in `-- python3 \
                 my.py -- other`.",
                file.display()
            ),
            Failure::NoPython => f.write_str("there is no python3 here to run the Python side."),
            Failure::TwoPrograms => f.write_str(
                "name a chapter, or give two programs: `cargo compare -- python3 one.py -- ./other`.",
            ),
            Failure::Page(file, error) => {
                write!(f, "{} cannot be written: {error}", file.display())
            }
            Failure::Build(program) => write!(f, "{program} does not compile; see above."),
            Failure::Start { program, error } => {
                write!(f, "`{program}` does not start, {}", advice(error))?;
                write!(f, " ({error})")
            }
            Failure::Signals(error) => write!(f, "Ctrl-C cannot be caught: {error}"),
            Failure::Output(error) => write!(f, "nothing can be shown: {error}"),
            Failure::Interrupted => f.write_str("it was interrupted."),
        }
    }
}

/// Why a program could not be started, and what to do.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such command: is it spelt right, and installed?",
        io::ErrorKind::PermissionDenied => {
            "it may not be executed: is it a program (chmod +x), or should another run it, as in \
             `python3 file.py`?"
        }
        _ => "see whether it runs by itself.",
    }
}
