//! A chapter's program, run as a person does.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::group::Group;

/// A guard against hanging; every program is far from it.
const LIMIT: Duration = Duration::from_secs(60);

/// Within that time of a program's end, its other processes are gone.
const GONE: Duration = Duration::from_secs(1);

/// A chapter that runs. Dropping it kills all its processes.
pub struct Program {
    child: Child,
    /// Gone once nobody shall read it.
    stdout: Option<BufReader<ChildStdout>>,
}

/// How a program ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// Its processes that still ran a second later.
    pub left_behind: Vec<u32>,
    /// What was not yet read of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl Program {
    /// Starts a chapter in a process group of its own, with a temporary folder
    /// of its own if there is to be one.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[expect(clippy::expect_used, reason = "a part of tests")]
    pub fn start(chapter: &str, temporary: Option<&Path>) -> Program {
        let mut command = Command::new(program(chapter));
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
            .expect("the chapter starts");
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
    #[expect(clippy::expect_used, reason = "a part of tests")]
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().expect("stdout is open");
        stdout.read_line(&mut line).expect("text on stdout");
        assert!(line.ends_with('\n'), "one more line, not {line:?}");
        line.pop();
        line
    }

    /// Reads lines until one contains `part`, and gives that one.
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

    /// Its processes that run now, itself among them.
    pub fn processes(&self) -> Vec<u32> {
        self.group().running()
    }

    /// Signals all its processes, as a terminal does for Ctrl-C.
    pub fn signal_all(&self, signal: Signal) {
        self.group().signal(signal);
    }

    /// Those of its processes that still run after `limit`.
    pub fn outlasting(&self, limit: Duration) -> Vec<u32> {
        self.group().outlasting(limit)
    }

    /// Whether the program's own process has ended.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Stops to read stdout, as `head` does.
    pub fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Waits for the end of the program, and up to a second for that of its
    /// processes.
    ///
    /// # Panics
    ///
    /// When the program does not end.
    #[expect(clippy::expect_used, reason = "a part of tests")]
    pub fn end(mut self) -> Ended {
        let started = Instant::now();
        while !self.has_ended() {
            assert!(started.elapsed() < LIMIT, "the program hangs");
            thread::sleep(Duration::from_millis(2));
        }
        let left_behind = self.group().outlasting(GONE);
        // They hold stdout open.
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
        // It has ended now, if not before.
        let _ = self.child.wait();
    }
}

#[expect(clippy::expect_used, reason = "a part of tests")]
fn read_all(stream: Option<impl Read>) -> String {
    let mut text = String::new();
    if let Some(mut stream) = stream {
        stream.read_to_string(&mut text).expect("text");
    }
    text
}

/// Where the program of a chapter is. They are all built at the first question.
fn program(chapter: &str) -> PathBuf {
    static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(build);
    let program = PROGRAMS.join(chapter);
    assert!(program.exists(), "no program {}", program.display());
    program
}

/// Builds the programs of the workspace as this test was built, and gives
/// their folder.
#[expect(clippy::expect_used, reason = "a part of tests")]
fn build() -> PathBuf {
    // target/debug/deps/test-0123456789abcdef
    let test = env::current_exe().expect("the test's own program");
    let folder = test.ancestors().nth(2).expect("target/debug");
    let profile = match folder.file_name().and_then(OsStr::to_str) {
        None | Some("debug") => "dev",
        Some(profile) => profile,
    };
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--workspace",
            "--bins",
            "--profile",
            profile,
        ])
        .status();
    assert!(built.expect("cargo runs").success());
    folder.to_path_buf()
}
