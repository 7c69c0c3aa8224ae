//! Cuts a stream of bytes into lines that are safe to keep and to show.

use std::mem;
use std::time::Duration;

use anstream::adapter::strip_str;

use crate::transcript::{Line, Writer};

/// How many bytes of a line are kept.
const KEPT: usize = 1000;

/// Collects bytes until a line is whole.
#[derive(Default)]
pub struct LineSplitter {
    /// The beginning of the line so far, at most [`KEPT`] bytes.
    kept: Vec<u8>,
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
                    self.add(rest, writer);
                    lines.push(self.cut(at));
                }
                None => self.add(piece, writer),
            }
        }
        lines
    }

    /// The last line, when it has no line end.
    pub fn rest(&mut self, at: Duration) -> Option<Line> {
        (!self.kept.is_empty()).then(|| self.cut(at))
    }

    fn add(&mut self, bytes: &[u8], writer: Option<Writer>) {
        let same = |(_, last): &(usize, Option<Writer>)| *last == writer;
        if !bytes.is_empty() && !self.writers.last().is_some_and(same) {
            self.writers.push((self.kept.len(), writer));
        }
        let room = KEPT - self.kept.len();
        self.kept.extend(bytes.iter().take(room));
    }

    fn cut(&mut self, at: Duration) -> Line {
        let bytes = mem::take(&mut self.kept);
        let mut text = String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}");
        if bytes.len() == KEPT && text.ends_with('\u{fffd}') {
            // Only a part of its last character was kept.
            text.pop();
        }
        // A terminal's line end is \r\n, and two terminals make \r\r\n of it.
        let text = text.trim_end_matches('\r');
        let mut writers = mem::take(&mut self.writers);
        // Who wrote only the line end wrote nothing of the text, unless it is empty.
        writers.retain(|&(from, _)| from < text.len().max(1));
        let text = strip_str(text).to_string();
        Line {
            at,
            writers,
            // A terminal would obey control characters instead of showing them.
            text: text.replace(char::is_control, " "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        let lines = LineSplitter::default().feed(bytes, None, Duration::ZERO);
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        let lines = texts(b"\xff\xfeP\0\n\x1b[2J\x1b[1mgone\x1b[0m\ra\n");
        assert_eq!(lines, ["\u{fffd}\u{fffd}P\u{fffd}", "gone a"]);
    }

    #[test]
    fn of_a_huge_line_the_beginning_is_kept() {
        let line = "进".repeat(1 << 20) + "\n";
        let lines = texts(line.as_bytes());
        assert_eq!(lines, ["进".repeat(KEPT / 3)]);
    }
}
