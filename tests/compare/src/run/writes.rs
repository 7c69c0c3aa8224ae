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

/// The bytes of a write that were not read so far.
struct Unread {
    writer: Writer,
    at: Instant,
    /// How many bytes it had at first.
    length: usize,
    bytes: VecDeque<u8>,
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
            length: bytes.len(),
            bytes: bytes.into(),
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
            Some(written) => {
                let unwritten = last.length.saturating_sub(written);
                let kept = last.bytes.len().saturating_sub(unwritten);
                last.bytes.truncate(kept);
            }
            None => last.cut = true,
        }
    }

    /// What was read, in parts of one origin.
    pub fn parts<'b>(&mut self, read: &'b [u8]) -> Vec<(Origin, &'b [u8])> {
        let mut parts: Vec<(Origin, usize, usize)> = Vec::new();
        for (at, &byte) in read.iter().enumerate() {
            let before = parts.last().map(|(origin, ..)| *origin);
            let origin = match (byte, before) {
                (b'\r', Some(before)) => before,
                _ => self.origin(byte),
            };
            match parts.last_mut() {
                Some((last, _, end)) if *last == origin => *end = at + 1,
                _ => parts.push((origin, at, at + 1)),
            }
        }
        let part = |(origin, from, to): (Origin, usize, usize)| (origin, &read[from..to]);
        parts.into_iter().map(part).collect()
    }

    fn origin(&mut self, byte: u8) -> Origin {
        while let Some(write) = self.unread.front_mut() {
            // A terminal ends lines with \r\n, so no \r counts.
            while write.bytes.front() == Some(&b'\r') {
                write.bytes.pop_front();
            }
            match write.bytes.front() {
                Some(&next) if next == byte => {
                    write.bytes.pop_front();
                    return Some((write.writer, write.at));
                }
                Some(_) if !write.cut => return None,
                // Nothing more comes of it.
                _ => self.unread.pop_front(),
            };
        }
        None
    }
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
