//! Whether this process runs one thread only.

use std::os::unix::fs::MetadataExt;
use std::time::Duration;
use std::{fs, io, thread};

use nix::sched::{CloneFlags, unshare};

use crate::Error;

/// A thread that has been joined is counted for a moment longer, so look again.
const RETRY_INTERVAL: Duration = Duration::from_millis(1);
const MAX_RETRIES: u32 = 50;

/// An error when this process runs several threads.
pub(crate) fn only_one() -> Result<(), Error> {
    for _ in 0..MAX_RETRIES {
        if is_only_one() {
            return Ok(());
        }
        thread::sleep(RETRY_INTERVAL);
    }
    match count()? {
        1 => Ok(()),
        threads => Err(Error::Threads(threads)),
    }
}

/// Whether this process runs one thread.
pub(crate) fn is_only_one() -> bool {
    // This call does nothing for such a process, and is an error for any other
    // (unshare(2)). A container may forbid it.
    unshare(CloneFlags::CLONE_THREAD).is_ok() || matches!(count(), Ok(1))
}

/// The number of threads: the task folder of this process has a link for each,
/// besides the folder's own two (proc(5)). In a new process this is slow.
fn count() -> Result<u64, Error> {
    let tasks = fs::metadata("/proc/self/task").map_err(Error::CountThreads)?;
    let unlike_proc = || Error::CountThreads(io::ErrorKind::Unsupported.into());
    tasks.nlink().checked_sub(2).ok_or_else(unlike_proc)
}
