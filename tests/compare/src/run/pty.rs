//! Pseudo-terminals: a program that prints to one prints as to a person.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use rustix::termios::{Winsize, tcsetwinsize};
use terminal_size::terminal_size;

/// Opens a pseudo-terminal: the side that reads what a program prints, and the
/// side for the program.
///
/// Both are opened with O_CLOEXEC at once, which openpty(3) does not do: another
/// thread's program could inherit them, and the end of this one would not show.
pub fn open() -> io::Result<(PtyMaster, OwnedFd)> {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let slave = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(nix::libc::O_NOCTTY)
        .open(ptsname_r(&master)?)?;
    without_echo(&slave)?;
    tcsetwinsize(&slave, size())?;
    Ok((master, slave.into()))
}

/// That of compare's own terminal, if it has one.
fn size() -> Winsize {
    let own = terminal_size().map(|(width, height)| (width.0, height.0));
    let (ws_col, ws_row) = own.unwrap_or((80, 24));
    Winsize {
        ws_row,
        ws_col,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

fn without_echo(terminal: &impl std::os::fd::AsFd) -> io::Result<()> {
    let mut settings = tcgetattr(terminal)?;
    settings.local_flags.remove(LocalFlags::ECHO);
    tcsetattr(terminal, SetArg::TCSANOW, &settings)?;
    Ok(())
}
