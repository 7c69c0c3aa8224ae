use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::WaitPidFlag;
use nix::unistd::Pid;

use crate::wait::{is_child, look_until, take_status};
use crate::{Error, children};

/// Why the status is unknown when the system knows no such child (waitpid(2),
/// ECHILD).
const NO_CHILD: &str = "this program was started with SIGCHLD ignored, other code has waited \
                        for the process, or it is no child of this one";

/// A started process, as its parent sees it.
///
/// Dropping it lets the process run on, as in Python: the program then waits for it
/// at its end, after the error of `main` has been printed (and says for whom, if
/// that takes more than two seconds). So no process outlives the program unnoticed.
///
/// Only [`join`](Child::join) promises that the process has ended while the program
/// goes on. A temporary folder that is lent to a process which is not joined, for
/// instance, may be deleted under it.
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
    pub(crate) fn new(pid: Pid, is_daemon: bool) -> Child {
        children::add(pid, is_daemon);
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
        let look = || self.wait(WaitPidFlag::WNOHANG).transpose();
        look_until(limit, look).transpose()
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
            State::Running if is_child(self.pid) => {
                kill(self.pid, signal).map_err(|errno| Error::Signal(errno.into()))
            }
            State::Running | State::Lost => Err(Error::Signal(io::Error::other(NO_CHILD))),
        }
    }

    /// Waits as the flags say. The system tells the status once, so it is kept.
    fn wait(&mut self, flags: WaitPidFlag) -> Result<Option<ExitStatus>, Error> {
        if let State::Running = self.state {
            self.state = match take_status(self.pid, flags) {
                Ok(None) => State::Running,
                Ok(Some(status)) => State::Ended(status),
                Err(Errno::ECHILD) => State::Lost,
                Err(errno) => return Err(Error::Join(errno.into())),
            };
            if !matches!(self.state, State::Running) {
                children::remove(self.pid);
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
        if let State::Running = self.state {
            children::abandon(self.pid);
        }
    }
}
