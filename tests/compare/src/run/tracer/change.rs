//! The changes of a traced thread, and how it is let go on.

use std::ptr;

use nix::errno::Errno;
use nix::libc;
use nix::unistd::Pid;

/// A stop of a seized thread that no other event tells.
pub const EVENT_STOP: i32 = 128;

/// How a system call ends that was asked for with PTRACE_SYSCALL.
pub const SYSTEM_CALL_ENDS: i32 = libc::SIGTRAP | 0x80;

/// For waitid(2): what this thread traces.
pub const TRACED: i32 = libc::WEXITED | libc::WSTOPPED | libc::__WALL | libc::__WNOTHREAD;

/// What happened to a process.
#[derive(PartialEq)]
pub struct Change {
    pub pid: Pid,
    code: i32,
    status: i32,
}

impl Change {
    pub fn is_end(&self) -> bool {
        self.stop().is_none()
    }

    /// The ptrace event (0 for a signal) and the signal that stopped it.
    pub fn stop(&self) -> Option<(i32, i32)> {
        (self.code == libc::CLD_TRAPPED).then_some((self.status >> 8, self.status & 0xff))
    }
}

/// waitid(2).
#[expect(unsafe_code, reason = "for real-time signals nix's waitid is an error")]
pub fn next_change(kind: libc::idtype_t, pid: Pid, flags: i32) -> Result<Option<Change>, Errno> {
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
