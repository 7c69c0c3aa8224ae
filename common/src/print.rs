//! A `println!` for several processes that share one stdout.
//!
//! The standard one splits a line of more than 1,024 bytes into several
//! writes, between which other processes write theirs, and panics when nobody
//! reads any more (`… | head -1`).

use std::fmt;
use std::io::{self, Write};
use std::process;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::stat::{SFlag, fstat};

/// The exit code of a process whose stdout nobody reads any more: 128 +
/// SIGPIPE, as a shell reports it.
pub const STDOUT_GONE: i32 = 141;

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
/// When nobody reads stdout any more, the process ends with exit code
/// [`STDOUT_GONE`](crate::STDOUT_GONE); on any other failure it says so on stderr and ends
/// with exit code 1.
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
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => process::exit(STDOUT_GONE),
        Err(error) => {
            eprintln!("Cannot write to stdout: {error}");
            process::exit(1);
        }
    }
}

fn write_whole(line: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    // A full pipe takes a long line in parts, so other processes have to wait.
    // Terminals and files take a write whole.
    let pipe = is_pipe();
    if pipe {
        lock_stdout(libc::F_WRLCK);
    }
    let written = stdout.write_all(line).and_then(|()| stdout.flush());
    if pipe {
        lock_stdout(libc::F_UNLCK);
    }
    written
}

fn is_pipe() -> bool {
    fstat(io::stdout())
        .is_ok_and(|stat| stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFIFO.bits())
}

/// Locks or unlocks stdout against other processes. The kernel unlocks it when
/// a process dies (fcntl(2), advisory record locking).
fn lock_stdout(kind: i32) {
    let whole = libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    // Without the lock, lines of up to PIPE_BUF bytes are whole all the same.
    let _ = fcntl(io::stdout(), FcntlArg::F_SETLKW(&whole));
}
