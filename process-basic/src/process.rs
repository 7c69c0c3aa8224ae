use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::process::Termination;
use std::thread;
use std::time::Duration;

use crate::fork::fork;
use crate::{Child, Error, Target};

/// A process that is yet to be started: a function and its arguments, as
/// Python's `Process(target=…, args=…)`.
#[must_use = "a process runs only once it is started"]
#[derive(Clone, Debug)]
pub struct Process<T, A> {
    target: T,
    args: A,
}

impl<T, A> Process<T, A>
where
    T: Target<A, Output: Termination>,
{
    /// Keeps `target` and `args`, a tuple, for the process to come.
    ///
    /// The target may return whatever `main` may: an `Err` is printed and ends
    /// the process with exit code 1, a panic with 101.
    pub fn new(target: T, args: A) -> Process<T, A> {
        Process { target, args }
    }

    /// Forks a child process, which runs the target and ends.
    ///
    /// The child has a copy of all that the parent has at this moment, so the
    /// arguments may borrow. It draws random numbers of its own, and dies with
    /// its parent (unless it changes its user: PR_SET_PDEATHSIG in prctl(2)).
    ///
    /// # Errors
    ///
    /// [`Error::Threads`] when this process runs several threads: the child
    /// would inherit the locks they hold but not the threads that free them
    /// (python/cpython#100228), [`Error::CountThreads`] when there is no /proc
    /// to count them in, and [`Error::Start`] when the system has no process
    /// to give (fork(2), EAGAIN).
    pub fn start(self) -> Result<Child, Error> {
        only_one_thread()?;
        let Process { target, args } = self;
        fork(|| target.call(args)).map(Child::new)
    }
}

/// A thread that has been joined is counted for a moment longer, so look again.
const RETRY_INTERVAL: Duration = Duration::from_millis(1);
const MAX_RETRIES: u32 = 50;

fn only_one_thread() -> Result<(), Error> {
    let mut retries = 0;
    loop {
        match threads()? {
            1 => return Ok(()),
            threads if retries == MAX_RETRIES => return Err(Error::Threads(threads)),
            _ => thread::sleep(RETRY_INTERVAL),
        }
        retries += 1;
    }
}

/// The number of this process's threads: its task folder has a link for each,
/// besides the folder's own two (proc(5)).
fn threads() -> Result<u64, Error> {
    let tasks = fs::metadata("/proc/self/task").map_err(Error::CountThreads)?;
    let unlike_proc = || Error::CountThreads(io::ErrorKind::Unsupported.into());
    tasks.nlink().checked_sub(2).ok_or_else(unlike_proc)
}
