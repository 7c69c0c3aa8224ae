//! Runs each test in a process of its own.
//!
//! Forking needs a process with one thread, and a test harness has several. So
//! the harness starts its own program again for each test, and checks that the
//! test ends and that nothing it started runs longer.

use std::env;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;

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

/// The environment variable that tells the program which test to run.
const TEST: &str = "TEST_ALONE";

/// A guard against hanging: a quick test takes much less.
const LIMIT: Duration = Duration::from_secs(60);

/// Killed processes are gone within this time.
const GONE: Duration = Duration::from_secs(1);

/// Runs the tests. The arguments are those of `cargo test`.
pub fn run(tests: &[Test]) -> ExitCode {
    let Ok(name) = env::var(TEST) else {
        let arguments = Arguments::from_args();
        let trials = tests
            .iter()
            .map(|&(name, _)| Trial::test(name, || run_alone(name)));
        return libtest_mimic::run(&arguments, trials.collect()).exit_code();
    };
    set_pdeathsig(Signal::SIGKILL).expect("a test dies with its harness");
    let test = tests.iter().find(|(known, _)| *known == name);
    test.expect("the harness names a test of its own").1();
    ExitCode::SUCCESS
}

fn run_alone(name: &str) -> Result<(), Failed> {
    let mut output = tempfile::tempfile()?;
    let mut child = Command::new(env::current_exe()?)
        .env(TEST, name)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .spawn()?;
    let group = Group::led_by(child.id());
    let limit = LIMIT * times() as u32;
    let status = wait(&mut child, limit)?;
    let outlasting = group.outlasting(GONE);
    group.signal(Signal::SIGKILL);
    child.wait()?;
    let flaw = match status {
        None => format!("it has not ended after {limit:?}"),
        Some(status) if !status.success() => format!("it ended with {status}"),
        Some(_) if !outlasting.is_empty() => format!("it left {outlasting:?} running"),
        Some(_) => return Ok(()),
    };
    Err(Failed::from(flaw + "\n" + &read_all(&mut output)?))
}

/// Waits at most `limit`; `None` when the process still runs then.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        let status = child.try_wait()?;
        if status.is_some() || started.elapsed() > limit {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn read_all(file: &mut File) -> io::Result<String> {
    let mut text = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
