//! Runs a program as a person does, and records what it prints and how it ends.
//!
//! The program gets a pseudo-terminal as stdout, because in a pipe many
//! languages hold lines back until a process ends. It leads a process group of
//! its own. When the run is over, all its processes have ended.
//!
//! ```text
//! stdout, stderr ───────► supervisor ──► lines, at last the end
//!                             ▲
//! writes, ends ──► tracer ────┘
//! ```

mod activity;
mod line_splitter;
mod processes;
pub mod pty;
mod start;
mod supervisor;
mod tracer;
mod writes;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam::channel::{self, Receiver};
use nix::unistd::Pid;

use crate::language::Text;
use crate::run::processes::{MARK, Processes};
use crate::run::start::start;
use crate::run::supervisor::{Stream, Supervisor};
pub use crate::run::tracer::HOLD;
use crate::transcript::{End, Line, Transcript};

/// What stdout of a program is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stdout {
    /// A terminal, as when a person runs it.
    Terminal,
    /// A pipe, as in `program | cat`.
    Pipe,
}

/// How far a run may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time from its start; a program that takes longer is killed.
    pub time: Duration,
    /// How many of its processes' ends are held back, to see whether somebody waits for
    /// them. (A script that starts a process in each line would take too long.)
    pub held: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            time: Duration::from_secs(30),
            held: 20,
        }
    }
}

/// What comes out of a run.
#[derive(Clone, Debug)]
pub enum Output {
    /// A line of stdout.
    Line(Line),
    /// A line of stderr.
    ErrorLine(Line),
    /// The end, after which nothing comes.
    End(End),
}

/// A running program. Dropping it kills the program.
pub struct Run {
    outputs: Receiver<Output>,
    processes: Processes,
    stop: Arc<AtomicBool>,
    supervisor: Option<JoinHandle<()>>,
}

impl Run {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// When it cannot be started, e.g. because there is no such command.
    pub fn start(mut command: Command, stdout: Stdout, limits: Limits) -> io::Result<Run> {
        let (stdout, stdout_side) = output(stdout)?;
        let (stderr, stderr_side) = output(Stdout::Terminal)?;
        let mark = new_mark();
        command
            .stdin(Stdio::null())
            .stdout(stdout_side)
            .stderr(stderr_side)
            .process_group(0)
            .env(MARK, &mark)
            // It would tear lines: Python then writes a line and its end separately.
            .env_remove("PYTHONUNBUFFERED");
        let started = Instant::now();
        let writes = Arc::default();
        let (child, traced) = start(command, started, limits.held, Arc::clone(&writes))?;
        let leader = Pid::from_raw(child.id() as i32);
        let processes = Processes { leader, mark };
        let stop = Arc::new(AtomicBool::new(false));
        let (outputs_in, outputs) = channel::unbounded();
        let supervisor = Supervisor {
            child,
            started,
            processes: processes.clone(),
            limit: limits.time,
            streams: [stdout, stderr],
            writes,
            traced,
            stop: Arc::clone(&stop),
            outputs: outputs_in,
            lines: 0,
            bytes: 0,
            last_beat: Duration::ZERO,
            late: Vec::new(),
            killed: None,
            end: None,
        };
        Ok(Run {
            outputs,
            processes,
            stop,
            supervisor: Some(thread::spawn(|| supervisor.supervise())),
        })
    }

    /// Its lines as they come, and at last its end.
    pub fn outputs(&self) -> &Receiver<Output> {
        &self.outputs
    }

    /// The PID of its first process.
    pub fn pid(&self) -> u32 {
        self.processes.leader.as_raw() as u32
    }

    /// What each of its processes does at this moment, as in `waiting for a child`, with
    /// its PID.
    pub fn activities(&self) -> Vec<(u32, Text)> {
        activity::activities(&self.processes)
    }

    /// Kills the program; its end comes out as
    /// [`Ending::Stopped`](crate::Ending::Stopped).
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Waits for the end.
    pub fn finish(self) -> Transcript {
        let mut transcript = Transcript::default();
        for output in &self.outputs {
            transcript.record(output);
        }
        transcript
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop();
        if let Some(supervisor) = self.supervisor.take() {
            // If the supervisor panicked, its message is already on stderr.
            let _ = supervisor.join();
        }
    }
}

/// Tells the runs on this machine apart.
fn new_mark() -> String {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    format!("{}-{run}", std::process::id())
}

/// The side to read, and the side for the program.
fn output(kind: Stdout) -> io::Result<(Stream, Stdio)> {
    let (file, stdio) = match kind {
        Stdout::Terminal => {
            let (master, slave) = pty::open()?;
            (master, slave.into())
        }
        Stdout::Pipe => {
            let (reader, writer) = io::pipe()?;
            (OwnedFd::from(reader).into(), writer.into())
        }
    };
    Ok((Stream::new(file)?, stdio))
}
