//! Reads stdout and stderr of a program. What came from both since the last look
//! is told with stdout first, as a program prints that fails at last. (So an error
//! before a line of the same moment is told after it.)

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::thread;
use std::time::Instant;

use crossbeam::channel::{self, Receiver};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    Stdout,
    Stderr,
}

/// What was read.
pub struct Piece {
    pub source: Source,
    pub at: Instant,
    /// Empty when the output was closed.
    pub bytes: Vec<u8>,
}

/// Starts the thread that reads both.
///
/// # Errors
///
/// When one of them cannot be set to read without waiting.
pub fn read(stdout: File, stderr: File) -> io::Result<Receiver<Piece>> {
    // What is printed to stdout before an error is there when the error is. So
    // stderr is read first, and told last.
    let mut open = vec![(Source::Stderr, stderr), (Source::Stdout, stdout)];
    for (_, file) in &open {
        fcntl(file, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    }
    // Bounded, so that a program that prints without end has to wait.
    let (sender, pieces) = channel::bounded(16);
    thread::spawn(move || {
        while wait(&open).is_ok() {
            let read: Vec<Piece> = open.iter_mut().filter_map(read_piece).collect();
            for piece in read.into_iter().rev() {
                if piece.bytes.is_empty() {
                    open.retain(|(source, _)| *source != piece.source);
                }
                if sender.send(piece).is_err() {
                    return;
                }
            }
            if open.is_empty() {
                return;
            }
        }
    });
    Ok(pieces)
}

/// Waits until there is something to read.
fn wait(open: &[(Source, File)]) -> nix::Result<()> {
    let files = open.iter().map(|(_, file)| file.as_fd());
    let mut polled: Vec<PollFd> = files.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
    while let Err(errno) = poll(&mut polled, PollTimeout::NONE) {
        if errno != Errno::EINTR {
            return Err(errno);
        }
    }
    Ok(())
}

/// Reads what is there, if anything.
fn read_piece((source, file): &mut (Source, File)) -> Option<Piece> {
    // As much as a pipe holds.
    let mut bytes = vec![0; 64 * 1024];
    let length = match file.read(&mut bytes) {
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
        // A terminal's read fails when its other side is closed.
        Err(_) => 0,
    };
    bytes.truncate(length);
    Some(Piece {
        source: *source,
        at: Instant::now(),
        bytes,
    })
}
