//! The changes of traced threads, and how they are let go on.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::ptr;

use nix::libc;
use nix::unistd::Pid;
use rustix::io::{self, retry_on_intr};
use rustix::process::{WaitOptions, wait};

/// A stop of a seized thread that no other event tells.
pub const EVENT_STOP: i32 = 128;

/// How a system call ends that was asked for with PTRACE_SYSCALL.
pub const SYSTEM_CALL_ENDS: i32 = libc::SIGTRAP | 0x80;

/// What happened to a thread.
pub struct Change {
    pub pid: Pid,
    /// As waitpid(2) tells it.
    status: i32,
}

impl Change {
    /// The next change of what this thread traces; None when there is none yet, and it is
    /// not to be waited for.
    ///
    /// # Errors
    ///
    /// When it traces nothing any more.
    pub fn next(may_wait: bool) -> io::Result<Option<Change>> {
        let nohang = if may_wait { 0 } else { libc::WNOHANG };
        let options = libc::__WALL | libc::__WNOTHREAD | nohang;
        let options = WaitOptions::from_bits_retain(options as u32);
        let change = retry_on_intr(|| wait(options))?;
        Ok(change.map(|(pid, status)| Change {
            pid: Pid::from_raw(pid.as_raw_pid()),
            status: status.as_raw(),
        }))
    }

    /// How it ended, if it did.
    pub fn end(&self) -> Option<ExitStatus> {
        (!libc::WIFSTOPPED(self.status)).then(|| ExitStatus::from_raw(self.status))
    }

    /// The ptrace event (0 for a signal) and the signal that stopped it.
    pub fn stop(&self) -> (i32, i32) {
        (self.status >> 16, libc::WSTOPSIG(self.status))
    }
}

/// Lets a stopped thread run on, and delivers this signal, or none with 0.
#[expect(unsafe_code, reason = "nix's functions take no real-time signal")]
pub fn go_on(request: libc::c_uint, pid: Pid, signal: i32) {
    let none = ptr::null_mut::<libc::c_void>();
    // The last argument is read as a pointer, whatever it means.
    let signal = ptr::without_provenance_mut::<libc::c_void>(signal as usize);
    // SAFETY: no such request reads or writes memory of this process.
    unsafe {
        // It fails when the process has been killed meanwhile.
        libc::ptrace(request, pid.as_raw(), none, signal);
    }
}
