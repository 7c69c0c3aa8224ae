//! The children of this process that are not joined yet: they are joined at its end.
//!
//! ```text
//! start ── add ──► list ── remove ──► (joined)
//!                   │
//!                   ├─ handle dropped, child ended: reaped at the next `start`
//!                   └─ end of the program: waited for
//! ```

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, process};

use nix::libc;
use nix::sys::wait::WaitPidFlag;
use nix::unistd::{self, Pid};

use crate::wait::{is_running, look_until, take_status, wait_for_end};

/// How long the end of a program waits for its children before it says so.
const PATIENCE: Duration = Duration::from_secs(2);

static CHILDREN: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// The process whose children are on the list: a fork copies the list, too.
static PARENT: AtomicU32 = AtomicU32::new(0);

struct Entry {
    pid: Pid,
    is_daemon: bool,
    /// Nobody can ask for its status any more.
    is_dropped: bool,
}

/// Notes a child that has just been forked.
pub(crate) fn add(pid: Pid, is_daemon: bool) {
    let mut children = lock();
    let this = process::id();
    // (To write here at each start would cost a page fault.)
    if PARENT.load(Ordering::Relaxed) != this && PARENT.swap(this, Ordering::Relaxed) == 0 {
        join_at_exit();
    }
    children.push(Entry {
        pid,
        is_daemon,
        is_dropped: false,
    });
}

/// Takes a child off, once its end is known.
pub(crate) fn remove(pid: Pid) {
    lock().retain(|child| child.pid != pid);
}

/// Notes that the handle of a child is dropped.
pub(crate) fn abandon(pid: Pid) {
    if let Some(child) = lock().iter_mut().find(|child| child.pid == pid) {
        child.is_dropped = true;
    }
}

/// Reaps the children that have ended, if nobody can ask for their status.
pub(crate) fn reap_dropped() {
    let runs = |pid| matches!(take_status(pid, WaitPidFlag::WNOHANG), Ok(None));
    lock().retain(|child| !child.is_dropped || runs(child.pid));
}

/// Forgets the children of the parent, in a child that has just been forked.
pub(crate) fn forget_inherited() {
    lock().clear();
}

/// Waits for the end of all children of this process, but for daemons. Their
/// status can still be taken by whoever has their handle.
pub(crate) fn join_all() {
    if PARENT.load(Ordering::Relaxed) != process::id() {
        return;
    }
    let children = lock();
    let joined = children.iter().filter(|child| !child.is_daemon);
    let mut running: Vec<Pid> = joined.map(|child| child.pid).collect();
    // Another thread may join one of them meanwhile.
    drop(children);
    let mut all_ended = || {
        running.retain(|&pid| is_running(pid));
        running.is_empty().then_some(())
    };
    if look_until(PATIENCE, &mut all_ended).is_none() {
        say_for_whom(&running);
        running.into_iter().for_each(wait_for_end);
    }
    reap_dropped();
}

fn say_for_whom(running: &[Pid]) {
    let pids: Vec<String> = running.iter().map(Pid::to_string).collect();
    let pids = pids.join(", ");
    let said = match running.len() {
        1 => format!("Still waiting for child process {pids}, which was not joined.\n"),
        _ => format!("Still waiting for child processes {pids}, which were not joined.\n"),
    };
    // Not eprintln: at the end of a program, thread-locals may be gone.
    let _ = unistd::write(io::stderr(), said.as_bytes());
}

/// Has the program wait for its children when it ends: after the error of `main` has
/// been printed, after a panic in `main`, and at `std::process::exit`.
#[expect(unsafe_code, reason = "atexit(3) has no safe form")]
fn join_at_exit() {
    extern "C" fn at_exit() {
        join_all();
    }
    // SAFETY: `at_exit` is there as long as the program runs, does not unwind, and
    // does not call exit. (If there is no memory to note it, nobody is waited for.)
    let _ = unsafe { libc::atexit(at_exit) };
}

fn lock() -> MutexGuard<'static, Vec<Entry>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}
