//! Runs each test in a process of its own.
//!
//! Forking needs a process with one thread, and the usual harness has several.
//! Here the harness has one, forks for each test, and checks what no test has
//! to say: that it comes to an end, and that nothing it started outlives it.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, dup2_stderr, setpgid};
use process_basic::Process;

use crate::chance::times;
use crate::group::Group;

/// A test, and its name.
pub type Test = (&'static str, fn());

/// The `main` of a test file without the usual harness: runs these functions.
#[macro_export]
macro_rules! alone {
    ($($test:ident),* $(,)?) => {
        fn main() -> std::process::ExitCode {
            $crate::alone::run(&[$((stringify!($test), $test)),*])
        }
    };
}

/// A guard against hanging; every quick test is far from it.
const LIMIT: Duration = Duration::from_secs(60);

/// Processes that were killed are gone within a second.
const GONE: Duration = Duration::from_secs(1);

/// Runs the tests one after the other; takes what `cargo test` passes on.
pub fn run(tests: &[Test]) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let trials = tests
        .iter()
        .map(|&(name, test)| Trial::test(name, move || run_alone(test)));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn run_alone(test: fn()) -> Result<(), Failed> {
    let mut stderr = tempfile::tempfile()?;
    let told = stderr.try_clone()?;
    let mut process = Process::new(enter, (test, told)).start()?;
    let group = Group::led_by(process.pid());
    let limit = LIMIT * times() as u32;
    let status = process.join_timeout(limit);
    let outlasting = group.outlasting(GONE);
    group.signal(Signal::SIGKILL);
    let flaw = match status? {
        None => Some(format!("it has not ended after {limit:?}")),
        Some(status) if !status.success() => Some(ended_with(status)),
        Some(_) if !outlasting.is_empty() => Some(format!("it left {outlasting:?} running")),
        Some(_) => None,
    };
    match flaw {
        Some(flaw) => Err(Failed::from(flaw + "\n" + &read_all(&mut stderr)?)),
        None => Ok(()),
    }
}

/// The test's process: a group of its own, and nothing on the terminal.
fn enter(test: fn(), stderr: File) -> nix::Result<()> {
    setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
    dup2_stderr(stderr)?;
    test();
    Ok(())
}

fn ended_with(status: ExitStatus) -> String {
    format!("it ended with {status}")
}

fn read_all(file: &mut File) -> io::Result<String> {
    let mut text = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
