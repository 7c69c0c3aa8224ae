//! The system calls that the bare rows share.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::sleep;
use std::time::Duration;

use nix::libc;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::sys::wait::waitpid;
use nix::unistd::{self, ForkResult, Pid};

use crate::row::Result;

/// Forks a child that runs `body` and ends.
#[expect(unsafe_code, reason = "fork(2) and _exit(2) have no safe form")]
pub fn fork(body: impl FnOnce()) -> nix::Result<Pid> {
    // SAFETY: this process has one thread: `wait_for_one_thread` checks that
    // before each run, and the bare rows fork before they start threads.
    match unsafe { unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            let panicked = catch_unwind(AssertUnwindSafe(body)).is_err();
            // SAFETY: _exit takes no pointer and has no precondition.
            unsafe { libc::_exit(i32::from(panicked)) }
        }
    }
}

/// As [`fork`], for a child that dies with its parent.
pub fn fork_server(body: impl FnOnce()) -> nix::Result<Pid> {
    fork(|| {
        if set_pdeathsig(Signal::SIGKILL).is_ok() {
            body();
        }
    })
}

pub fn wait(pid: Pid) -> nix::Result<()> {
    waitpid(pid, None).map(drop)
}

/// Two connected sockets that keep the bounds of messages.
pub fn socket_pair() -> nix::Result<(OwnedFd, OwnedFd)> {
    socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )
}

/// Waits until the threads of the last run are gone: only a process with one
/// thread may fork.
pub fn wait_for_one_thread() -> Result {
    // The folder of the threads has a link for each, and two of its own (proc(5)).
    for _ in 0..1000 {
        if fs::metadata("/proc/self/task")?.nlink() - 2 == 1 {
            return Ok(());
        }
        sleep(Duration::from_millis(1));
    }
    Err("a run has left a thread behind".into())
}
