//! A stdin that is empty, and that knows whether a program read from it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::PtyMaster;

use crate::run::pty;

/// What the user of a terminal types for "no more input": Ctrl-D. It ends one
/// read.
const END_OF_INPUT: u8 = 4;

/// A program that reads this often is in a loop without end. A terminal keeps
/// up to 4,096 bytes of input (termios(3)).
const READS: usize = 1000;

/// A terminal on which somebody has typed nothing but Ctrl-D, many times: every
/// read ends at once, and takes one Ctrl-D away.
pub struct EmptyStdin {
    /// Closing it would hang the terminal up.
    _keyboard: PtyMaster,
    terminal: File,
}

impl EmptyStdin {
    pub fn new() -> io::Result<EmptyStdin> {
        let (mut keyboard, terminal) = pty::open()?;
        keyboard.write_all(&[END_OF_INPUT; READS])?;
        Ok(EmptyStdin {
            _keyboard: keyboard,
            terminal: terminal.into(),
        })
    }

    /// The side to be given to a program.
    pub fn stdio(&self) -> io::Result<Stdio> {
        Ok(OwnedFd::from(self.terminal.try_clone()?).into())
    }

    /// Whether a program has read from it. Call it once, at the end: it takes
    /// away what is left.
    pub fn was_read(&mut self) -> bool {
        let _ = fcntl(self.terminal.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        let mut left = 0;
        while matches!(self.terminal.read(&mut [0]), Ok(0)) {
            left += 1;
        }
        left < READS
    }
}
