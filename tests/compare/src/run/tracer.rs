//! Sees with ptrace(2) who writes each line, and when each process ends.
//!
//! A child often ends so fast that a parent which does not wait for it prints
//! the same lines in the same order as one that does. So the end of each child
//! is held back: a parent that waits cannot go on before it.
//!
//! ```text
//! parent ── start ──── join ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ its next line
//! child       └──── its line ── exit ├── held ──┤ ended
//! ```

mod call;
mod change;
mod held;

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::mem;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::unistd::Pid;
use procfs::process::Process;

use crate::run::reader::Source;
use crate::transcript::{End, Ending, ProcessEnd, Writer};
use call::{Call, returned};
pub use change::wait_for;
use change::{Change, EVENT_STOP, SYSTEM_CALL_ENDS, go_on, next_change, take};
pub use held::HOLD;
use held::{Held, LOOK};

/// An end is held back for so much longer at most while there are other changes to
/// see.
const OVERDUE: Duration = Duration::from_secs(1);

/// What is seen of a program.
pub enum Traced {
    /// A thread is about to write to an output of the program. It is told before the
    /// bytes can be read, and one write goes at a time.
    WriteBegins {
        to: Source,
        writer: Writer,
        at: Duration,
        bytes: Vec<u8>,
    },
    /// So many bytes of it were written; None when its process died of it.
    WriteEnds { to: Source, written: Option<usize> },
    /// The first process has ended. In it is what was seen of the others.
    Ended(End),
}

/// Traces one program, to the end of its last process.
pub struct Tracer {
    /// The program's first process.
    leader: Pid,
    started: Instant,
    told: Sender<Traced>,
    /// Whether the first process is the program yet.
    has_begun: bool,
    /// What its stdout and its stderr are, as /proc names it.
    outputs: [Option<PathBuf>; 2],
    /// All threads that run, those of its other processes included.
    threads: HashMap<Pid, Writer>,
    /// The one thread that writes, and where to.
    writing: Option<(Pid, Source)>,
    /// Those that are stopped until it has written.
    waiting: VecDeque<Waiting>,
    /// The processes whose end is held back.
    held: Vec<Held>,
    /// How many more may be held back.
    may_hold: usize,
    /// What was seen so far, and is told at the end of the first process.
    seen: End,
}

/// A thread that is about to write.
struct Waiting {
    thread: Pid,
    to: Source,
    writer: Writer,
    bytes: Vec<u8>,
}

impl Tracer {
    /// Begins to trace a program, of which only the first process is there, and waits to
    /// be traced. None where that is forbidden.
    pub fn seize(
        leader: Pid,
        started: Instant,
        may_hold: usize,
        told: Sender<Traced>,
    ) -> Option<Tracer> {
        let options = Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_TRACEEXIT
            | Options::PTRACE_O_TRACESECCOMP
            | Options::PTRACE_O_TRACESYSGOOD
            // Without its tracer, a program could not write.
            | Options::PTRACE_O_EXITKILL;
        ptrace::seize(leader, options).ok()?;
        let mut tracer = Tracer {
            leader,
            started,
            told,
            has_begun: false,
            outputs: [1, 2].map(|descriptor| output(leader, descriptor)),
            threads: HashMap::new(),
            writing: None,
            waiting: VecDeque::new(),
            held: Vec::new(),
            may_hold,
            seen: End {
                traced: true,
                alone: true,
                ..End::default()
            },
        };
        tracer.know(leader);
        Some(tracer)
    }

    pub fn trace(mut self) {
        loop {
            match next_change(self.held.is_empty()) {
                // It did not begin, and is reaped by who started it.
                Ok(Some(change)) if change.end().is_some() && !self.has_begun => return,
                Ok(Some(change)) => {
                    take(&change);
                    self.see(&change);
                    self.release(OVERDUE);
                }
                // What was printed before an end is over must be seen before it.
                Ok(None) => {
                    self.release(Duration::ZERO);
                    thread::sleep(LOOK);
                }
                Err(Errno::EINTR) => {}
                // No process is left.
                Err(_) => return,
            }
        }
    }

    fn tell(&self, traced: Traced) {
        // Nobody receives it when the run was dropped.
        let _ = self.told.send(traced);
    }

    /// Tells the end of the first process; from now on no end is held back.
    fn tell_end(&mut self, status: ExitStatus) {
        self.may_hold = 0;
        self.held.iter_mut().for_each(Held::let_go);
        let mut end = mem::take(&mut self.seen);
        let has_ended = |pid: u32| end.ends.iter().any(|end| end.pid == pid);
        let first_threads = self.threads.values().filter(|w| w.process == w.thread);
        let left = first_threads.filter(|writer| !has_ended(writer.process));
        let left: Vec<ProcessEnd> = left.map(|writer| still_runs(writer.process)).collect();
        end.ends.extend(left);
        self.tell(Traced::Ended(End {
            ending: Ending::Ended(status),
            pid: self.leader.as_raw() as u32,
            lasted: self.started.elapsed(),
            ..end
        }));
    }

    fn see(&mut self, change: &Change) {
        let pid = change.pid;
        if let Some(status) = change.end() {
            self.forget(pid);
            if pid == self.leader {
                self.tell_end(status);
            }
            return;
        }
        self.know(pid);
        match change.stop() {
            (libc::PTRACE_EVENT_EXEC, _) => {
                self.begins(pid);
                go_on(libc::PTRACE_CONT, pid, 0);
            }
            (libc::PTRACE_EVENT_EXIT, _) => self.ends(pid),
            (libc::PTRACE_EVENT_SECCOMP, _) => self.is_about_to_write(pid),
            (0, SYSTEM_CALL_ENDS) => {
                self.has_written(pid, returned(pid));
                go_on(libc::PTRACE_CONT, pid, 0);
            }
            (0, signal) => go_on(libc::PTRACE_CONT, pid, signal),
            // It is stopped by a signal, and stays so until another continues it.
            (EVENT_STOP, signal) if signal != libc::SIGTRAP => {
                go_on(libc::PTRACE_LISTEN, pid, 0);
            }
            (libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE, _) => {
                if let Ok(new) = ptrace::getevent(pid) {
                    self.know(Pid::from_raw(new as i32));
                }
                go_on(libc::PTRACE_CONT, pid, 0);
            }
            _ => go_on(libc::PTRACE_CONT, pid, 0),
        }
    }

    /// A process executes a program.
    fn begins(&mut self, process: Pid) {
        self.has_begun = true;
        if process == self.leader {
            // What a wrapper did before is not the program's.
            self.seen.elsewhere.clear();
            self.seen.alone = self.threads.len() == 1;
        }
    }

    fn know(&mut self, thread: Pid) {
        self.seen.alone &= thread == self.leader;
        let writer = || writer_in(thread);
        self.threads.entry(thread).or_insert_with(writer);
    }

    fn forget(&mut self, thread: Pid) {
        self.threads.remove(&thread);
        self.writes_no_more(thread);
    }

    fn is_about_to_write(&mut self, thread: Pid) {
        match self.write_of(thread) {
            None => go_on(libc::PTRACE_CONT, thread, 0),
            Some(waiting) => {
                self.waiting.push_back(waiting);
                self.let_next_write();
            }
        }
    }

    /// What a thread is about to write to an output of the program.
    fn write_of(&mut self, thread: Pid) -> Option<Waiting> {
        let call = Call::of(thread)?;
        let output = output(thread, call.descriptor)?;
        let writer = *self.threads.get(&thread)?;
        let is_output = |known: &Option<PathBuf>| known.as_ref() == Some(&output);
        let Some(number) = self.outputs.iter().position(is_output) else {
            if matches!(call.descriptor, 1 | 2) && is_read_by_another(&output) {
                self.seen.elsewhere.push(writer.process);
                self.seen.elsewhere.dedup();
            }
            return None;
        };
        Some(Waiting {
            thread,
            to: [Source::Stdout, Source::Stderr][number],
            writer,
            bytes: call.bytes(thread)?,
        })
    }

    /// One at a time, so that the order of the bytes is known.
    fn let_next_write(&mut self) {
        if self.writing.is_none()
            && let Some(Waiting {
                thread,
                to,
                writer,
                bytes,
            }) = self.waiting.pop_front()
        {
            self.tell(Traced::WriteBegins {
                to,
                writer,
                at: self.started.elapsed(),
                bytes,
            });
            self.writing = Some((thread, to));
            go_on(libc::PTRACE_SYSCALL, thread, 0);
        }
    }

    fn writes_no_more(&mut self, thread: Pid) {
        self.waiting.retain(|waiting| waiting.thread != thread);
        self.has_written(thread, None);
    }

    fn has_written(&mut self, thread: Pid, written: Option<usize>) {
        if let Some((_, to)) = self.writing.take_if(|(writing, _)| *writing == thread) {
            self.tell(Traced::WriteEnds { to, written });
            self.let_next_write();
        }
    }

    /// A thread is about to end; with the first one of a process, the process ends.
    fn ends(&mut self, thread: Pid) {
        self.writes_no_more(thread);
        self.seen.delayed += delay(thread);
        let is_process = |writer: &Writer| writer.process == writer.thread;
        let is_process = self.threads.get(&thread).is_some_and(is_process);
        match is_process && thread != self.leader {
            true => self.hold(thread),
            false => go_on(libc::PTRACE_CONT, thread, 0),
        }
    }

    /// Holds back the end of a process, if what it prints is seen.
    fn hold(&mut self, pid: Pid) {
        // The message of its stop is how it ends.
        let status = ptrace::getevent(pid).map(|status| ExitStatus::from_raw(status as i32));
        let Ok(status) = status else {
            return go_on(libc::PTRACE_CONT, pid, 0);
        };
        if self.may_hold > 0 && output(pid, 1) == self.outputs[0] {
            self.may_hold -= 1;
            self.held.push(Held::new(pid, status));
        } else {
            self.end(pid, status, true);
        }
    }

    /// Lets those end that were held back for long enough.
    fn release(&mut self, overdue: Duration) {
        let now = Instant::now();
        let leader = self.leader;
        let is_over = |held: &mut Held| held.until + overdue <= now && !held.extend(leader, now);
        let over: Vec<Held> = self.held.extract_if(.., is_over).collect();
        for Held { pid, status, .. } in over {
            self.end(pid, status, false);
        }
    }

    fn end(&mut self, pid: Pid, status: ExitStatus, unheld: bool) {
        self.seen.ends.push(ProcessEnd {
            pid: pid.as_raw() as u32,
            parent: parent_of(pid.as_raw()),
            at: Some(self.started.elapsed()),
            status: Some(status),
            unheld,
        });
        go_on(libc::PTRACE_CONT, pid, 0);
    }
}

/// What a descriptor of a thread is, as /proc names it.
fn output(thread: Pid, descriptor: u64) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{thread}/fd/{descriptor}")).ok()
}

/// For how long a thread could have run, and no core was free.
fn delay(thread: Pid) -> Duration {
    let process = Process::new(thread.as_raw());
    let times = process.and_then(|process| process.schedstat());
    times.map_or(Duration::ZERO, |times| {
        Duration::from_nanos(times.run_delay)
    })
}

/// Whether what is written there goes to another process, which may hand it on.
fn is_read_by_another(output: &Path) -> bool {
    let name = output.to_string_lossy();
    let kinds = ["pipe:", "socket:", "/dev/pts/"];
    kinds.iter().any(|kind| name.starts_with(kind))
}

fn still_runs(pid: u32) -> ProcessEnd {
    ProcessEnd {
        pid,
        parent: parent_of(pid as i32),
        at: None,
        status: None,
        unheld: false,
    }
}

fn parent_of(process: i32) -> Option<u32> {
    let stat = Process::new(process).and_then(|process| process.stat());
    stat.ok().map(|stat| stat.ppid as u32)
}

/// A thread as a writer.
fn writer_in(thread: Pid) -> Writer {
    let status = Process::new(thread.as_raw()).and_then(|process| process.status());
    let process = status.as_ref().map_or(thread.as_raw(), |s| s.tgid) as u32;
    let inside = status
        .ok()
        .and_then(|status| status.nstgid?.last().copied());
    Writer {
        process,
        thread: thread.as_raw() as u32,
        pid: inside.map_or(process, |pid| pid as u32),
    }
}
