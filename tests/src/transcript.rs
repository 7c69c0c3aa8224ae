//! Records what the programs of the lessons print, and which process and thread
//! prints it, with the eyes of `cargo compare`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use compare::{Limits, Run, Stdout, Transcript};

/// What runs a Python program.
pub fn python(program: &Path) -> Command {
    let mut python = Command::new("python3");
    python.arg(program).env("PYTHON_COLORS", "0");
    python
}

/// Runs a program to its end, or until it has printed nothing for so long; then it is
/// killed with all its processes.
///
/// # Panics
///
/// When it cannot be started.
pub fn record(command: Command, silence: Duration) -> Transcript {
    let limits = Limits {
        time: Duration::MAX,
        held: 0,
    };
    let run = Run::start(command, Stdout::Terminal, limits);
    let run = run.expect("the program starts");
    let mut transcript = Transcript::default();
    loop {
        match run.outputs().recv_timeout(silence) {
            Ok(output) => transcript.record(output),
            Err(error) if error.is_timeout() => run.stop(),
            Err(_) => return transcript,
        }
    }
}
