//! Whose the bytes are that come out of a terminal or a pipe.
//!
//! What was read is the truth; the writes only say whose it is. Each is told before
//! its bytes can be read, and one at a time, so they come in the order of the bytes.
//! Bytes of no write (sendfile(2), a program of another architecture) are nobody's.

use std::collections::VecDeque;
use std::time::Duration;

use crate::transcript::Writer;

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

/// The writes to one output.
#[derive(Default)]
pub struct Writes {
    unread: VecDeque<Unread>,
}

impl Writes {
    pub fn begin(&mut self, writer: Writer, at: Duration, bytes: Vec<u8>) {
        self.unread.push_back(Unread {
            writer,
            at,
            bytes,
            read: 0,
            cut: false,
        });
    }

    /// The write that began last has written so many bytes; None when that is not
    /// known.
    pub fn end(&mut self, written: Option<usize>) {
        let Some(last) = self.unread.back_mut() else {
            return;
        };
        match written {
            Some(written) => last.bytes.truncate(written),
            None => last.cut = true,
        }
    }

    /// Who wrote the first of the bytes that were read, and when; and of how many more
    /// this is known.
    pub fn next(&mut self, read: &[u8]) -> (Option<(Writer, Duration)>, usize) {
        while let Some(write) = self.unread.front_mut() {
            let (written, length) = common(&write.bytes[write.read..], read);
            write.read += written;
            if length > 0 {
                return (Some((write.writer, write.at)), length);
            }
            if write.read < write.bytes.len() && !write.cut {
                break;
            }
            // Nothing more comes of it.
            self.unread.pop_front();
        }
        (None, 1)
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

    fn writer(process: u32) -> Writer {
        Writer {
            process,
            thread: process,
            pid: process,
        }
    }

    fn writes(texts: &[(u32, &str)]) -> Writes {
        let mut writes = Writes::default();
        for &(process, text) in texts {
            writes.begin(writer(process), Duration::ZERO, text.into());
        }
        writes
    }

    /// The process of each part.
    fn processes(writes: &mut Writes, mut read: &str) -> Vec<(u32, String)> {
        let mut parts = Vec::new();
        while !read.is_empty() {
            let (writer, length) = writes.next(read.as_bytes());
            let (part, rest) = read.split_at(length);
            parts.push((
                writer.map_or(0, |(writer, _)| writer.process),
                part.to_owned(),
            ));
            read = rest;
        }
        parts
    }

    fn told(parts: &[(u32, &str)]) -> Vec<(u32, String)> {
        let part = |&(process, text): &(u32, &str)| (process, text.to_owned());
        parts.iter().map(part).collect()
    }

    #[test]
    fn each_part_has_its_writer() {
        let mut writes = writes(&[(1, "one\n"), (2, "two\r\n")]);
        let parts = processes(&mut writes, "one\r\ntw");
        assert_eq!(parts, told(&[(1, "one\r\n"), (2, "tw")]));
        let parts = processes(&mut writes, "o\r\n?");
        assert_eq!(parts, told(&[(2, "o\r\n"), (0, "?")]));
    }

    #[test]
    fn what_was_not_written_is_not_awaited() {
        let mut writes = writes(&[(1, "interrupted\n")]);
        writes.end(Some("inter".len()));
        writes.begin(writer(2), Duration::ZERO, b"killed\n".into());
        writes.end(None);
        writes.begin(writer(3), Duration::ZERO, b"done\n".into());
        let parts = processes(&mut writes, "interkilldone\n");
        assert_eq!(parts, told(&[(1, "inter"), (2, "kill"), (3, "done\n")]));
    }

    #[test]
    fn bytes_of_no_write_are_nobodys() {
        let mut writes = writes(&[(1, "mine\n")]);
        let parts = processes(&mut writes, "++mine\n");
        assert_eq!(parts, told(&[(0, "+"), (0, "+"), (1, "mine\n")]));
    }
}
