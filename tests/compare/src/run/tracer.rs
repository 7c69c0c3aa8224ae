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
//!
//! Where ptrace is forbidden, the program runs without it: no writer is known, and
//! no end but that of the first process.

mod call;
mod change;
mod held;

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::unistd::Pid;
use procfs::process::Process;

use crate::run::reader::Source;
use crate::run::transcript::{ProcessEnd, Writer};
use crate::run::writes::Write;
use call::{Call, MOST_BYTES, returned};
use change::{Change, EVENT_STOP, SYSTEM_CALL_ENDS, TRACED, go_on, next_change};
pub use held::HOLD;
use held::{Held, LOOK};

/// How many ends are held back. A script that starts a process in each line
/// would take too long.
const MOST_HELD: usize = 20;

/// An end is held back for so much longer at most while there are other changes to
/// see.
const OVERDUE: Duration = Duration::from_secs(1);

/// The end of a program's first process.
pub struct Exit {
    pub at: Instant,
    /// Whether the program was traced.
    pub traced: bool,
    /// Whether it was one process with one thread, to its end.
    pub alone: bool,
    /// Its other processes.
    pub others: Vec<ProcessEnd>,
    /// Those that wrote their stdout or stderr into a pipe or a terminal other than
    /// the program's.
    pub elsewhere: Vec<u32>,
}

impl Exit {
    /// An end of which nothing else is known.
    pub fn unseen() -> Exit {
        Exit {
            at: Instant::now(),
            traced: false,
            alone: false,
            others: Vec::new(),
            elsewhere: Vec::new(),
        }
    }
}

/// Threads that do not run, and what they are, for others to know: at their end, or
/// stopped by a signal. (A traced one is also seen to be stopped at each write.)
pub type Halted = Arc<Mutex<HashMap<Pid, &'static str>>>;

/// Begins to trace a program, of which only the first process is there, and waits to
/// be traced. None where that is forbidden.
pub fn seize(
    leader: Pid,
    started: Instant,
    writes: Sender<Write>,
    halted: Halted,
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
    let output = |descriptor| fs::read_link(format!("/proc/{leader}/fd/{descriptor}")).ok();
    let mut tracer = Tracer {
        leader,
        started,
        outputs: [1, 2].map(output),
        alone: true,
        threads: HashMap::new(),
        held: Vec::new(),
        halted,
        may_hold: MOST_HELD,
        ended: Vec::new(),
        writes,
        may_read: MOST_BYTES,
        writing: None,
        waiting: VecDeque::new(),
        elsewhere: Vec::new(),
    };
    tracer.know(leader);
    Some(tracer)
}

/// Waits for the end of a program that is not traced.
pub fn wait_untraced(leader: Pid, exit: &Sender<Exit>) {
    let flags = libc::WEXITED | libc::WNOWAIT;
    while next_change(libc::P_PID, leader, flags) == Err(Errno::EINTR) {}
    // Nobody receives it when the run was dropped.
    let _ = exit.send(Exit::unseen());
}

/// Traces one program, to the end of its last process.
pub struct Tracer {
    /// The program's first process.
    leader: Pid,
    started: Instant,
    /// What its stdout and its stderr are, as /proc names it.
    outputs: [Option<PathBuf>; 2],
    /// Nothing but the first thread of the first process was ever there.
    alone: bool,
    /// All threads that run, those of its other processes included.
    threads: HashMap<Pid, Writer>,
    /// The processes whose end is held back.
    held: Vec<Held>,
    halted: Halted,
    /// How many more may be held back.
    may_hold: usize,
    ended: Vec<ProcessEnd>,
    writes: Sender<Write>,
    /// How many more bytes are read.
    may_read: usize,
    /// The one thread that writes.
    writing: Option<Pid>,
    /// Those that are stopped until it has written.
    waiting: VecDeque<(Pid, Write)>,
    elsewhere: Vec<u32>,
}

impl Tracer {
    /// Tells the end of the program's first process, and returns when all others have
    /// ended as well.
    pub fn trace(mut self, exit: &Sender<Exit>) {
        while let Ok(ended) = self.next(libc::P_ALL, Pid::from_raw(0))
            && !ended
        {}
        // Nobody receives it when the run was dropped.
        let _ = exit.send(self.exit());
        self.see_all_end();
    }

    /// Waits for a change, and sees to it; whether the first process has ended, which
    /// is left to be reaped.
    fn next(&mut self, kind: libc::idtype_t, pid: Pid) -> Result<bool, Errno> {
        let wait = match self.held.is_empty() && kind == libc::P_ALL {
            true => 0,
            false => libc::WNOHANG,
        };
        let flags = TRACED | wait;
        match next_change(kind, pid, flags | libc::WNOWAIT) {
            Ok(Some(change)) if change.pid == self.leader && change.is_end() => return Ok(true),
            Ok(Some(change)) => {
                // Takes away what the call above left to see.
                let _ = next_change(libc::P_PID, change.pid, TRACED | libc::WNOHANG);
                self.see(&change);
                self.release(OVERDUE);
            }
            // What was printed before an end is over must be seen before it.
            Ok(None) => {
                self.release(Duration::ZERO);
                thread::sleep(LOOK);
            }
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
        Ok(false)
    }

    fn exit(&mut self) -> Exit {
        self.threads.remove(&self.leader);
        let is_first_thread = |writer: &&Writer| writer.process == writer.thread;
        let has_ended = |writer: &&Writer| self.ended.iter().any(|end| end.pid == writer.process);
        let left = self.threads.values().filter(is_first_thread);
        let left = left.filter(|writer| !has_ended(writer));
        let left = left.map(|writer| ProcessEnd {
            pid: writer.process,
            at: None,
            status: None,
            unheld: false,
        });
        let others = self.ended.iter().cloned().chain(left).collect();
        Exit {
            at: Instant::now(),
            traced: true,
            alone: self.alone,
            others,
            elsewhere: std::mem::take(&mut self.elsewhere),
        }
    }

    /// The first process is a zombie that would be seen again and again, so each other
    /// is waited for by its number.
    fn see_all_end(&mut self) {
        self.may_hold = 0;
        self.held.iter_mut().for_each(Held::let_go);
        while !self.threads.is_empty() {
            let threads: Vec<Pid> = self.threads.keys().copied().collect();
            for thread in threads {
                if self.next(libc::P_PID, thread).is_err() {
                    self.forget(thread);
                }
            }
        }
    }

    fn see(&mut self, change: &Change) {
        let pid = change.pid;
        let Some((event, signal)) = change.stop() else {
            return self.forget(pid);
        };
        self.know(pid);
        self.halted().remove(&pid);
        match (event, signal) {
            (libc::PTRACE_EVENT_EXIT, _) => self.ends(pid),
            (libc::PTRACE_EVENT_SECCOMP, _) => self.is_about_to_write(pid),
            (0, SYSTEM_CALL_ENDS) => {
                self.has_written(pid, returned(pid));
                go_on(libc::PTRACE_CONT, pid, 0);
            }
            (0, signal) => go_on(libc::PTRACE_CONT, pid, signal),
            // It is stopped by a signal, and stays so until another continues it.
            (EVENT_STOP, signal) if signal != libc::SIGTRAP => {
                self.halt(pid, "stopped");
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

    fn halted(&self) -> MutexGuard<'_, HashMap<Pid, &'static str>> {
        self.halted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn halt(&self, pid: Pid, how: &'static str) {
        self.halted().insert(pid, how);
    }

    fn know(&mut self, thread: Pid) {
        self.alone &= thread == self.leader;
        self.threads
            .entry(thread)
            .or_insert_with(|| writer_in(thread));
    }

    fn forget(&mut self, thread: Pid) {
        self.threads.remove(&thread);
        self.writes_no_more(thread);
    }

    fn is_about_to_write(&mut self, thread: Pid) {
        match self.write_of(thread) {
            None => go_on(libc::PTRACE_CONT, thread, 0),
            Some(write) => {
                self.waiting.push_back((thread, write));
                self.let_next_write();
            }
        }
    }

    /// What a thread is about to write to an output of the program.
    fn write_of(&mut self, thread: Pid) -> Option<Write> {
        let call = Call::of(thread)?;
        let output = fs::read_link(format!("/proc/{thread}/fd/{}", call.descriptor)).ok()?;
        let is_output = |known: &Option<PathBuf>| known.as_ref() == Some(&output);
        let writer = *self.threads.get(&thread)?;
        let to = match self.outputs.iter().position(is_output) {
            Some(0) => Source::Stdout,
            Some(_) => Source::Stderr,
            None => {
                let name = output.to_string_lossy();
                let is_shown = ["pipe:", "socket:", "/dev/pts/"]
                    .iter()
                    .any(|kind| name.starts_with(kind));
                if matches!(call.descriptor, 1 | 2) && is_shown {
                    self.elsewhere.push(writer.process);
                    self.elsewhere.dedup();
                }
                return None;
            }
        };
        let bytes = call.bytes(thread).filter(|_| self.may_read > 0)?;
        Some(Write::Begins {
            to,
            writer,
            at: Instant::now(),
            bytes,
        })
    }

    /// One at a time, so that the order of the bytes is known.
    fn let_next_write(&mut self) {
        if self.writing.is_some() {
            return;
        }
        if let Some((thread, mut write)) = self.waiting.pop_front() {
            if let Write::Begins { at, .. } = &mut write {
                *at = Instant::now();
            }
            // Nobody receives it when the run was dropped.
            let _ = self.writes.send(write);
            self.writing = Some(thread);
            go_on(libc::PTRACE_SYSCALL, thread, 0);
        }
    }

    fn writes_no_more(&mut self, thread: Pid) {
        self.waiting.retain(|(waiting, _)| *waiting != thread);
        self.has_written(thread, None);
    }

    fn has_written(&mut self, thread: Pid, written: Option<usize>) {
        if self.writing == Some(thread) {
            self.writing = None;
            self.may_read = self.may_read.saturating_sub(written.unwrap_or_default());
            let _ = self.writes.send(Write::Ends { written });
            self.let_next_write();
        }
    }

    /// A thread is about to end; with the first one of a process, the process ends.
    fn ends(&mut self, thread: Pid) {
        self.writes_no_more(thread);
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
        let stdout = fs::read_link(format!("/proc/{pid}/fd/1")).ok();
        if stdout == self.outputs[0] && self.may_hold > 0 {
            self.may_hold -= 1;
            self.held.push(Held::new(pid, status));
            self.halt(pid, "at its end");
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
        self.ended.push(ProcessEnd {
            pid: pid.as_raw() as u32,
            at: Some(self.started.elapsed()),
            status: Some(status),
            unheld,
        });
        go_on(libc::PTRACE_CONT, pid, 0);
    }
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
