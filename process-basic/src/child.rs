use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use crate::Error;

/// Why the status is unknown when the system knows no such child (waitpid(2),
/// ECHILD).
const NO_CHILD: &str = "this program was started with SIGCHLD ignored, other code has waited \
                        for the process, or it is no child of this one";

/// How long a drop waits before it says so.
const PATIENCE: Duration = Duration::from_secs(2);

/// A started process, as its parent sees it.
///
/// Dropping it waits for its end, as Python does at exit: no process outlives
/// the program unnoticed, and none is left as a zombie. A drop that waits for
/// more than two seconds says so on stderr.
#[must_use = "dropping a child waits for its end: keep it, and join it where you want to wait"]
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Running,
    /// It has been waited for. Its PID may belong to another process by now.
    Ended(ExitStatus),
    /// The system knows no such child: its status is lost.
    Lost,
}

impl Child {
    pub(crate) fn new(pid: Pid) -> Child {
        let state = State::Running;
        Child { pid, state }
    }

    /// The number by which the system knows the process.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// Waits for the process to end, and returns its status.
    ///
    /// A process that failed is no error here, as in Python: its status says so.
    ///
    /// A child is joined once, so the second `join` does not compile:
    ///
    /// ```compile_fail
    /// # use process_basic::Process;
    /// let p = Process::new(|| println!("Run child process"), ()).start()?;
    /// p.join()?;
    /// p.join()?;
    /// # Ok::<(), process_basic::Error>(())
    /// ```
    ///
    /// Neither does a `join` before `start`, since only a `Child` has it:
    ///
    /// ```compile_fail
    /// # use process_basic::Process;
    /// let p = Process::new(|| println!("Run child process"), ());
    /// p.join()?;
    /// # Ok::<(), process_basic::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Join`] when the system does not tell how the process ended: when
    /// this program was started with SIGCHLD ignored, when other code has waited
    /// for the process, and when another process than its parent joins it
    /// (waitpid(2), ECHILD).
    pub fn join(mut self) -> Result<ExitStatus, Error> {
        loop {
            if let Some(status) = self.wait(WaitPidFlag::empty())? {
                return Ok(status);
            }
        }
    }

    /// Waits at most `limit`; `None` when the process still runs then.
    ///
    /// # Errors
    ///
    /// As [`join`](Child::join).
    pub fn join_timeout(&mut self, limit: Duration) -> Result<Option<ExitStatus>, Error> {
        let started = Instant::now();
        let mut nap = Duration::from_micros(100);
        loop {
            let status = self.wait(WaitPidFlag::WNOHANG)?;
            let left = limit.saturating_sub(started.elapsed());
            if status.is_some() || left.is_zero() {
                return Ok(status);
            }
            thread::sleep(nap.min(left));
            nap = (nap * 2).min(Duration::from_millis(10));
        }
    }

    /// Whether the process still runs.
    ///
    /// # Errors
    ///
    /// As [`join`](Child::join).
    pub fn is_alive(&mut self) -> Result<bool, Error> {
        let status = self.wait(WaitPidFlag::WNOHANG)?;
        Ok(status.is_none())
    }

    /// Asks the process to end, with SIGTERM; one that has ended is left alone.
    ///
    /// # Errors
    ///
    /// [`Error::Signal`] when the signal cannot be sent (kill(2)), or could hit
    /// another process that has got the same PID, as when SIGCHLD is ignored.
    /// (If that is another child of this process, it is hit.)
    pub fn terminate(&self) -> Result<(), Error> {
        self.signal(Signal::SIGTERM)
    }

    /// Ends the process at once, with SIGKILL; one that has ended is left alone.
    ///
    /// # Errors
    ///
    /// As [`terminate`](Child::terminate).
    pub fn kill(&self) -> Result<(), Error> {
        self.signal(Signal::SIGKILL)
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        match self.state {
            State::Ended(_) => Ok(()),
            State::Running if self.is_child() => {
                kill(self.pid, signal).map_err(|errno| Error::Signal(errno.into()))
            }
            State::Running | State::Lost => Err(Error::Signal(io::Error::other(NO_CHILD))),
        }
    }

    /// Whether the PID is still that of a child, running or not yet waited for.
    fn is_child(&self) -> bool {
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        waitid(Id::Pid(self.pid), look) != Err(Errno::ECHILD)
    }

    /// Waits as the flags say. The system tells the status once, so it is kept.
    fn wait(&mut self, flags: WaitPidFlag) -> Result<Option<ExitStatus>, Error> {
        if let State::Running = self.state {
            match waitpid(self.pid, flags) {
                Ok(status) => self.state = status.map_or(State::Running, State::Ended),
                Err(Errno::EINTR) => {}
                Err(Errno::ECHILD) => self.state = State::Lost,
                Err(errno) => return Err(Error::Join(errno.into())),
            }
        }
        match self.state {
            State::Running => Ok(None),
            State::Ended(status) => Ok(Some(status)),
            State::Lost => Err(Error::Join(io::Error::other(NO_CHILD))),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Ok(None) = self.join_timeout(PATIENCE) {
            // Nothing can be done when stderr is closed.
            let _ = writeln!(
                io::stderr(),
                "Still waiting for child process {}, which was not joined.",
                self.pid
            );
        }
        while let Ok(None) = self.wait(WaitPidFlag::empty()) {}
    }
}

/// Calls waitpid(2); `None` while the process runs.
#[expect(unsafe_code, reason = "nix's form knows no real-time signals")]
fn waitpid(pid: Pid, flags: WaitPidFlag) -> Result<Option<ExitStatus>, Errno> {
    let mut status = 0;
    // SAFETY: the call writes to `status`, and keeps no pointer to it.
    let waited = unsafe { libc::waitpid(pid.as_raw(), &raw mut status, flags.bits()) };
    let ended = Errno::result(waited)? != 0;
    Ok(ended.then(|| ExitStatus::from_raw(status)))
}
