//! Watches over one run, to its end: reads what the program prints, and ends one that
//! goes beyond its limits.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, TryRecvError};
use nix::poll::{PollFd, PollFlags, poll};
use rustix::io::ioctl_fionbio;

use crate::run::Output;
use crate::run::line_splitter::LineSplitter;
use crate::run::processes::Processes;
use crate::run::writes::Writes;
use crate::transcript::{End, Ending, Line};

/// How often the supervisor looks at the clock, in milliseconds.
const BEAT: u16 = 20;

/// A beat that comes so late is told: compare itself was held up, and sees late what a
/// program does.
const LATE: Duration = Duration::from_millis(120);

/// How long a program's other processes may outlive it: enough for helpers
/// that end by themselves (Python's resource tracker), also on a busy machine.
const GRACE: Duration = Duration::from_secs(3);

/// A program that prints more is ended: so many lines, so many bytes.
const MOST_LINES: usize = 1000;
const MOST_BYTES: usize = 16 << 20;

pub struct Supervisor {
    pub child: Child,
    pub started: Instant,
    pub processes: Processes,
    /// How long the program may run.
    pub limit: Duration,
    /// stdout and stderr, and who writes to them.
    pub streams: [Stream; 2],
    pub writes: Arc<[Writes; 2]>,
    /// Where the tracer tells the end of the first process.
    pub traced: Receiver<End>,
    pub stop: Arc<AtomicBool>,
    pub outputs: Sender<Output>,
    /// What was printed so far.
    pub lines: usize,
    pub bytes: usize,
    pub last_beat: Duration,
    /// Between which beats there was too much time.
    pub late: Vec<(Duration, Duration)>,
    /// Why the program was killed.
    pub killed: Option<Ending>,
    /// The end of its first process.
    pub end: Option<End>,
}

/// One output of the program.
pub struct Stream {
    file: File,
    is_open: bool,
    splitter: LineSplitter,
}

impl Supervisor {
    pub fn supervise(mut self) {
        while !self.is_over() {
            self.wait();
            // What is printed to stdout before an error is there when the error is. So
            // stderr is read first, and told last, as a program prints that fails at last.
            let errors = self.read(1);
            let lines = self.read(0);
            self.tell_lines(0, lines);
            self.tell_lines(1, errors);
            self.beat();
        }
        self.tell_end();
    }

    /// Whether the program has ended, and no output can come any more or the time
    /// for it ([`GRACE`]) is over.
    fn is_over(&self) -> bool {
        self.end.as_ref().is_some_and(|end| {
            let is_open = self.streams.iter().any(|stream| stream.is_open);
            let nothing_comes = !is_open && self.processes.others() == 0;
            nothing_comes || self.started.elapsed() > end.lasted + GRACE
        })
    }

    /// Waits until there is something to read, or for a beat.
    fn wait(&self) {
        let open = self.streams.iter().rev().filter(|stream| stream.is_open);
        let files = open.map(|stream| stream.file.as_fd());
        let mut open: Vec<PollFd> = files
            .map(|file| PollFd::new(file, PollFlags::POLLIN))
            .collect();
        // A signal may interrupt it.
        let _ = poll(&mut open, BEAT);
    }

    /// The lines that are completed by what can be read of an output.
    fn read(&mut self, number: usize) -> Vec<Line> {
        let bytes = self.streams[number].read();
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            self.kill(Ending::TooMuchOutput);
        }
        let (mut lines, mut rest) = (Vec::new(), &bytes[..]);
        let now = self.started.elapsed();
        while !rest.is_empty() {
            let (written, length) = self.writes[number].next(rest);
            let at = written.map_or(now, |(_, at)| at);
            let writer = written.map(|(writer, _)| writer);
            let splitter = &mut self.streams[number].splitter;
            lines.extend(splitter.feed(&rest[..length], writer, at));
            rest = &rest[length..];
        }
        lines
    }

    /// Tells the lines within the limit, and kills the program if there are more.
    fn tell_lines(&mut self, number: usize, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            if self.lines == MOST_LINES {
                return self.kill(Ending::TooMuchOutput);
            }
            self.lines += 1;
            self.tell([Output::Line, Output::ErrorLine][number](line));
        }
    }

    fn beat(&mut self) {
        let now = self.started.elapsed();
        if now - self.last_beat > LATE {
            self.late.push((self.last_beat, now));
        }
        self.last_beat = now;
        if self.end.is_none() {
            self.end = self.next_end(now);
        }
        if self.stop.load(Ordering::Relaxed) {
            self.kill(Ending::Stopped);
        } else if self.end.is_none() && now > self.limit {
            self.kill(Ending::TimeLimit(self.limit));
        }
    }

    /// The end of the first process, if it has ended.
    fn next_end(&mut self, now: Duration) -> Option<End> {
        match self.traced.try_recv() {
            Ok(end) => Some(end),
            Err(TryRecvError::Empty) => None,
            // It is not traced.
            Err(TryRecvError::Disconnected) => {
                let status = self.child.try_wait();
                let status = status.unwrap_or(Some(ExitStatus::default()))?;
                Some(End {
                    ending: Ending::Ended(status),
                    pid: self.child.id(),
                    lasted: now,
                    ..End::default()
                })
            }
        }
    }

    fn kill(&mut self, ending: Ending) {
        // Of a program that has ended, only the processes it left are killed.
        if self.end.is_none() {
            self.killed.get_or_insert(ending);
        }
        self.processes.kill();
    }

    fn tell(&self, output: Output) {
        // Nobody receives it when the Run is dropped.
        let _ = self.outputs.send(output);
    }

    fn tell_end(mut self) {
        let left_behind = self.processes.others();
        self.processes.kill();
        let end = self.end.clone().unwrap_or_default();
        for number in [0, 1] {
            let rest = self.streams[number].splitter.rest(end.lasted);
            self.tell_lines(number, rest);
        }
        self.tell(Output::End(End {
            ending: self.killed.unwrap_or(end.ending),
            left_behind,
            late: self.late.clone(),
            ..end
        }));
    }
}

impl Stream {
    /// What comes out of this file, which is set to be read without waiting.
    pub fn new(file: File) -> io::Result<Stream> {
        ioctl_fionbio(&file, true)?;
        Ok(Stream {
            file,
            is_open: true,
            splitter: LineSplitter::default(),
        })
    }

    /// Reads what is there, if anything.
    fn read(&mut self) -> Vec<u8> {
        // As much as a pipe holds.
        let mut bytes = vec![0; 64 * 1024];
        let length = match self.file.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Vec::new(),
            // A terminal's read fails when its other side is closed.
            read => read.unwrap_or(0),
        };
        self.is_open = length > 0;
        bytes.truncate(length);
        bytes
    }
}
