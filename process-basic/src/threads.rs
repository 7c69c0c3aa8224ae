//! Counts the threads of this process.

use std::os::unix::fs::MetadataExt;
use std::time::Duration;
use std::{fs, io, thread};

use crate::Error;

/// A thread that has been joined is counted for a moment longer, so look again.
const RETRY_INTERVAL: Duration = Duration::from_millis(1);
const MAX_RETRIES: u32 = 50;

/// An error when this process runs several threads.
pub(crate) fn only_one() -> Result<(), Error> {
    let mut retries = 0;
    loop {
        match count()? {
            1 => return Ok(()),
            threads if retries == MAX_RETRIES => return Err(Error::Threads(threads)),
            _ => thread::sleep(RETRY_INTERVAL),
        }
        retries += 1;
    }
}

/// The number of threads: the task folder of this process has a link for each,
/// besides the folder's own two (proc(5)).
pub(crate) fn count() -> Result<u64, Error> {
    let tasks = fs::metadata("/proc/self/task").map_err(Error::CountThreads)?;
    let unlike_proc = || Error::CountThreads(io::ErrorKind::Unsupported.into());
    tasks.nlink().checked_sub(2).ok_or_else(unlike_proc)
}
