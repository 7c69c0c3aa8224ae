//! Whose the bytes are that come out of a terminal or a pipe.
//!
//! What was read is the truth; the writes only say whose it is. Each is told before
//! its bytes can be read, and one at a time, so they come in the order of the bytes.
//! Bytes of no write (sendfile(2), a program of another architecture) are nobody's.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::transcript::Writer;

/// The writes to one output, which the tracer tells and the supervisor asks for.
#[derive(Default)]
pub struct Writes(Mutex<VecDeque<Unread>>);

/// A write, as far as it has come out.
struct Unread {
    writer: Writer,
    at: Duration,
    bytes: Vec<u8>,
    /// So many of them were read.
    read: usize,
    /// Perhaps some of them never come.
    cut: bool,
}

impl Writes {
    pub fn begin(&self, writer: Writer, at: Duration, bytes: Vec<u8>) {
        self.unread().push_back(Unread {
            writer,
            at,
            bytes,
            read: 0,
            cut: false,
        });
    }

    /// The write that began last has written so many bytes; None when that is not
    /// known.
    pub fn end(&self, written: Option<usize>) {
        if let Some(last) = self.unread().back_mut() {
            last.cut = written.is_none();
            last.bytes.truncate(written.unwrap_or(usize::MAX));
        }
    }

    /// Who wrote the first of the bytes that were read, and when; and of how many more
    /// this is known.
    pub fn next(&self, read: &[u8]) -> (Option<(Writer, Duration)>, usize) {
        let mut unread = self.unread();
        while let Some(write) = unread.front_mut() {
            let (written, length) = common(&write.bytes[write.read..], read);
            write.read += written;
            if length > 0 {
                return (Some((write.writer, write.at)), length);
            }
            if write.read < write.bytes.len() && !write.cut {
                break;
            }
            // Nothing more comes of it.
            unread.pop_front();
        }
        (None, 1)
    }

    fn unread(&self) -> MutexGuard<'_, VecDeque<Unread>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many bytes of both are the same. A terminal ends lines with \r\n, so no \r counts.
fn common(written: &[u8], read: &[u8]) -> (usize, usize) {
    let (mut from, mut to) = (0, 0);
    while from < written.len() && to < read.len() {
        match (written[from], read[to]) {
            (b'\r', _) => from += 1,
            (_, b'\r') => to += 1,
            (one, other) if one == other => (from, to) = (from + 1, to + 1),
            _ => break,
        }
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_written_is_not_awaited() {
        let writes = Writes::default();
        let begin = |process, text: &str| {
            let writer = Writer {
                process,
                thread: process,
                pid: process,
            };
            writes.begin(writer, Duration::ZERO, text.into());
        };
        begin(1, "interrupted\n");
        writes.end(Some("inter".len()));
        begin(2, "killed\n");
        writes.end(None);
        begin(3, "done\n");
        let (mut read, mut parts) = ("interkilldone\r\n?", Vec::new());
        while !read.is_empty() {
            let (writer, length) = writes.next(read.as_bytes());
            let (part, rest) = read.split_at(length);
            parts.push((writer.map(|(writer, _)| writer.process), part));
            read = rest;
        }
        let processes = [Some(1), Some(2), Some(3), None];
        let texts = ["inter", "kill", "done\r\n", "?"];
        assert!(parts.into_iter().eq(processes.into_iter().zip(texts)));
    }
}
