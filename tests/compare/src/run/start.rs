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

use crate::run::tracer::{Traced, Tracer, wait_for};
use crate::transcript::{End, Ending};

/// Starts a program, and the thread that traces it, or waits for its end where that is
/// forbidden. Times are counted from `started`; so many ends are held back.
pub fn start(
    mut command: Command,
    started: Instant,
    held: usize,
) -> io::Result<(Child, Receiver<Traced>)> {
    let (pid, pid_in) = io::pipe()?;
    let (go, go_in) = io::pipe()?;
    wait_for_the_tracer(&mut command, pid_in, go)?;
    let (told, traced) = channel::unbounded();
    thread::spawn(move || {
        let Some(leader) = meet(pid) else { return };
        let tracer = Tracer::seize(leader, started, held, told.clone());
        let answer = [u8::from(tracer.is_some())];
        // It fails when the new process has died, which is then seen.
        let _ = { go_in }.write_all(&answer);
        match tracer {
            Some(tracer) => tracer.trace(),
            None => {
                let ending = wait_for(leader).map_or(Ending::Stopped, Ending::Ended);
                // Nobody receives it when the run was dropped.
                let _ = told.send(Traced::Ended(End {
                    ending,
                    pid: leader.as_raw() as u32,
                    lasted: started.elapsed(),
                    ..End::default()
                }));
            }
        }
    });
    let child = command.spawn()?;
    Ok((child, traced))
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
