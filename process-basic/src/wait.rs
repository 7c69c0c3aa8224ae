//! Asking the system how a child process is.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

/// Waits as the flags say, and takes the status of a child that has ended; `None`
/// while it runs.
#[expect(unsafe_code, reason = "nix's form knows no real-time signals")]
pub(crate) fn take_status(pid: Pid, flags: WaitPidFlag) -> Result<Option<ExitStatus>, Errno> {
    let mut status = 0;
    // SAFETY: the call writes to `status`, and keeps no pointer to it.
    let waited = unsafe { libc::waitpid(pid.as_raw(), &raw mut status, flags.bits()) };
    match Errno::result(waited) {
        Err(Errno::EINTR) | Ok(0) => Ok(None),
        Err(errno) => Err(errno),
        // Whoever traces a child is told when it stops, too (ptrace(2)).
        Ok(_) if !libc::WIFEXITED(status) && !libc::WIFSIGNALED(status) => Ok(None),
        Ok(_) => Ok(Some(ExitStatus::from_raw(status))),
    }
}

/// Whether the PID is that of a child, running or not yet waited for.
pub(crate) fn is_child(pid: Pid) -> bool {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::Pid(pid), look) != Err(Errno::ECHILD)
}

/// Whether a child still runs. Its status can still be taken afterwards.
pub(crate) fn is_running(pid: Pid) -> bool {
    waits_in_vain(pid, WaitPidFlag::WNOHANG)
}

/// Waits for the end of a child. Its status can still be taken afterwards.
pub(crate) fn wait_for_end(pid: Pid) {
    while waits_in_vain(pid, WaitPidFlag::empty()) {}
}

fn waits_in_vain(pid: Pid, flags: WaitPidFlag) -> bool {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | flags;
    let waited = waitid(Id::Pid(pid), look);
    matches!(waited, Ok(WaitStatus::StillAlive) | Err(Errno::EINTR))
}

/// Looks again and again, ever more slowly, until there is something to see or the
/// time is over.
pub(crate) fn look_until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    let mut nap = Duration::from_micros(100);
    loop {
        let seen = look();
        let left = limit.saturating_sub(started.elapsed());
        if seen.is_some() || left.is_zero() {
            return seen;
        }
        thread::sleep(nap.min(left));
        nap = (nap * 2).min(Duration::from_millis(10));
    }
}
