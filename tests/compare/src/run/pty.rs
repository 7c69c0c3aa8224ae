//! Pseudo-terminals: a program that prints to one prints as to a person.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcgetwinsize, tcsetwinsize};

/// Opens a pseudo-terminal, as large as compare's own terminal, if it has one: the side
/// that reads what a program prints, and the side for the program.
///
/// Both are opened with O_CLOEXEC at once, which openpty(3) does not do: another
/// thread's program could inherit them, and the end of this one would not show.
pub fn open() -> io::Result<(File, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let slave = ioctl_tiocgptpeer(&master, flags)?;
    let size = tcgetwinsize(io::stdout()).unwrap_or(Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    });
    tcsetwinsize(&slave, size)?;
    Ok((master.into(), slave))
}
