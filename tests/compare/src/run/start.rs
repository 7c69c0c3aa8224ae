//! The way in: a program is started by one thread and traced by another, and each
//! of its writes is stopped for the tracer.
//!
//! ```text
//! new process: its PID ──► tracer: may I trace it? ──► filter or none ──► exec
//! ```
//!
//! A filter without a tracer would make every write fail, so the new process waits
//! until it is traced, and installs none where that is forbidden.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::thread;
use std::time::Instant;

use crossbeam::channel::{self, Receiver};
use nix::libc;
use nix::unistd::Pid;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

use crate::run::tracer::{self, Exit, Halted};
use crate::run::writes::Write as WriteSeen;

/// A started program.
pub struct Started {
    pub child: Child,
    /// What it writes to stdout and stderr, told before it is there to be read.
    pub writes: Receiver<WriteSeen>,
    /// Its end, told when it is still a zombie: its PID must not be given to another
    /// process before everything is cleaned up.
    pub exit: Receiver<Exit>,
}

/// Starts a program, and the thread that traces it. Times are counted from
/// `started`; in `halted` are those that do not run.
pub fn start(mut command: Command, started: Instant, halted: Halted) -> io::Result<Started> {
    let (pid, pid_in) = io::pipe()?;
    let (go, go_in) = io::pipe()?;
    wait_for_the_tracer(&mut command, pid_in, go)?;
    let (writes_in, writes) = channel::unbounded();
    let (exit_in, exit) = channel::bounded(1);
    thread::spawn(move || {
        let Some(leader) = meet(pid) else { return };
        let tracer = tracer::seize(leader, started, writes_in, halted);
        let answer = [u8::from(tracer.is_some())];
        // It fails when the new process has died, which is then seen.
        let _ = { go_in }.write_all(&answer);
        match tracer {
            Some(tracer) => tracer.trace(&exit_in),
            None => tracer::wait_untraced(leader, &exit_in),
        }
    });
    let child = command.spawn();
    // It holds this process's copies of the program's side.
    drop(command);
    Ok(Started {
        child: child?,
        writes,
        exit,
    })
}

/// Lets the new process tell its PID, and wait for the answer.
#[expect(unsafe_code, reason = "pre_exec has no safe form")]
fn wait_for_the_tracer(
    command: &mut Command,
    mut pid: PipeWriter,
    mut go: PipeReader,
) -> io::Result<()> {
    let filter = filter()?;
    let meet = move || {
        pid.write_all(&std::process::id().to_ne_bytes())?;
        let mut answer = [0];
        go.read_exact(&mut answer)?;
        if answer == [1] {
            // Where the system has no filters, no writer is known.
            let _ = apply_filter(&filter);
        }
        Ok(())
    };
    // SAFETY: in the forked process, the closure writes to a pipe, reads from
    // another, and makes the two system calls of `apply_filter`. It takes no lock,
    // allocates nothing, since an error holds only its number, and touches no memory of
    // the parent.
    unsafe { command.pre_exec(meet) };
    Ok(())
}

/// The PID of the new process; None when there is none.
fn meet(mut pid: PipeReader) -> Option<Pid> {
    let mut bytes = [0; 4];
    pid.read_exact(&mut bytes).ok()?;
    Some(Pid::from_raw(i32::from_ne_bytes(bytes)))
}

/// Stops write(2) and writev(2) for the tracer, and nothing else.
fn filter() -> io::Result<BpfProgram> {
    let writes = [libc::SYS_write, libc::SYS_writev].map(|call| (call, vec![]));
    let arch = std::env::consts::ARCH.try_into();
    let filter = SeccompFilter::new(
        writes.into_iter().collect(),
        SeccompAction::Allow,
        SeccompAction::Trace(0),
        arch.map_err(io::Error::other)?,
    );
    let filter: Result<BpfProgram, _> = filter.and_then(SeccompFilter::try_into);
    let mut filter = filter.map_err(io::Error::other)?;
    // It would kill a program of another architecture (32 bit).
    let kills = filter
        .iter_mut()
        .filter(|step| step.k == libc::SECCOMP_RET_KILL_PROCESS);
    kills.for_each(|step| step.k = libc::SECCOMP_RET_ALLOW);
    Ok(filter)
}
