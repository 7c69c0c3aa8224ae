//! What a program printed, when, and how it ended.

use std::process::ExitStatus;
use std::time::Duration;

use crate::run::Output;

/// Everything that was seen of one run of a program.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// The lines of stdout, in the order they came.
    pub lines: Vec<Line>,
    /// The lines of stderr, in the order they came.
    pub errors: Vec<Line>,
    /// How it ended; None while it runs.
    pub end: Option<End>,
}

impl Transcript {
    /// Adds an output of the run.
    pub fn record(&mut self, output: Output) {
        match output {
            Output::Line(line) => self.lines.push(line),
            Output::ErrorLine(line) => self.errors.push(line),
            Output::End(end) => self.end = Some(end),
        }
    }

    /// The text of the lines of stdout.
    pub fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }

    /// The lines of stdout and stderr in the order in which they were written, as far as
    /// that is known.
    pub fn all_lines(&self) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.lines.iter().chain(&self.errors).collect();
        lines.sort_by_key(|line| line.at);
        lines
    }

    /// How it ended, if it has.
    pub fn ending(&self) -> Option<Ending> {
        self.end.as_ref().map(|end| end.ending)
    }

    /// How long it ran, if it has ended.
    pub fn lasted(&self) -> Option<Duration> {
        self.end.as_ref().map(|end| end.lasted)
    }

    /// What was seen of its processes other than the first.
    pub fn subprocesses(&self) -> impl Iterator<Item = &Subprocess> {
        self.end.iter().flat_map(|end| &end.subprocesses)
    }

    /// What was seen of a process other than the first.
    pub fn subprocess(&self, pid: u32) -> Option<&Subprocess> {
        self.subprocesses().find(|process| process.pid == pid)
    }

    /// For how long compare itself was held up between these times, which then may not
    /// be true.
    pub fn late(&self, from: Duration, to: Duration) -> Duration {
        let late = self.end.iter().flat_map(|end| &end.late);
        let late = late.map(|&(begin, end)| end.min(to).saturating_sub(begin.max(from)));
        late.sum()
    }

    /// Whether compare itself was held up for so long that the program, which waits for it
    /// at each write, may have done something else.
    pub fn was_held_up(&self) -> bool {
        self.late(Duration::ZERO, Duration::MAX) > Duration::from_millis(500)
    }

    /// Whether the program was traced to its end; else nothing is known of who wrote what,
    /// and of other processes than the first.
    pub fn was_traced(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end.traced)
    }

    /// Whether it is known to have had a core whenever it needed one, but for a tenth of
    /// its time: else its times say little of it.
    pub fn had_cores(&self) -> bool {
        let had_cores = |end: &End| end.traced && end.delayed * 10 < end.lasted;
        self.end.as_ref().is_some_and(had_cores)
    }

    /// Whether it ended by itself with exit code 0.
    pub fn succeeded(&self) -> bool {
        self.ending().is_some_and(|ending| ending.is_success())
    }
}

/// A thread that wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writer {
    /// Its process.
    pub process: u32,
    /// The thread; the first one of a process has the number of the process.
    pub thread: u32,
    /// The PID that its process sees: another one in a PID namespace.
    pub pid: u32,
}

/// One line of output, without its line end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// When it was written, counted from the start of the program, or read where the
    /// writer is not known.
    pub at: Duration,
    /// Who wrote it: each writer, or None where it is not known, with the byte of the
    /// text at which its part begins.
    pub writers: Vec<(usize, Option<Writer>)>,
    /// The beginning of the text, safe to print on any terminal: without colours and
    /// the like, and with U+FFFD in place of bytes that are not text.
    pub text: String,
}

impl Line {
    /// The one thread that wrote it, if that is known.
    pub fn writer(&self) -> Option<Writer> {
        match self.writers.as_slice() {
            [(_, writer)] => *writer,
            _ => None,
        }
    }

    /// Who wrote this byte of its text, if that is known.
    pub fn writer_at(&self, byte: usize) -> Option<Writer> {
        let (_, writer) = self.writers.iter().rfind(|(from, _)| *from <= byte)?;
        *writer
    }
}

/// How a program ended, and what was noticed about it.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// By itself, or why it was killed.
    pub ending: Ending,
    /// How long the program ran.
    pub lasted: Duration,
    /// How many of its processes were still running after it had ended.
    pub left_behind: usize,
    /// Its first process.
    pub pid: u32,
    /// Whether it was traced.
    pub traced: bool,
    /// Whether it was one process with one thread, to its end.
    pub alone: bool,
    /// Its other processes.
    pub subprocesses: Vec<Subprocess>,
    /// The processes whose own stdout or stderr was a pipe or a terminal other than
    /// the program's, and that wrote to it.
    pub elsewhere: Vec<u32>,
    /// For how long its threads could have run, and no core was free.
    pub delayed: Duration,
    /// When compare itself was held up, and could see nothing: from, to.
    pub late: Vec<(Duration, Duration)>,
}

/// A process other than the program's first.
#[derive(Clone, Debug)]
pub struct Subprocess {
    /// By which number the system knows it.
    pub pid: u32,
    /// The process that started it.
    pub parent: u32,
    /// When it began, counted from the start of the program.
    pub began: Duration,
    /// When it ended; None when it still ran at the program's end.
    pub ended: Option<Duration>,
    /// How it ended; None when it still ran at the program's end.
    pub status: Option<ExitStatus>,
    /// Its end was not held back, so a parent that does not wait for it may not be seen to
    /// go on.
    pub unheld: bool,
}

/// Why a program no longer runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    /// It ended by itself, or by a signal that somebody else sent.
    Ended(ExitStatus),
    /// It was still running after this time, and was killed.
    TimeLimit(Duration),
    /// It printed more than the limits allow, and was killed.
    TooMuchOutput,
    /// It was killed because the run was stopped.
    Stopped,
}

impl Default for Ending {
    /// By itself with exit code 0.
    fn default() -> Ending {
        Ending::Ended(ExitStatus::default())
    }
}

impl Ending {
    /// Whether it ended by itself with exit code 0.
    pub fn is_success(&self) -> bool {
        matches!(self, Ending::Ended(status) if status.success())
    }
}
