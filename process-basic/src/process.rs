use std::process::{ExitCode, ExitStatus};

use crate::fork::fork;
use crate::{Child, Error, Outcome, Target};

/// A process that is not started yet: a function and its arguments, as Python's
/// `Process(target=…, args=…)`.
#[must_use = "a process runs only once it is started"]
pub struct Process<'a> {
    body: Box<dyn FnOnce() -> ExitCode + 'a>,
    is_daemon: bool,
}

impl<'a> Process<'a> {
    /// Keeps `target`, a function, and `args`, a tuple, for the process to come.
    ///
    /// The target may return whatever `main` may: an `Err` is printed and ends
    /// the process with exit code 1, a panic with 101.
    ///
    /// The target is the function itself. This calls it at once, in the parent,
    /// and does not compile:
    ///
    /// ```compile_fail
    /// use process_basic::Process;
    ///
    /// fn run_proc(name: &str) {
    ///     println!("I am {name}.");
    /// }
    ///
    /// Process::new(run_proc("test"), ());
    /// ```
    ///
    /// A tuple of one has a comma. This does not compile either:
    ///
    /// ```compile_fail
    /// # use process_basic::Process;
    /// # fn run_proc(name: &str) {}
    /// Process::new(run_proc, ("test"));
    /// ```
    pub fn new<T, A>(target: T, args: A) -> Process<'a>
    where
        T: Target<A, Output: Outcome> + 'a,
        A: 'a,
    {
        let body = Box::new(|| target.call(args).report());
        Process {
            body,
            is_daemon: false,
        }
    }

    /// Makes it a daemon, as Python's `daemon=True`: the program does not wait for it
    /// at its end. It [dies with its parent](crate#when-the-parent-dies), which waits for
    /// its other children first.
    pub fn daemon(mut self) -> Process<'a> {
        self.is_daemon = true;
        self
    }

    /// Forks a child process, which runs the target and ends.
    ///
    /// The child has a copy of all that the parent has at this moment (see
    /// [the front page](crate#what-a-child-inherits)), so the arguments may
    /// borrow. It draws random numbers of its own, and
    /// [dies with its parent](crate#when-the-parent-dies).
    ///
    /// A process is started once, so the second `start` here does not compile:
    ///
    /// ```compile_fail
    /// # use process_basic::Process;
    /// let p = Process::new(|| println!("Run child process"), ());
    /// let child = p.start()?;
    /// p.start()?;
    /// # Ok::<(), process_basic::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Threads`] when this process runs several threads: the child
    /// would inherit the locks they hold but not the threads that free them
    /// (python/cpython#100228), [`Error::CountThreads`] when there is no /proc
    /// to count them in, [`Error::Start`] when the system refuses another process
    /// (fork(2), EAGAIN), and [`Error::Unwritten`] when what this one has printed
    /// cannot be written to stdout: both would print it later.
    pub fn start(self) -> Result<Child, Error> {
        fork(self.body, self.is_daemon)
    }

    /// Cannot be called: it is here for the words of rustc's error.
    #[doc(hidden)]
    pub fn join(self) -> Result<ExitStatus, Error>
    where
        Self: Started,
    {
        self.start()?.join()
    }
}

/// What no [`Process`] is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a process that is not started cannot be joined",
    label = "`join` needs what `start` returns",
    note = "before it, write `let p = p.start()?;` in place of `p.start()?;`"
)]
pub trait Started {}
