//! Whose the bytes are that come out of a terminal or a pipe.
//!
//! What was read is the truth; the writes only say whose it is. Each is told before
//! its bytes can be read, and one at a time, so they come in the order of the bytes.
//! Bytes of no write (sendfile(2), a program of another architecture) are nobody's.

use std::collections::VecDeque;
use std::time::Instant;

use crate::run::reader::Source;
use crate::run::transcript::Writer;

/// A write(2) or writev(2) to stdout or stderr of a program.
pub enum Write {
    Begins {
        to: Source,
        writer: Writer,
        at: Instant,
        bytes: Vec<u8>,
    },
    /// The one that has begun. So many of its bytes were written; None when its
    /// process died of it.
    Ends { written: Option<usize> },
}

/// A write, as far as it has come out.
struct Unread {
    writer: Writer,
    at: Instant,
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

/// Who wrote a byte, and when.
pub type Origin = Option<(Writer, Instant)>;

impl Writes {
    pub fn begin(&mut self, writer: Writer, at: Instant, bytes: Vec<u8>) {
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

    /// What was read, in parts of one origin.
    pub fn parts<'b>(&mut self, read: &'b [u8]) -> Vec<(Origin, &'b [u8])> {
        let mut parts: Vec<(Origin, usize, usize)> = Vec::new();
        let mut from = 0;
        while from < read.len() {
            let (origin, length) = self.next(&read[from..]);
            match parts.last_mut() {
                Some((last, _, end)) if *last == origin => *end = from + length,
                _ => parts.push((origin, from, from + length)),
            }
            from += length;
        }
        let part = |(origin, from, to): (Origin, usize, usize)| (origin, &read[from..to]);
        parts.into_iter().map(part).collect()
    }

    /// The origin of the first bytes, and of how many.
    fn next(&mut self, read: &[u8]) -> (Origin, usize) {
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
            writes.begin(writer(process), Instant::now(), text.into());
        }
        writes
    }

    fn processes(parts: &[(Origin, &[u8])]) -> Vec<(Option<u32>, String)> {
        let part = |(origin, bytes): &(Origin, &[u8])| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            (origin.map(|(writer, _)| writer.process), text)
        };
        parts.iter().map(part).collect()
    }

    #[test]
    fn each_part_has_its_writer() {
        let mut writes = writes(&[(1, "one\n"), (2, "two\r\n")]);
        let parts = processes(&writes.parts(b"one\r\ntw"));
        assert_eq!(parts, [(Some(1), "one\r\n".into()), (Some(2), "tw".into())]);
        let parts = processes(&writes.parts(b"o\r\n?"));
        assert_eq!(parts, [(Some(2), "o\r\n".into()), (None, "?".into())]);
    }

    #[test]
    fn what_was_not_written_is_not_awaited() {
        let mut writes = writes(&[(1, "interrupted\n")]);
        writes.end(Some("inter".len()));
        writes.begin(writer(2), Instant::now(), b"killed\n".into());
        writes.end(None);
        writes.begin(writer(3), Instant::now(), b"done\n".into());
        let parts = processes(&writes.parts(b"interkilldone\n"));
        let told = [(1, "inter"), (2, "kill"), (3, "done\n")];
        assert_eq!(
            parts,
            told.map(|(process, text)| (Some(process), text.into()))
        );
    }

    #[test]
    fn bytes_of_no_write_are_nobodys() {
        let mut writes = writes(&[(1, "mine\n")]);
        let parts = processes(&writes.parts(b"sent\nmine\n"));
        assert_eq!(parts, [(None, "sent\n".into()), (Some(1), "mine\n".into())]);
    }
}
