//! Runs a program as a person does, and records what it prints and how it ends.
//!
//! The program gets a pseudo-terminal as stdout, because in a pipe many
//! languages hold lines back until a process ends. It leads a process group of
//! its own. When the run is over, all its processes have ended.
//!
//! ```text
//! stdout ──┬─reader──┐
//! stderr ──┘         │
//! writes ──┬─tracer──┼──► supervisor ──► lines, at last the end
//! exit ────┘         │         ▲
//! the clock ─────────┘         └── stop
//! ```

mod activity;
mod line_splitter;
mod processes;
pub mod pty;
mod pulse;
mod reader;
mod start;
mod stdin;
mod tracer;
pub(crate) mod transcript;
mod writes;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam::channel::{self, Receiver, Sender, never, select};
use nix::unistd::Pid;

pub use crate::run::activity::Activity;
use crate::run::line_splitter::LineSplitter;
use crate::run::processes::{MARK, Processes};
use crate::run::pulse::Pulse;
use crate::run::reader::{Piece, Source};
use crate::run::start::{Started, start};
use crate::run::stdin::EmptyStdin;
pub use crate::run::tracer::HOLD;
use crate::run::tracer::{Exit, Halted};
use crate::run::transcript::{End, Ending, Line, Transcript};
use crate::run::writes::{Write, Writes};

/// How often the supervisor checks whether processes are left behind.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// How long a program's other processes may outlive it: enough for helpers
/// that end by themselves (Python's resource tracker), also on a busy machine.
const GRACE: Duration = Duration::from_millis(1500);

/// A program that runs on for this long after its stdout was closed has closed it
/// too early.
const CLOSED_EARLY: Duration = Duration::from_millis(500);

/// What stdout of a program is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stdout {
    /// A terminal, as when a person runs it.
    Terminal,
    /// A pipe, as in `program | cat`.
    Pipe,
}

/// The most that a program may use. One that uses more is killed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time from its start.
    pub time: Duration,
    /// Lines on stdout and stderr together.
    pub lines: usize,
    /// Bytes on stdout and stderr together.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        let time = Duration::from_secs(30);
        Limits {
            time,
            lines: 1000,
            bytes: 16 << 20,
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
    stop: Option<Sender<()>>,
    supervisor: Option<JoinHandle<()>>,
}

impl Run {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// When it cannot be started, e.g. because there is no such command.
    pub fn start(mut command: Command, stdout: Stdout, limits: Limits) -> io::Result<Run> {
        let stdin = EmptyStdin::new()?;
        let mark = new_mark();
        let (stdout, stdout_side) = output(stdout)?;
        let (stderr, stderr_side) = output(Stdout::Terminal)?;
        let pieces = reader::read(stdout, stderr)?;
        command
            .stdin(stdin.stdio()?)
            .stdout(stdout_side)
            .stderr(stderr_side)
            .process_group(0)
            .env(MARK, &mark)
            // It would tear lines: Python then writes a line and its end separately.
            .env_remove("PYTHONUNBUFFERED");
        let started = Instant::now();
        let pulse = Pulse::start();
        let halted = Halted::default();
        let Started {
            child,
            writes,
            exit,
        } = start(command, started, halted.clone())?;
        let leader = Pid::from_raw(child.id() as i32);
        let (outputs_in, outputs) = channel::unbounded();
        let (stop, stopped) = channel::bounded(0);
        let processes = Processes {
            leader,
            mark,
            halted,
        };
        let supervisor = Supervisor {
            started,
            pulse,
            waited: Duration::ZERO,
            last_look: started,
            limits,
            pieces,
            writes,
            last_write: Source::Stdout,
            stdout: Stream::default(),
            stderr: Stream::default(),
            exit,
            deadline: channel::at(started + limits.time),
            stopped,
            outputs: outputs_in,
            stdin,
            processes: processes.clone(),
            child,
            exited: None,
            killed: None,
        };
        let supervisor = thread::spawn(move || supervisor.supervise());
        Ok(Run {
            outputs,
            processes,
            stop: Some(stop),
            supervisor: Some(supervisor),
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

    /// What each of its processes does at this moment.
    pub fn activities(&self) -> Vec<Activity> {
        activity::activities(&self.processes)
    }

    /// Kills the program; its end comes out as [`Ending::Stopped`].
    pub fn stop(&mut self) {
        self.stop = None;
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
fn output(kind: Stdout) -> io::Result<(File, Stdio)> {
    match kind {
        Stdout::Terminal => {
            let (master, slave) = pty::open()?;
            Ok((OwnedFd::from(master).into(), slave.into()))
        }
        Stdout::Pipe => {
            let (reader, writer) = io::pipe()?;
            Ok((OwnedFd::from(reader).into(), writer.into()))
        }
    }
}

/// One output of the program.
#[derive(Default)]
struct Stream {
    writes: Writes,
    splitter: LineSplitter,
    /// When it was closed.
    closed: Option<Instant>,
}

/// Watches over one run, to its end.
struct Supervisor {
    started: Instant,
    pulse: Pulse,
    /// For how long its other processes were waited for, and when they were looked at
    /// last.
    waited: Duration,
    last_look: Instant,
    /// What is left of the limits.
    limits: Limits,
    pieces: Receiver<Piece>,
    writes: Receiver<Write>,
    /// To which output the last write went.
    last_write: Source,
    stdout: Stream,
    stderr: Stream,
    exit: Receiver<Exit>,
    deadline: Receiver<Instant>,
    stopped: Receiver<()>,
    outputs: Sender<Output>,
    stdin: EmptyStdin,
    processes: Processes,
    child: Child,
    /// The end of its first process.
    exited: Option<Exit>,
    /// Why the program was killed.
    killed: Option<Ending>,
}

impl Supervisor {
    fn supervise(mut self) {
        let limit = self.limits.time;
        while !self.is_over() {
            select! {
                recv(self.pieces) -> piece => match piece {
                    Ok(piece) => self.read(piece),
                    Err(_) => self.pieces = never(),
                },
                recv(self.exit) -> exit => {
                    self.exit = never();
                    self.exited = Some(exit.unwrap_or_else(|_| Exit::unseen()));
                }
                recv(self.deadline) -> _ => if self.exited.is_none() {
                    self.kill(Ending::TimeLimit(limit));
                },
                recv(self.stopped) -> _ => {
                    self.stopped = never();
                    self.kill(Ending::Stopped);
                }
                default(CHECK_INTERVAL) => {}
            }
        }
        self.end();
    }

    /// Whether the program has ended, and no output can come any more or the time
    /// for it ([`GRACE`]) is over.
    fn is_over(&mut self) -> bool {
        let look = self.last_look.elapsed();
        self.last_look = Instant::now();
        if self.exited.is_none() {
            return false;
        }
        // While compare itself was held up, so were they.
        self.waited += look.min(2 * CHECK_INTERVAL);
        let quiet = self.stdout.closed.is_some() && self.stderr.closed.is_some();
        quiet && self.processes.others() == 0 || self.waited > GRACE
    }

    fn read(&mut self, Piece { source, at, bytes }: Piece) {
        // A write is told before its bytes can be read.
        while let Ok(write) = self.writes.try_recv() {
            self.take(write);
        }
        let started = self.started;
        let stream = self.stream(source);
        if bytes.is_empty() {
            stream.closed = Some(at);
        }
        let mut lines = Vec::new();
        for (origin, part) in stream.writes.parts(&bytes) {
            let (writer, at) = match origin {
                Some((writer, at)) => (Some(writer), at),
                None => (None, at),
            };
            lines.extend(stream.splitter.feed(part, writer, at - started));
        }
        let output = match source {
            Source::Stdout => Output::Line as fn(Line) -> Output,
            Source::Stderr => Output::ErrorLine as _,
        };
        self.report_lines(bytes.len(), lines, output);
    }

    fn take(&mut self, write: Write) {
        match write {
            Write::Begins {
                to,
                writer,
                at,
                bytes,
            } => {
                self.last_write = to;
                self.stream(to).writes.begin(writer, at, bytes);
            }
            Write::Ends { written } => self.stream(self.last_write).writes.end(written),
        }
    }

    fn stream(&mut self, source: Source) -> &mut Stream {
        match source {
            Source::Stdout => &mut self.stdout,
            Source::Stderr => &mut self.stderr,
        }
    }

    /// Drops the lines beyond the limits, and kills the program if there are any.
    fn report_lines(&mut self, bytes: usize, mut lines: Vec<Line>, output: fn(Line) -> Output) {
        let limits = &mut self.limits;
        let too_much = lines.len() > limits.lines || bytes > limits.bytes;
        lines.truncate(limits.lines);
        limits.lines -= lines.len();
        limits.bytes = limits.bytes.saturating_sub(bytes);
        if too_much {
            self.kill(Ending::TooMuchOutput);
        }
        lines.into_iter().for_each(|line| self.report(output(line)));
    }

    fn kill(&mut self, ending: Ending) {
        // Of a program that has ended, only the processes it left are killed.
        if self.exited.is_none() && self.killed.is_none() {
            self.killed = Some(ending);
        }
        self.processes.kill();
    }

    fn report(&self, output: Output) {
        // Nobody receives it when the Run is dropped.
        let _ = self.outputs.send(output);
    }

    fn end(mut self) {
        let left_behind = self.processes.others();
        self.processes.kill();
        let exit = self.exited.take().unwrap_or_else(Exit::unseen);
        let lasted = exit.at - self.started;
        if self.limits.lines > 0 {
            let rest = self.stdout.splitter.rest(lasted).map(Output::Line);
            let error = self.stderr.splitter.rest(lasted).map(Output::ErrorLine);
            rest.into_iter()
                .chain(error)
                .for_each(|line| self.report(line));
        }
        let ending = match (self.killed, self.child.wait()) {
            (Some(ending), _) => ending,
            (None, Ok(status)) => Ending::Ended(status),
            (None, Err(_)) => Ending::Stopped,
        };
        let closed = self
            .stdout
            .closed
            .filter(|&closed| closed + CLOSED_EARLY < exit.at);
        let read_stdin = self.stdin.was_read();
        self.report(Output::End(End {
            ending,
            lasted,
            left_behind,
            read_stdin,
            pid: self.processes.leader.as_raw() as u32,
            traced: exit.traced,
            alone: exit.alone,
            ends: exit.others,
            elsewhere: exit.elsewhere,
            late: self.pulse.gaps(self.started),
            closed_stdout: closed.map(|closed| closed - self.started),
        }));
    }
}
