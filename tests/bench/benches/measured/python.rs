//! The one `python3` program that does the work of all rows.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use nix::unistd::Pid;

use crate::measure::Sample;
use crate::memory;
use crate::row::{Result, Row};

const IMPORTS: &str = "\
import os, platform, resource, subprocess, sys
from multiprocessing import Pipe, Pool, Process, Queue
from threading import Thread
from time import perf_counter
";

/// Reads calls, evaluates each, and answers with the seconds it took and the
/// processor time.
const MAIN: &str = r#"
def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime for u in used), sum(u.ru_stime for u in used)


if __name__ == "__main__":
    print(platform.python_version(), flush=True)
    for call in sys.stdin:
        user, system = cpu()
        seconds = eval(call)
        user_after, system_after = cpu()
        print(seconds, user_after - user, system_after - system, flush=True)
"#;

/// The program as it runs.
pub struct Python {
    process: Child,
    calls: ChildStdin,
    answers: BufReader<ChildStdout>,
    version: String,
}

impl Python {
    /// Starts the program; `None` when there is no `python3`.
    pub fn start(rows: &[Row]) -> Result<Option<Python>> {
        // A file, because Python's spawn and forkserver import the program again.
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("measured.py");
        let rows = rows.iter().map(|row| row.python.source);
        let sources = [IMPORTS].into_iter().chain(rows);
        let sources = sources.chain([memory::PYTHON, MAIN]);
        fs::write(&program, sources.collect::<Vec<_>>().join("\n\n"))?;
        let process = Command::new("python3")
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = match process {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            process => process?,
        };
        let calls = process.stdin.take().ok_or("python3 has no stdin")?;
        let answers = process.stdout.take().ok_or("python3 has no stdout")?;
        let mut python = Python {
            process,
            calls,
            answers: BufReader::new(answers),
            version: String::new(),
        };
        python.version = python.answer()?;
        Ok(Some(python))
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id().cast_signed())
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// Evaluates a call that returns seconds.
    pub fn call(&mut self, call: &str) -> Result<Sample> {
        writeln!(self.calls, "{call}")?;
        let answer = self.answer()?;
        let numbers = answer.split_whitespace().map(str::parse);
        let numbers: Vec<f64> = numbers.collect::<std::result::Result<_, _>>()?;
        match numbers[..] {
            [time, user, system] => Ok(Sample { time, user, system }),
            _ => Err(format!("python3 answered {answer:?} to {call}").into()),
        }
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err("python3 has ended; see its messages above".into()),
            _ => Ok(line.trim().to_string()),
        }
    }
}
