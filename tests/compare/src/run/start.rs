//! The way in: a program is started by one thread and traced by another, and each
//! of its writes is stopped for the tracer.
//!
//! ```text
//! new process: its PID ──► tracer: may I trace it? ──► filter or none ──► exec
//! ```
//!
//! A filter without a tracer would make every write fail, so the new process waits
//! until it is traced, and installs none where that is forbidden.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam::channel::{self, Receiver};
use nix::libc;
use nix::unistd::Pid;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

use crate::run::tracer::Tracer;
use crate::run::writes::Writes;
use crate::transcript::End;

/// Starts a program, and the thread that traces it: it tells each of the writes to
/// stdout and stderr, holds back so many ends, and tells the end of the program, or
/// nothing where tracing is forbidden. Times are counted from `started`.
pub fn start(
    mut command: Command,
    started: Instant,
    held: usize,
    writes: Arc<[Writes; 2]>,
) -> io::Result<(Child, Receiver<End>)> {
    let (mut process, tracer) = UnixStream::pair()?;
    wait_for_the_tracer(&mut command, tracer)?;
    let (told, end) = channel::bounded(1);
    thread::spawn(move || {
        let mut pid = [0; 4];
        if process.read_exact(&mut pid).is_err() {
            // There is no new process.
            return;
        }
        let leader = Pid::from_raw(i32::from_ne_bytes(pid));
        let tracer = Tracer::seize(leader, started, held, writes, told);
        // It fails when the new process has died, which is then seen.
        let _ = process.write_all(&[u8::from(tracer.is_some())]);
        if let Some(tracer) = tracer {
            tracer.trace();
        }
    });
    let child = command.spawn()?;
    Ok((child, end))
}

/// Lets the new process tell its PID, and wait for the answer.
#[expect(unsafe_code, reason = "pre_exec has no safe form")]
fn wait_for_the_tracer(command: &mut Command, mut tracer: UnixStream) -> io::Result<()> {
    let filter = filter()?;
    let meet = move || {
        tracer.write_all(&std::process::id().to_ne_bytes())?;
        let mut answer = [0];
        tracer.read_exact(&mut answer)?;
        if answer == [1] {
            // Where the system has no filters, no writer is known.
            let _ = apply_filter(&filter);
        }
        Ok(())
    };
    // SAFETY: in the forked process, the closure writes to a socket, reads from it,
    // and makes the two system calls of `apply_filter`. It takes no lock,
    // allocates nothing, since an error holds only its number, and touches no memory of
    // the parent.
    unsafe { command.pre_exec(meet) };
    Ok(())
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
