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

use std::collections::VecDeque;
use std::fs;
use std::mem;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::unistd::Pid;
use procfs::process::Process;

use crate::run::writes::Writes;
use crate::transcript::{End, Ending, ProcessEnd, Writer};
use call::{Call, returned};
use change::{Change, EVENT_STOP, SYSTEM_CALL_ENDS, go_on, next_change, take};
pub use held::HOLD;
use held::{Held, LOOK};

/// Traces one program, to the end of its last process.
pub struct Tracer {
    /// The program's first process.
    leader: Pid,
    started: Instant,
    /// Whether the first process is the program yet.
    has_begun: bool,
    /// What its stdout and its stderr are, as /proc names it.
    outputs: [Option<PathBuf>; 2],
    /// What is written to them.
    writes: Arc<[Writes; 2]>,
    /// The threads that write. The first one does so now; the others are stopped until
    /// then, so that the order of the bytes is known.
    writing: VecDeque<Writing>,
    /// The processes whose end is held back.
    held: Vec<Held>,
    /// How many more may be held back.
    may_hold: usize,
    /// What was seen so far, and is told at the end of the first process.
    seen: End,
    told: Sender<End>,
}

/// A thread that writes.
struct Writing {
    thread: Pid,
    /// The number of the output.
    to: usize,
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
        writes: Arc<[Writes; 2]>,
        told: Sender<End>,
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
        Some(Tracer {
            leader,
            started,
            has_begun: false,
            outputs: [1, 2].map(|descriptor| output(leader, descriptor)),
            writes,
            writing: VecDeque::new(),
            held: Vec::new(),
            may_hold,
            seen: End {
                pid: leader.as_raw() as u32,
                traced: true,
                alone: true,
                ..End::default()
            },
            told,
        })
    }

    pub fn trace(mut self) {
        loop {
            match next_change(self.held.is_empty()) {
                // It did not begin, and is reaped by who started it.
                Ok(Some(change)) if change.end().is_some() && !self.has_begun => return,
                Ok(Some(change)) => {
                    take(&change);
                    self.see(&change);
                }
                // What was printed before an end is over must be seen before it.
                Ok(None) => {
                    self.release();
                    thread::sleep(LOOK);
                }
                Err(Errno::EINTR) => {}
                // No process is left.
                Err(_) => return,
            }
        }
    }

    fn see(&mut self, change: &Change) {
        let pid = change.pid;
        if let Some(status) = change.end() {
            return self.has_ended(pid, status);
        }
        match change.stop() {
            (libc::PTRACE_EVENT_EXEC, _) => self.begins(pid),
            (libc::PTRACE_EVENT_EXIT, _) => return self.ends(pid),
            (libc::PTRACE_EVENT_SECCOMP, _) => return self.is_about_to_write(pid),
            (libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE, _) => {
                if let Ok(new) = ptrace::getevent(pid) {
                    self.know(Pid::from_raw(new as i32));
                }
            }
            // It is new, and its parent may be seen later.
            (EVENT_STOP, libc::SIGTRAP) => self.know(pid),
            // It is stopped by a signal, and stays so until another continues it.
            (EVENT_STOP, _) => return go_on(libc::PTRACE_LISTEN, pid, 0),
            (0, SYSTEM_CALL_ENDS) => self.has_written(pid, returned(pid)),
            (0, signal) => return go_on(libc::PTRACE_CONT, pid, signal),
            _ => {}
        }
        go_on(libc::PTRACE_CONT, pid, 0);
    }

    /// A process executes a program.
    fn begins(&mut self, process: Pid) {
        self.has_begun = true;
        if process == self.leader {
            // What a wrapper did before is not the program's.
            self.seen.elsewhere.clear();
            self.seen.alone = self.seen.ends.iter().all(|end| end.at.is_some());
        }
    }

    /// There is a thread, perhaps the first one of a process.
    fn know(&mut self, thread: Pid) {
        self.seen.alone &= thread == self.leader;
        let pid = thread.as_raw() as u32;
        let is_new = thread != self.leader && self.seen.ends.iter().all(|end| end.pid != pid);
        if is_new && writer_in(thread).process == pid {
            self.seen.ends.push(ProcessEnd {
                pid,
                parent: parent_of(thread),
                at: None,
                status: None,
                unheld: false,
            });
        }
    }

    fn is_about_to_write(&mut self, thread: Pid) {
        match self.write_of(thread) {
            None => go_on(libc::PTRACE_CONT, thread, 0),
            Some(writing) => {
                self.writing.push_back(writing);
                if self.writing.len() == 1 {
                    self.let_first_write();
                }
            }
        }
    }

    /// What a thread is about to write to an output of the program.
    fn write_of(&mut self, thread: Pid) -> Option<Writing> {
        let call = Call::of(thread)?;
        let output = output(thread, call.descriptor)?;
        let writer = writer_in(thread);
        let is_output = |known: &Option<PathBuf>| known.as_ref() == Some(&output);
        let Some(to) = self.outputs.iter().position(is_output) else {
            if matches!(call.descriptor, 1 | 2) && is_read_by_another(&output) {
                self.seen.elsewhere.push(writer.process);
                self.seen.elsewhere.dedup();
            }
            return None;
        };
        Some(Writing {
            thread,
            to,
            writer,
            bytes: call.bytes(thread)?,
        })
    }

    fn let_first_write(&mut self) {
        if let Some(first) = self.writing.front_mut() {
            let bytes = mem::take(&mut first.bytes);
            self.writes[first.to].begin(first.writer, self.started.elapsed(), bytes);
            go_on(libc::PTRACE_SYSCALL, first.thread, 0);
        }
    }

    /// A thread has written so many bytes, if it wrote; None when that is not known.
    fn has_written(&mut self, thread: Pid, written: Option<usize>) {
        let place = self.writing.iter().position(|other| other.thread == thread);
        let writing = place.and_then(|place| self.writing.remove(place));
        if let (Some(0), Some(first)) = (place, writing) {
            self.writes[first.to].end(written);
            self.let_first_write();
        }
    }

    /// A thread is about to end; with the first one of a process, the process ends. That
    /// is held back, if what the process prints is seen.
    fn ends(&mut self, thread: Pid) {
        self.has_written(thread, None);
        self.seen.delayed += delay(thread);
        let is_process = self.end_of(thread).is_some();
        // The message of its stop is how it ends.
        let status = ptrace::getevent(thread).map(|status| ExitStatus::from_raw(status as i32));
        match status.ok().filter(|_| is_process) {
            Some(status) if self.may_hold > 0 && output(thread, 1) == self.outputs[0] => {
                self.may_hold -= 1;
                self.held.push(Held::new(thread, status));
            }
            status => {
                self.record(thread, status, true);
                go_on(libc::PTRACE_CONT, thread, 0);
            }
        }
    }

    /// Lets those end that were held back for long enough.
    fn release(&mut self) {
        let leader = self.leader;
        let over = self.held.extract_if(.., |held| held.is_over(leader));
        for Held { pid, status, .. } in over.collect::<Vec<_>>() {
            self.record(pid, Some(status), false);
            go_on(libc::PTRACE_CONT, pid, 0);
        }
    }

    /// Records the end of a process other than the first, once.
    fn record(&mut self, process: Pid, status: Option<ExitStatus>, unheld: bool) {
        let now = self.started.elapsed();
        if let Some(end) = self.end_of(process).filter(|end| end.at.is_none()) {
            (end.at, end.status, end.unheld) = (Some(now), status, unheld);
        }
    }

    fn end_of(&mut self, process: Pid) -> Option<&mut ProcessEnd> {
        let mut ends = self.seen.ends.iter_mut();
        ends.find(|end| end.pid == process.as_raw() as u32)
    }

    fn has_ended(&mut self, thread: Pid, status: ExitStatus) {
        self.has_written(thread, None);
        // One that is killed does not tell that it is about to end, and is not held.
        self.held.retain(|held| held.pid != thread);
        self.record(thread, Some(status), true);
        if thread == self.leader {
            // From now on no end is held back.
            self.may_hold = 0;
            for held in self.held.drain(..) {
                go_on(libc::PTRACE_CONT, held.pid, 0);
            }
            // Nobody receives it when the run was dropped.
            let _ = self.told.send(End {
                ending: Ending::Ended(status),
                lasted: self.started.elapsed(),
                ..mem::take(&mut self.seen)
            });
        }
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

fn parent_of(process: Pid) -> Option<u32> {
    let stat = Process::new(process.as_raw()).and_then(|process| process.stat());
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
