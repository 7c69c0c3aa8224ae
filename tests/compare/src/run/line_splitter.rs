//! Cuts a stream of bytes into lines that are safe to keep and to show.

use std::mem;
use std::time::Duration;

use crate::transcript::{Flaw, Line, Writer};

/// How many bytes of a line are kept.
const KEPT: usize = 1000;

/// Collects bytes until a line is whole.
#[derive(Default)]
pub struct LineSplitter {
    /// The beginning of the line so far, at most [`KEPT`] bytes.
    kept: Vec<u8>,
    /// How many bytes the line has so far.
    length: usize,
    /// Who wrote them; see [`Line::writers`].
    writers: Vec<(usize, Option<Writer>)>,
}

impl LineSplitter {
    /// Takes in what was written at this time; returns the lines it completes.
    pub fn feed(&mut self, bytes: &[u8], writer: Option<Writer>, at: Duration) -> Vec<Line> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(rest) => {
                    self.add(without_returns(rest), writer);
                    lines.push(self.cut(at));
                }
                None => self.add(piece, writer),
            }
        }
        lines
    }

    /// The last line, when it has no line end.
    pub fn rest(&mut self, at: Duration) -> Option<Line> {
        (self.length > 0).then(|| self.cut(at))
    }

    fn add(&mut self, bytes: &[u8], writer: Option<Writer>) {
        let same = |(_, last): &(usize, Option<Writer>)| *last == writer;
        if !bytes.is_empty() && !self.writers.last().is_some_and(same) {
            self.writers.push((self.length, writer));
        }
        let room = KEPT - self.kept.len();
        self.kept.extend(bytes.iter().take(room));
        self.length += bytes.len();
    }

    fn cut(&mut self, at: Duration) -> Line {
        let bytes = mem::take(&mut self.kept);
        let length = mem::take(&mut self.length);
        let bytes = without_returns(&bytes);
        let flaw = if length > KEPT {
            Some(Flaw::TooLong(length))
        } else if str::from_utf8(bytes).is_err() || bytes.contains(&0) {
            Some(Flaw::NotText)
        } else {
            None
        };
        let text = without_colours(&String::from_utf8_lossy(bytes))
            .chars()
            .map(harmless)
            .collect();
        let mut writers = mem::take(&mut self.writers);
        // Of an empty line, the line end is all there is.
        writers.retain(|&(from, _)| from < length.max(1));
        Line {
            at,
            writers,
            text,
            flaw,
        }
    }
}

/// A terminal's line end is \r\n, and two terminals make \r\r\n of it: nobody sees which.
fn without_returns(mut line: &[u8]) -> &[u8] {
    while let Some(rest) = line.strip_suffix(b"\r") {
        line = rest;
    }
    line
}

/// Without the sequences that begin and end a colour: ESC [ numbers m.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';') {
            rest if rest.starts_with('m') => plain += &rest[1..],
            _ => plain += &format!("\x1b[{part}"),
        }
    }
    plain
}

/// A terminal would obey control characters instead of showing them.
fn harmless(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_line_may_come_in_parts() {
        let mut splitter = LineSplitter::default();
        assert!(splitter.feed(b"Put A to", None, Duration::ZERO).is_empty());
        let lines = splitter.feed(b" queue...\r\nGet", None, Duration::ZERO);
        assert_eq!(texts(&lines), ["Put A to queue..."]);
        assert_eq!(splitter.rest(Duration::ZERO).unwrap().text, "Get");
        assert_eq!(splitter.rest(Duration::ZERO), None);
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        let mut splitter = LineSplitter::default();
        let lines = splitter.feed(b"\xff\xfe\n\x1b[2J\n", None, Duration::ZERO);
        assert_eq!(lines[0].flaw, Some(Flaw::NotText));
        assert_eq!(texts(&lines), ["\u{fffd}\u{fffd}", "\u{fffd}[2J"]);
    }

    #[test]
    fn colours_are_not_of_the_text() {
        let mut splitter = LineSplitter::default();
        let lines = splitter.feed(b"\x1b[1;32mPut\x1b[0m A\n", None, Duration::ZERO);
        assert_eq!(texts(&lines), ["Put A"]);
    }

    #[test]
    fn every_line_end_is_the_same() {
        let mut splitter = LineSplitter::default();
        let lines = splitter.feed(b"Put A\r\r\nPut B\n", None, Duration::ZERO);
        assert_eq!(texts(&lines), ["Put A", "Put B"]);
    }

    #[test]
    fn of_a_huge_line_the_beginning_is_kept() {
        let mut splitter = LineSplitter::default();
        splitter.feed(&vec![b'x'; 1 << 20], None, Duration::ZERO);
        let lines = splitter.feed(b"\n", None, Duration::ZERO);
        assert_eq!(lines[0].flaw, Some(Flaw::TooLong(1 << 20)));
        assert_eq!(lines[0].text.len(), KEPT);
    }
}
