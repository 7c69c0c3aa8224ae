//! The changes of traced threads, and how they are let go on.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::ptr;

use nix::errno::Errno;
use nix::libc;
use nix::unistd::Pid;

/// A stop of a seized thread that no other event tells.
pub const EVENT_STOP: i32 = 128;

/// How a system call ends that was asked for with PTRACE_SYSCALL.
pub const SYSTEM_CALL_ENDS: i32 = libc::SIGTRAP | 0x80;

/// For waitid(2): what this thread traces.
const TRACED: i32 = libc::WEXITED | libc::WSTOPPED | libc::__WALL | libc::__WNOTHREAD;

/// What happened to a thread.
pub struct Change {
    pub pid: Pid,
    code: i32,
    status: i32,
}

impl Change {
    /// How it ended, if it did.
    pub fn end(&self) -> Option<ExitStatus> {
        match self.code {
            libc::CLD_TRAPPED => None,
            libc::CLD_EXITED => Some(ExitStatus::from_raw(self.status << 8)),
            _ => Some(ExitStatus::from_raw(self.status)),
        }
    }

    /// The ptrace event (0 for a signal) and the signal that stopped it.
    pub fn stop(&self) -> (i32, i32) {
        (self.status >> 8, self.status & 0xff)
    }
}

/// The next change, which stays to be [taken](take); None when there is none yet, and it
/// is not to be waited for.
pub fn next_change(wait: bool) -> Result<Option<Change>, Errno> {
    let wait = if wait { 0 } else { libc::WNOHANG };
    let any = Pid::from_raw(0);
    waitid(libc::P_ALL, any, TRACED | libc::WNOWAIT | wait)
}

/// Takes a change away that was seen. That of an end reaps the thread.
pub fn take(change: &Change) {
    // It is there, so this does not fail.
    let _ = waitid(libc::P_PID, change.pid, TRACED | libc::WNOHANG);
}

#[expect(unsafe_code, reason = "for real-time signals nix's waitid is an error")]
fn waitid(kind: libc::idtype_t, pid: Pid, flags: i32) -> Result<Option<Change>, Errno> {
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
