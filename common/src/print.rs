//! A `println!` for several processes that share one stdout.
//!
//! The standard one splits a line of more than 1,024 bytes into several
//! writes, between which other processes write theirs, and panics when nobody
//! reads any more (`… | head -1`).

use std::fmt;
use std::io::{self, StdoutLock, Write};
use std::os::fd::AsFd;
use std::process;
use std::ptr;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigHandler, SigSet, Signal, raise, signal};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd;

/// Prints one line to stdout, whole, however many processes print at once.
///
/// Takes what [`std::println!`] takes. Import it by name, and it replaces the
/// standard one:
///
/// ```
/// use common::{pid, println};
///
/// println!("Parent process {}.", pid());
/// ```
///
/// A pipe, a socket or a file may take in several parts what is to be printed. So
/// it is written under a lock, which all processes that print with this macro to
/// the same place respect. The kernel frees the lock when its holder dies; the
/// line of a process that is killed while it prints may be cut short.
///
/// What can still go wrong: on a terminal, which has no lock, a signal handler
/// that runs during the write, or a terminal that does not block (fcntl(2),
/// `O_NONBLOCK`), may cut the line. A process that is stopped
/// (SIGSTOP) while it prints keeps the lock, and the others wait. And a process
/// loses the lock when another of its threads closes a copy of stdout (fcntl(2),
/// record locks).
///
/// When nobody reads stdout any more, SIGPIPE ends the process, as it ends most
/// programs. On any other failure the process says so on stderr and ends with
/// exit code 1.
///
/// There is no such macro for stderr, where `eprintln!` writes a line in several parts.
/// A line that must stay whole is made first, its end included: `eprint!("{line}")`.
#[macro_export]
macro_rules! println {
    () => { $crate::print_line(::std::format_args!("")) };
    ($($line:tt)*) => { $crate::print_line(::std::format_args!($($line)*)) };
}

/// What [`println!`](crate::println!) calls.
#[doc(hidden)]
pub fn print_line(line: fmt::Arguments) {
    let line = format!("{line}\n");
    match write_whole(line.as_bytes()) {
        Ok(()) => {}
        Err(error) if nobody_reads(&error) => end_by_sigpipe(),
        Err(error) => {
            // Not eprintln, which panics where even stderr is gone.
            let _ = writeln!(io::stderr(), "Cannot write to stdout: {error}");
            process::exit(1);
        }
    }
}

/// Writes out what C's streams and Rust's stdout have in their buffers, and calls
/// `locked` once it need not wait for another thread that holds one of them. When
/// nobody reads stdout, what was to be written is dropped: that is no error.
#[doc(hidden)] // For a fork, and for the end of a process.
pub fn flush(locked: impl FnOnce()) -> io::Result<()> {
    let c = flush_c();
    let mut stdout = io::stdout().lock();
    locked();
    match c.and(flush_buffer(&mut stdout)) {
        Err(error) if nobody_reads(&error) => Ok(()),
        flushed => flushed,
    }
}

fn nobody_reads(error: &io::Error) -> bool {
    // A socket whose reader has left something unread gives the second.
    use io::ErrorKind::{BrokenPipe, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionReset)
}

fn write_whole(line: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let locked = is_lockable();
    if locked {
        lock_stdout(libc::F_WRLCK);
    }
    // What `print!` has left in the buffer comes first.
    let written = flush_buffer(&mut stdout).and_then(|()| write_all(line));
    if locked {
        lock_stdout(libc::F_UNLCK);
    }
    written
}

/// Whether stdout is a pipe, a socket or a file. On a terminal, a program that
/// Ctrl-Z stops could keep the lock, and the next program there would wait for
/// ever.
fn is_lockable() -> bool {
    let kind = fstat(io::stdout()).map(|stat| stat.st_mode & SFlag::S_IFMT.bits());
    kind.is_ok_and(|kind| kind != SFlag::S_IFCHR.bits())
}

/// Locks or unlocks stdout against other processes (fcntl(2), advisory record
/// locking).
fn lock_stdout(kind: i32) {
    let whole = libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    // A signal handler may interrupt the wait. On any other error the line is
    // printed without the lock: up to PIPE_BUF bytes are written whole anyway.
    while fcntl(io::stdout(), FcntlArg::F_SETLKW(&whole)) == Err(Errno::EINTR) {}
}

fn flush_buffer(stdout: &mut StdoutLock) -> io::Result<()> {
    loop {
        match stdout.flush() {
            // What is not written yet is still in the buffer.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait_for_room()?,
            flushed => return flushed,
        }
    }
}

/// As [`Write::write_all`], but goes on where a stdout that does not block was full.
fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match unistd::write(io::stdout(), bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => wait_for_room()?,
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// Waits until stdout takes more. (A shell or an editor may have set it so that
/// a write does not wait: fcntl(2), `O_NONBLOCK`.)
fn wait_for_room() -> io::Result<()> {
    let stdout = io::stdout();
    match poll(
        &mut [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)],
        PollTimeout::NONE,
    ) {
        Err(Errno::EINTR) => Ok(()),
        polled => Ok(polled.map(drop)?),
    }
}

/// Writes out what C code in this process has printed.
#[expect(unsafe_code, reason = "fflush(3) has no safe form")]
fn flush_c() -> io::Result<()> {
    // SAFETY: a null pointer asks for all streams. C's own locks guard them.
    match unsafe { libc::fflush(ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends this process by SIGPIPE, which Rust programs ignore from their start.
#[expect(unsafe_code, reason = "signal(2) has no safe form")]
fn end_by_sigpipe() -> ! {
    // SAFETY: the default action runs no code of this program.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let _ = SigSet::from(Signal::SIGPIPE).thread_unblock();
    let _ = raise(Signal::SIGPIPE);
    // Only the first process of a container still runs here (pid_namespaces(7)).
    process::exit(128 + Signal::SIGPIPE as i32)
}
