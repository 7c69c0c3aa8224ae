//! Starts a program, and sees with ptrace(2) when each of its processes ends.
//!
//! A child often ends so fast that a parent which does not wait for it prints
//! the same lines in the same order as one that does. So the end of each child
//! is delayed: a parent that waits cannot go on before it.
//!
//! ```text
//! parent ── start ──── join ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ its next line
//! child       └──── its line ── exit ├─ delayed ─┤ ended
//! ```
//!
//! Where ptrace is forbidden, the program runs without it, and no end is known.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{self, Receiver};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::unistd::Pid;

use crate::run::transcript::ProcessEnd;

/// How long an end is delayed: a parent that does not wait prints its next line
/// in this time, also on a busy machine.
pub const DELAY: Duration = Duration::from_millis(150);

/// How many ends are delayed. A script that starts a process in each line
/// would take too long.
const MOST_DELAYED: usize = 20;

/// How often the tracer looks whether a delay is over.
const LOOK: Duration = Duration::from_millis(2);

/// The end of a program's first process.
pub struct Exit {
    pub at: Instant,
    /// Its other processes.
    pub others: Vec<ProcessEnd>,
}

impl Exit {
    /// An end of which nothing else is known.
    pub fn unseen() -> Exit {
        let (at, others) = (Instant::now(), Vec::new());
        Exit { at, others }
    }
}

/// Starts a program. Its end is received when it is still a zombie: its PID must
/// not be given to another process before everything is cleaned up. Times are
/// counted from `started`.
pub fn spawn(mut command: Command, started: Instant) -> io::Result<(Child, Receiver<Exit>)> {
    let (child_in, child) = channel::bounded(1);
    let (exit_in, exit) = channel::bounded(1);
    // The thread that starts a process is the one that may trace it.
    thread::spawn(move || {
        ask_for_a_tracer(&mut command);
        let child = command.spawn();
        // It holds this process's copies of the program's side.
        drop(command);
        let leader = child.as_ref().map(Child::id).ok();
        // Whoever called waits for both.
        let _ = child_in.send(child);
        if let Some(leader) = leader {
            let tracer = Tracer::new(Pid::from_raw(leader as i32), started);
            let _ = exit_in.send(tracer.trace());
        }
    });
    let child = child.recv().map_err(io::Error::other)??;
    Ok((child, exit))
}

/// Lets the new process ask to be traced, before it runs the program.
#[expect(unsafe_code, reason = "pre_exec has no safe form")]
fn ask_for_a_tracer(command: &mut Command) {
    let ask = || {
        // Where it is forbidden, the program runs without a tracer.
        let _ = ptrace::traceme();
        Ok(())
    };
    // SAFETY: in the forked process, the closure makes one system call. It takes
    // no lock, allocates nothing, and touches no memory of the parent.
    unsafe { command.pre_exec(ask) };
}

struct Tracer {
    /// The program's first process.
    leader: Pid,
    started: Instant,
    /// What its stdout is; None before it begins.
    stdout: Option<PathBuf>,
    /// Its other processes that run.
    running: HashSet<Pid>,
    /// The threads of all of them, since those may start processes, too.
    threads: HashSet<Pid>,
    /// Those whose end is delayed, the first for the longest time.
    delayed: Vec<Delayed>,
    /// How many more may be delayed.
    may_delay: usize,
    ended: Vec<ProcessEnd>,
}

/// A process whose end is delayed.
struct Delayed {
    pid: Pid,
    until: Instant,
    status: ExitStatus,
}

impl Tracer {
    fn new(leader: Pid, started: Instant) -> Tracer {
        Tracer {
            leader,
            started,
            stdout: None,
            running: HashSet::new(),
            threads: HashSet::new(),
            delayed: Vec::new(),
            may_delay: MOST_DELAYED,
            ended: Vec::new(),
        }
    }

    /// Returns when the program's first process has ended. The end of the thread
    /// lets go of all others.
    fn trace(mut self) -> Exit {
        loop {
            let wait = match self.delayed.is_empty() {
                true => 0,
                false => libc::WNOHANG,
            };
            match next_change(libc::P_ALL, Pid::from_raw(0), wait | libc::WNOWAIT) {
                Ok(Some(change)) if change.pid == self.leader && change.is_end() => break,
                Ok(Some(change)) => {
                    // Takes away what the call above left to see.
                    let _ = next_change(libc::P_PID, change.pid, libc::WNOHANG);
                    self.see(change);
                }
                Ok(None) => thread::sleep(LOOK),
                Err(Errno::EINTR) => {}
                // The system reaped the program: SIGCHLD is ignored here.
                Err(_) => break,
            }
            self.release();
        }
        let delayed = self.delayed.iter().map(|delayed| delayed.pid);
        let left = delayed.chain(self.running);
        let left = left.map(|pid| ProcessEnd {
            pid: pid.as_raw() as u32,
            at: None,
            status: None,
            undelayed: false,
        });
        self.ended.extend(left);
        Exit {
            at: Instant::now(),
            others: self.ended,
        }
    }

    fn see(&mut self, change: Change) {
        let pid = change.pid;
        match change.stop() {
            None => _ = self.running.remove(&pid) || self.threads.remove(&pid),
            Some((libc::PTRACE_EVENT_EXIT, _))
                if pid != self.leader && !self.threads.contains(&pid) =>
            {
                self.delay(pid);
            }
            // The first stop of all: the program is about to begin.
            Some((0, libc::SIGTRAP)) if pid == self.leader && self.stdout.is_none() => {
                self.stdout = stdout_of(pid);
                let _ = ptrace::setoptions(
                    pid,
                    Options::PTRACE_O_TRACECLONE
                        | Options::PTRACE_O_TRACEFORK
                        | Options::PTRACE_O_TRACEVFORK
                        | Options::PTRACE_O_TRACEEXEC
                        | Options::PTRACE_O_TRACEEXIT,
                );
                go_on(libc::PTRACE_CONT, pid, 0);
            }
            // The first stop of a new thread.
            Some((0, libc::SIGSTOP)) if is_thread(pid) && self.threads.insert(pid) => {
                go_on(libc::PTRACE_CONT, pid, 0);
            }
            // The first stop of a new process.
            Some((0, libc::SIGSTOP)) if pid != self.leader && self.running.insert(pid) => {
                go_on(libc::PTRACE_CONT, pid, 0);
            }
            // A traced process would not stay stopped.
            Some((0, signal @ (libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU))) => {
                self.running.remove(&pid);
                go_on(libc::PTRACE_DETACH, pid, signal);
            }
            Some((0, signal)) => go_on(libc::PTRACE_CONT, pid, signal),
            Some(_) => go_on(libc::PTRACE_CONT, pid, 0),
        }
    }

    /// Delays the end of a process, if what it prints is seen.
    fn delay(&mut self, pid: Pid) {
        self.running.remove(&pid);
        // The message of its stop is how it ends.
        let status = ptrace::getevent(pid).map(|status| ExitStatus::from_raw(status as i32));
        let Ok(status) = status else {
            return go_on(libc::PTRACE_DETACH, pid, 0);
        };
        if stdout_of(pid) == self.stdout && self.may_delay > 0 {
            self.may_delay -= 1;
            let until = Instant::now() + DELAY;
            self.delayed.push(Delayed { pid, until, status });
        } else {
            self.end(pid, status, true);
        }
    }

    fn end(&mut self, pid: Pid, status: ExitStatus, undelayed: bool) {
        self.ended.push(ProcessEnd {
            pid: pid.as_raw() as u32,
            at: Some(self.started.elapsed()),
            status: Some(status),
            undelayed,
        });
        go_on(libc::PTRACE_DETACH, pid, 0);
    }

    /// Lets those end whose delay is over.
    fn release(&mut self) {
        while let Some(&Delayed { pid, until, status }) = self.delayed.first() {
            if until > Instant::now() {
                return;
            }
            self.delayed.remove(0);
            self.end(pid, status, false);
        }
    }
}

/// Whether this is a thread other than the first of its process.
fn is_thread(pid: Pid) -> bool {
    let status = procfs::process::Process::new(pid.as_raw()).and_then(|process| process.status());
    status.is_ok_and(|status| status.tgid != pid.as_raw())
}

/// What stdout of a process is, as /proc names it.
fn stdout_of(pid: Pid) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/fd/1")).ok()
}

/// What happened to a process.
struct Change {
    pid: Pid,
    code: i32,
    status: i32,
}

impl Change {
    fn is_end(&self) -> bool {
        self.stop().is_none()
    }

    /// The ptrace event (0 for a signal) and the signal that stopped it.
    fn stop(&self) -> Option<(i32, i32)> {
        (self.code == libc::CLD_TRAPPED).then_some((self.status >> 8, self.status & 0xff))
    }
}

/// waitid(2), for the processes of this thread.
#[expect(unsafe_code, reason = "for real-time signals nix's waitid is an error")]
fn next_change(kind: libc::idtype_t, pid: Pid, flags: i32) -> Result<Option<Change>, Errno> {
    let flags = flags | libc::WEXITED | libc::WSTOPPED | libc::__WALL | libc::__WNOTHREAD;
    // SAFETY: siginfo_t is plain data, for which zeros are valid. waitid writes
    // to it alone, and the fields that are read are those of a SIGCHLD, or zero.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        Errno::result(libc::waitid(kind, pid.as_raw() as u32, &mut info, flags))?;
        let (pid, code, status) = (info.si_pid(), info.si_code, info.si_status());
        let pid = Pid::from_raw(pid);
        Ok((pid.as_raw() != 0).then_some(Change { pid, code, status }))
    }
}

/// Lets a stopped process run on, and delivers this signal, or none with 0.
#[expect(unsafe_code, reason = "nix's cont and detach take no real-time signal")]
fn go_on(request: libc::c_uint, pid: Pid, signal: i32) {
    // SAFETY: neither request reads or writes memory of this process.
    unsafe {
        // It fails when the process has been killed meanwhile.
        libc::ptrace(request, pid.as_raw(), 0, signal);
    }
}
