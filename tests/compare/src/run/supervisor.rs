//! Watches over one run, to its end: puts together what was read and what was traced,
//! and ends a program that goes beyond its limits.

use std::process::Child;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, never, select};

use crate::run::line_splitter::LineSplitter;
use crate::run::processes::Processes;
use crate::run::reader::{Piece, Source};
use crate::run::tracer::Traced;
use crate::run::writes::Writes;
use crate::run::{Limits, Output};
use crate::transcript::{End, Ending, Line};

/// How often the supervisor looks at the clock, and for processes that are left behind.
const BEAT: Duration = Duration::from_millis(20);

/// A beat that comes so late is told: compare itself was held up, and sees late what a
/// program does.
const LATE: Duration = Duration::from_millis(120);

/// How long a program's other processes may outlive it: enough for helpers
/// that end by themselves (Python's resource tracker), also on a busy machine.
const GRACE: Duration = Duration::from_secs(3);

/// A program that runs on for this long after its stdout was closed has closed it
/// too early.
const CLOSED_EARLY: Duration = Duration::from_millis(500);

/// Where a supervisor hears of its program.
pub struct Inputs {
    pub pieces: Receiver<Piece>,
    pub traced: Receiver<Traced>,
    pub stopped: Receiver<()>,
}

pub struct Supervisor {
    child: Child,
    started: Instant,
    processes: Processes,
    /// What is left of the limits.
    limits: Limits,
    inputs: Inputs,
    outputs: Sender<Output>,
    stdout: Stream,
    stderr: Stream,
    /// When something was read last.
    last_read: Duration,
    last_beat: Duration,
    /// Between which beats there was too much time.
    late: Vec<(Duration, Duration)>,
    /// Why the program was killed.
    killed: Option<Ending>,
    /// The end of its first process.
    end: Option<End>,
    /// For how long its other processes were waited for.
    waited: Duration,
}

/// One output of the program.
#[derive(Default)]
struct Stream {
    writes: Writes,
    splitter: LineSplitter,
    /// When it was closed.
    closed: Option<Duration>,
}

impl Supervisor {
    pub fn new(
        child: Child,
        started: Instant,
        processes: Processes,
        limits: Limits,
        inputs: Inputs,
        outputs: Sender<Output>,
    ) -> Supervisor {
        Supervisor {
            child,
            started,
            processes,
            limits,
            inputs,
            outputs,
            stdout: Stream::default(),
            stderr: Stream::default(),
            last_read: Duration::ZERO,
            last_beat: Duration::ZERO,
            late: Vec::new(),
            killed: None,
            end: None,
            waited: Duration::ZERO,
        }
    }

    pub fn supervise(mut self) {
        while !self.is_over() {
            select! {
                recv(self.inputs.pieces) -> piece => match piece {
                    Ok(piece) => self.read(piece),
                    Err(_) => self.inputs.pieces = never(),
                },
                recv(self.inputs.traced) -> traced => match traced {
                    Ok(traced) => self.take(traced),
                    Err(_) => {
                        self.inputs.traced = never();
                        self.end.get_or_insert_default();
                    }
                },
                recv(self.inputs.stopped) -> _ => {
                    self.inputs.stopped = never();
                    self.kill(Ending::Stopped);
                }
                default(BEAT) => {}
            }
            self.beat();
        }
        self.tell_end();
    }

    /// Whether the program has ended, and no output can come any more or the time
    /// for it ([`GRACE`]) is over.
    fn is_over(&self) -> bool {
        let closed = || self.stdout.closed.is_some() && self.stderr.closed.is_some();
        let nothing_comes = || closed() && self.processes.others() == 0;
        self.end.is_some() && (nothing_comes() || self.waited > GRACE)
    }

    fn beat(&mut self) {
        let now = self.started.elapsed();
        let since = now - self.last_beat;
        if since > LATE {
            self.late.push((self.last_beat, now));
        }
        self.last_beat = now;
        if self.end.is_some() {
            // While compare itself was held up, so were they.
            self.waited += since.min(2 * BEAT);
        } else if now > self.limits.time || now - self.last_read > self.limits.silence {
            self.kill(Ending::TimeLimit(now.min(self.limits.time)));
        }
    }

    fn read(&mut self, Piece { source, at, bytes }: Piece) {
        // A write is told before its bytes can be read.
        while let Ok(traced) = self.inputs.traced.try_recv() {
            self.take(traced);
        }
        let at = at - self.started;
        self.last_read = at;
        let stream = self.stream(source);
        if bytes.is_empty() {
            stream.closed = Some(at);
        }
        let (mut lines, mut from) = (Vec::new(), 0);
        while from < bytes.len() {
            let (writer, length) = stream.writes.next(&bytes[from..]);
            let part = &bytes[from..from + length];
            let at = writer.map_or(at, |(_, written)| written);
            lines.extend(
                stream
                    .splitter
                    .feed(part, writer.map(|(writer, _)| writer), at),
            );
            from += length;
        }
        self.tell_lines(source, lines, bytes.len());
    }

    fn take(&mut self, traced: Traced) {
        match traced {
            Traced::WriteBegins {
                to,
                writer,
                at,
                bytes,
            } => self.stream(to).writes.begin(writer, at, bytes),
            Traced::WriteEnds { to, written } => self.stream(to).writes.end(written),
            Traced::Ended(end) => {
                // Its tracer has reaped it already, if it has one.
                let _ = self.child.wait();
                let ending = self.killed.unwrap_or(end.ending);
                self.end = Some(End { ending, ..end });
            }
        }
    }

    fn stream(&mut self, source: Source) -> &mut Stream {
        match source {
            Source::Stdout => &mut self.stdout,
            Source::Stderr => &mut self.stderr,
        }
    }

    /// Drops the lines beyond the limits, and kills the program if there are any.
    fn tell_lines(&mut self, source: Source, mut lines: Vec<Line>, bytes: usize) {
        let limits = &mut self.limits;
        let too_much = lines.len() > limits.lines || bytes > limits.bytes;
        lines.truncate(limits.lines);
        limits.lines -= lines.len();
        limits.bytes = limits.bytes.saturating_sub(bytes);
        if too_much {
            self.kill(Ending::TooMuchOutput);
        }
        for line in lines {
            self.tell(match source {
                Source::Stdout => Output::Line(line),
                Source::Stderr => Output::ErrorLine(line),
            });
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
        // One that is killed leaves nothing of its own accord.
        let left_behind = match self.killed {
            Some(_) => 0,
            None => self.processes.others(),
        };
        self.processes.kill();
        let end = self.end.clone().unwrap_or_default();
        for source in [Source::Stdout, Source::Stderr] {
            let rest = self.stream(source).splitter.rest(end.lasted);
            self.tell_lines(source, rest.into_iter().collect(), 0);
        }
        let closed_early = |at: &Duration| *at + CLOSED_EARLY < end.lasted;
        self.tell(Output::End(End {
            left_behind,
            closed_stdout: self.stdout.closed.filter(closed_early),
            late: self.late.clone(),
            ..end
        }));
    }
}
