//! Runs a chapter as a person does.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::group::Group;
use crate::workspace;

/// A guard against hanging: every program takes much less.
const LIMIT: Duration = Duration::from_secs(60);

/// A program's other processes are gone this long after its end.
const GONE: Duration = Duration::from_secs(1);

/// A running program. Dropping it kills all its processes.
pub struct Program {
    child: Child,
    /// None once it is closed.
    stdout: Option<BufReader<ChildStdout>>,
}

/// How a program ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// Its processes that still ran a second later.
    pub left_behind: Vec<u32>,
    /// What was not yet read of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl Program {
    /// Starts a chapter in a process group of its own, with `temporary` as its
    /// folder for temporary files, if there is one.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn start(chapter: &str, temporary: Option<&Path>) -> Program {
        let mut command = Command::new(workspace::program(chapter));
        if let Some(folder) = temporary {
            command.env("TMPDIR", folder);
        }
        let mut child = command
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().map(BufReader::new);
        Program { child, stdout }
    }

    /// The PID of the program itself.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line of stdout.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().expect("stdout is open");
        stdout.read_line(&mut line).expect("text on stdout");
        assert!(line.ends_with('\n'), "one more line, not {line:?}");
        line.pop();
        line
    }

    /// Reads lines until a line contains `part`, and returns that line.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn line_with(&mut self, part: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Signals all its processes, as a terminal does for Ctrl-C.
    pub fn signal_all(&self, signal: Signal) {
        self.group().signal(signal);
    }

    fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Stops reading stdout, as `head` does.
    pub fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Waits for the end of the program, and up to a second for the end of its
    /// other processes.
    ///
    /// # Panics
    ///
    /// When the program does not end.
    pub fn end(mut self) -> Ended {
        let started = Instant::now();
        while !self.has_ended() {
            assert!(started.elapsed() < LIMIT, "the program hangs");
            thread::sleep(Duration::from_millis(2));
        }
        let left_behind = self.group().outlasting(GONE);
        // While they run, stdout stays open.
        self.signal_all(Signal::SIGKILL);
        Ended {
            status: self.child.wait().expect("it has ended"),
            left_behind,
            stdout: read_all(self.stdout.as_mut()),
            stderr: read_all(self.child.stderr.as_mut()),
        }
    }

    fn group(&self) -> Group {
        Group::led_by(self.pid())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signal_all(Signal::SIGKILL);
        // The signal has ended it, so this returns at once.
        let _ = self.child.wait();
    }
}

fn read_all(stream: Option<impl Read>) -> String {
    let mut text = String::new();
    if let Some(mut stream) = stream {
        stream.read_to_string(&mut text).expect("text");
    }
    text
}
