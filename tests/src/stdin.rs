//! A stdin that is empty, and tells whether somebody read from it.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::PtyMaster;

use crate::pty;

/// What a terminal's user types for "no more input": Ctrl-D. Each takes one
/// read to its end, and is then gone.
const END_OF_INPUT: &[u8] = b"\x04";

/// A terminal on which somebody has typed Ctrl-D, and types it again whenever
/// it has been read: every read ends at once, and none goes unnoticed.
pub struct EmptyStdin {
    typing: PtyMaster,
    terminal: OwnedFd,
    was_read: bool,
}

impl EmptyStdin {
    pub fn new() -> io::Result<EmptyStdin> {
        let (typing, terminal) = pty::open()?;
        (&typing).write_all(END_OF_INPUT)?;
        let was_read = false;
        Ok(EmptyStdin {
            typing,
            terminal,
            was_read,
        })
    }

    /// The side to be given to a program.
    pub fn stdio(&self) -> io::Result<Stdio> {
        Ok(self.terminal.try_clone()?.into())
    }

    /// Looks whether it was read since the last look, and ends the next read.
    pub fn look(&mut self) {
        if !self.has_input() {
            self.was_read = true;
            // A terminal that takes no more input has enough of it.
            let _ = (&self.typing).write_all(END_OF_INPUT);
        }
    }

    /// Whether it has ever been read, as far as was looked.
    pub fn was_read(&self) -> bool {
        self.was_read
    }

    fn has_input(&self) -> bool {
        let mut ends = [PollFd::new(self.terminal.as_fd(), PollFlags::POLLIN)];
        poll(&mut ends, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }
}
