//! Runs the trials of a package: many at once, each in a process of its own.
//!
//! The harness starts its own program again for each trial. So a trial has one
//! thread, and may fork; it may change its limits, its signals and its stdout. What
//! it prints is shown only when it fails. A trial that hangs is a failure, and so
//! is one that leaves a process running.
//!
//! Most trials wait most of the time, so there are more of them at once than there
//! are cores. A trial that must be alone runs after all others.

use std::env;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio, exit};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Completion, Failed};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::geteuid;

use crate::chance::times;
use crate::group::Group;
use crate::workspace;

/// A test, by its name.
pub struct Trial {
    name: String,
    kind: Kind,
    test: Box<dyn FnOnce()>,
}

#[derive(Clone, Copy, Default)]
struct Kind {
    alone: bool,
    ignored: bool,
}

impl Trial {
    /// The test fails when it panics.
    pub fn new(name: impl Into<String>, test: impl FnOnce() + 'static) -> Trial {
        Trial {
            name: name.into(),
            kind: Kind::default(),
            test: Box::new(test),
        }
    }

    /// No other trial runs beside this one.
    pub fn alone(mut self) -> Trial {
        self.kind.alone = true;
        self
    }

    /// As [`alone`](Trial::alone), but not for root: there, the trial changes to a user
    /// of its own, whose limits are nobody else's.
    pub fn alone_unless_root(mut self) -> Trial {
        self.kind.alone = !geteuid().is_root();
        self
    }

    /// It runs only with `--ignored`.
    pub fn ignored(mut self) -> Trial {
        self.kind.ignored = true;
        self
    }
}

/// A module's name, and what makes its trials.
pub type Module = (&'static str, fn() -> Vec<Trial>);

/// The [`Module`]s of these names. Each has a function `trials`.
#[macro_export]
macro_rules! modules {
    ($($module:ident),* $(,)?) => {
        &[$((stringify!($module), $module::trials as fn() -> Vec<$crate::harness::Trial>)),*]
    };
}

/// The [`Trial`]s of these functions. Behind a name may be what kind they are:
/// `: alone`, for instance.
#[macro_export]
macro_rules! trials {
    ($($(#[$attribute:meta])* $test:ident $(: $($kind:ident)+)?),* $(,)?) => {
        vec![$(
            $(#[$attribute])*
            $crate::harness::Trial::new(stringify!($test), $test)$($(.$kind())+)?
        ),*]
    };
}

/// How many trials run at once, without `--test-threads`.
const AT_ONCE: usize = 12;

/// The environment variable that holds the name of the trial to run.
const TRIAL: &str = "TRIAL";

/// The environment variable that holds how many of the slowest trials to print.
const SLOWEST: &str = "SLOWEST";

/// A guard against hanging: a trial takes much less.
const LIMIT: Duration = Duration::from_secs(300);

/// Killed processes are gone within this time; napping ones are not.
const GONE: Duration = Duration::from_secs(1);

/// The exit code of a trial that could not be made.
const SKIPPED: i32 = 77;

/// Runs the trials of all modules, by the arguments of `cargo test`. A trial's name
/// is `module::name`. The packages whose programs the trials run are built before
/// the first of them.
pub fn run(packages: &[&str], modules: &[Module]) -> ExitCode {
    match env::var(TRIAL) {
        Ok(name) => run_here(modules, &name),
        Err(_) => run_all(packages, modules),
    }
}

fn run_here(modules: &[Module], name: &str) -> ExitCode {
    set_pdeathsig(Signal::SIGKILL).expect("a trial dies with its harness");
    let (module, _) = name.split_once("::").expect("module::name");
    let module = modules.iter().find(|(known, _)| *known == module);
    let mut trials = trials_of(module.expect("a known module")).into_iter();
    let trial = trials.find(|trial| trial.name == name);
    (trial.expect("a known trial").test)();
    ExitCode::SUCCESS
}

/// The trials of a module, by their whole names.
fn trials_of((module, trials): &Module) -> Vec<Trial> {
    let mut trials = trials();
    for trial in &mut trials {
        trial.name = format!("{module}::{}", trial.name);
    }
    trials
}

/// Ends the trial that calls it: it is reported as ignored.
pub fn skip(reason: &str) -> ! {
    eprint!("{reason}");
    exit(SKIPPED)
}

fn run_all(packages: &[&str], modules: &[Module]) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let libraries = match arguments.list {
        true => String::new(),
        false => workspace::build(packages),
    };
    let runner = Arc::new(Runner {
        libraries,
        ..Runner::default()
    });
    let mut trials: Vec<Trial> = modules.iter().flat_map(trials_of).collect();
    trials.sort_by_key(|trial| trial.kind.alone);
    let trials = trials.into_iter().map(|Trial { name, kind, .. }| {
        let runner = Arc::clone(&runner);
        let run = {
            let name = name.clone();
            move || runner.run_in_turn(&name, kind)
        };
        libtest_mimic::Trial::ignorable_test(name, run).with_ignored_flag(kind.ignored)
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if let Ok(number) = env::var(SLOWEST) {
        runner.print_slowest(number.parse().expect("SLOWEST is a number"));
    }
    conclusion.exit_code()
}

/// Runs trials, many at once.
#[derive(Default)]
struct Runner {
    /// What [`workspace::build`] has returned.
    libraries: String,
    /// A trial that must be alone writes, all others read.
    turn: RwLock<()>,
    times: Mutex<Vec<(Duration, String)>>,
}

type Outcome = Result<Completion, Failed>;

impl Runner {
    fn run_in_turn(&self, name: &str, kind: Kind) -> Outcome {
        if kind.alone {
            let _alone = self.turn.write();
            self.run_and_time(name)
        } else {
            let _beside_others = self.turn.read();
            self.run_and_time(name)
        }
    }

    fn run_and_time(&self, name: &str) -> Outcome {
        let started = Instant::now();
        let outcome = self.run(name);
        let time = (started.elapsed(), name.to_string());
        self.times.lock().expect("no panic").push(time);
        outcome
    }

    /// Runs a trial in a process of its own.
    fn run(&self, name: &str) -> Outcome {
        let mut output = tempfile::tempfile()?;
        let mut child = Command::new(env::current_exe()?)
            .env(TRIAL, name)
            .env(workspace::LIBRARIES, &self.libraries)
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
        let output = read_all(&mut output)?;
        let flaw = match status {
            None => format!("it has not ended after {limit:?}"),
            Some(status) if status.code() == Some(SKIPPED) => {
                return Ok(Completion::ignored_with(output));
            }
            Some(status) if !status.success() => format!("it ended with {status}"),
            Some(_) if !outlasting.is_empty() => format!("it left {outlasting:?} running"),
            Some(_) => return Ok(Completion::Completed),
        };
        Err(Failed::from(flaw + "\n" + &output))
    }

    fn print_slowest(&self, number: usize) {
        let mut times = self.times.lock().expect("no panic");
        times.sort_unstable();
        println!("the slowest trials:");
        for (time, name) in times.iter().rev().take(number) {
            println!("{:8.2} s  {name}", time.as_secs_f64());
        }
        println!();
    }
}

/// Waits at most `limit`; `None` when the process still runs then.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        let status = child.try_wait()?;
        if status.is_some() || started.elapsed() > limit {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn read_all(file: &mut File) -> io::Result<String> {
    let mut text = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
