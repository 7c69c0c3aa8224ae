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
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, mem};

use crossbeam::channel::Sender;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::unistd::Pid;
use procfs::process::{Process, Status};

use crate::run::writes::Writes;
use crate::transcript::{End, Ending, Subprocess, Writer};
use call::{Call, returned};
use change::{Change, EVENT_STOP, SYSTEM_CALL_ENDS, go_on};
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
        while let Ok(change) = Change::next(self.held.is_empty()) {
            match change {
                // It did not begin, and is reaped by who started it.
                Some(change) if !self.has_begun && change.stop().0 == libc::PTRACE_EVENT_EXIT => {
                    return;
                }
                Some(change) => self.see(&change),
                // What was printed before an end is over must be seen before it.
                None => {
                    self.release();
                    thread::sleep(LOOK);
                }
            }
        }
    }

    fn see(&mut self, change: &Change) {
        let pid = change.pid;
        if let Some(status) = change.end() {
            return self.has_ended(pid, status);
        }
        match change.stop() {
            (libc::PTRACE_EVENT_EXEC, _) if pid == self.leader => self.begins(),
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

    /// The first process executes a program: what a wrapper did before is not the program's.
    fn begins(&mut self) {
        self.has_begun = true;
        self.seen.elsewhere.clear();
        let mut others = self.seen.subprocesses.iter();
        self.seen.alone = others.all(|other| other.ended.is_some());
    }

    /// There is a thread, perhaps the first one of a process.
    fn know(&mut self, thread: Pid) {
        self.seen.alone &= thread == self.leader;
        let is_new = thread != self.leader && self.subprocess(thread).is_none();
        let status = status(thread).filter(|status| is_new && status.tgid == status.pid);
        if let Some(status) = status {
            self.seen.subprocesses.push(Subprocess {
                pid: status.pid as u32,
                parent: status.ppid as u32,
                began: self.started.elapsed(),
                ended: None,
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
        let writer = writer_in(thread)?;
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
        let is_process = self.subprocess(thread).is_some();
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
        let process = self.subprocess(process);
        if let Some(process) = process.filter(|process| process.ended.is_none()) {
            (process.ended, process.status, process.unheld) = (Some(now), status, unheld);
        }
    }

    fn subprocess(&mut self, pid: Pid) -> Option<&mut Subprocess> {
        let mut subprocesses = self.seen.subprocesses.iter_mut();
        subprocesses.find(|process| process.pid == pid.as_raw() as u32)
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
    // Of pipes and sockets, /proc tells no path.
    output.is_relative() || output.starts_with("/dev/pts")
}

/// A thread as a writer.
fn writer_in(thread: Pid) -> Option<Writer> {
    let status = status(thread)?;
    let inside = status.nstgid.as_ref().and_then(|pids| pids.last());
    Some(Writer {
        process: status.tgid as u32,
        thread: thread.as_raw() as u32,
        pid: *inside.unwrap_or(&status.tgid) as u32,
    })
}

fn status(thread: Pid) -> Option<Status> {
    Process::new(thread.as_raw()).ok()?.status().ok()
}
