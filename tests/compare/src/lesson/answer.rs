//! Holds what a program printed to a block of a lesson.
//!
//! A block's lines are [patterns](crate::pattern). A name is the same number
//! throughout, and no other name's, but for `{seconds}` and names with an article.
//! `{about half}` and `{about the same}` are times, beside the first `{seconds}`; where
//! other programs kept the cores busy, they are any. The line `  ...` is any number of
//! indented lines, as in Python's tracebacks. A line may end with `(or not)`; the last
//! one may be [`WAITS`], or `(exit code 1)`.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Block;
pub use super::pairing::Flaws;
use super::pairing::{Came, Order, Pairing};
use crate::pattern::is_any;
use crate::transcript::{Ending, Line, Transcript, Writer};

/// The mark of a program that does not end.
pub const WAITS: &str = "(waits for ever)";

/// What is written for indented lines.
const INDENTED: &str = "  ...";

/// For each line of a block that came, who wrote it, where that is known.
pub type LineWriters = BTreeMap<usize, Writer>;

impl Block {
    /// Whether it says that the program waits for ever.
    pub fn waits(&self) -> bool {
        self.text.lines().last() == Some(WAITS)
    }

    /// Whether it says how long something takes beside something else.
    pub fn compares_times(&self) -> bool {
        self.text.contains("{about ")
    }

    /// Holds what a program printed to this block; with `other_words`, the words of
    /// Python's errors and Rust's panics may differ. Tells the writers of the lines.
    ///
    /// # Errors
    ///
    /// What is not as the block says.
    pub fn hold(&self, transcript: &Transcript, other_words: bool) -> Result<LineWriters, Flaws> {
        let mut block: Vec<&str> = self.text.lines().collect();
        let is_end = |line: &mut &str| *line == WAITS || line.starts_with("(exit code ");
        let end = block.pop_if(is_end).unwrap_or("(exit code 0)");
        let mut came = came(transcript);
        if other_words {
            block
                .iter_mut()
                .for_each(|line| *line = without_words(line));
            came.iter_mut()
                .for_each(|line| line.text = without_words(line.text));
        }
        let ending = transcript.ending();
        // Without writers, nothing tells which line of two outputs came first.
        let known = came.iter().all(|line| line.writer.is_some());
        let pairing = Pairing {
            order: if known { self.order() } else { Order::Any },
            ends: known && matches!(ending, Some(Ending::Ended(_))),
            times: transcript.had_cores(),
        };
        let end = Some(end.to_owned()).filter(|end| !ended_as(ending, end));
        match pairing.find(&block, &came) {
            Ok(pairs) if end.is_none() => Ok(writers(&came, &pairs)),
            Ok(pairs) => Err(Flaws {
                paired: pairs.len(),
                end,
                ..Flaws::default()
            }),
            Err(flaws) => Err(Flaws { end, ..flaws }),
        }
    }

    /// Which of its lines keep their order.
    fn order(&self) -> Order {
        match () {
            () if self.is_marked("mixed") => Order::OfEachThread,
            () if self.is_marked("any-order") => Order::Any,
            () => Order::OfAll,
        }
    }

    /// The lines of it that the other does not have, but for blank ones and `...`.
    pub fn without(&self, other: &Block) -> Vec<&str> {
        let known: Vec<&str> = other.text.lines().chain(["", INDENTED]).collect();
        let is_new = |line: &&str| !known.contains(line);
        self.text.lines().filter(is_new).collect()
    }

    /// Whether two of its lines always have the same writers or different ones,
    /// whatever the order: they say nothing that may differ.
    fn is_settled(&self, line: usize) -> bool {
        let text = self.text.lines().nth(line).unwrap_or_default();
        let mut names = text.split('{').skip(1);
        !names.any(is_any) && text != INDENTED
    }

    /// Two of its lines that have one writer in one program, and two in the other.
    pub fn other_writers(&self, one: &LineWriters, other: &LineWriters) -> Option<(usize, usize)> {
        let lines = one.keys().copied();
        let both = lines.filter(|line| self.is_settled(*line) && other.contains_key(line));
        let both: Vec<usize> = both.collect();
        let differ = |&(first, then): &(usize, usize)| {
            (one[&first] == one[&then]) != (other[&first] == other[&then])
        };
        let pairs = both
            .iter()
            .flat_map(|&first| both.iter().map(move |&then| (first, then)));
        pairs.filter(|(first, then)| first < then).find(differ)
    }
}

fn ended_as(ending: Option<Ending>, end: &str) -> bool {
    match ending {
        Some(Ending::Ended(status)) => status
            .code()
            .is_some_and(|code| end == format!("(exit code {code})")),
        Some(Ending::TimeLimit(_) | Ending::Stopped) => end == WAITS,
        _ => false,
    }
}

fn writers(came: &[Came], pairs: &[usize]) -> LineWriters {
    let lines = pairs.iter().zip(came);
    let writers = lines.filter_map(|(line, came)| Some((*line, came.writer?)));
    writers.collect()
}

/// The lines that came, with [`INDENTED`] for the indented ones that a thread has printed in a
/// row.
fn came(transcript: &Transcript) -> Vec<Came<'_>> {
    let all = transcript.all_lines();
    let mut last = BTreeMap::new();
    let mut kept = Vec::new();
    for line in &all {
        let writer = writer(line, &all);
        let is_indented = line.text.starts_with(' ');
        let was_indented = last.insert(writer, is_indented) == Some(true);
        let text = if is_indented { INDENTED } else { &line.text };
        if !(is_indented && was_indented) {
            kept.push(Came { writer, text });
        }
    }
    kept
}

/// Who wrote a line. Python's threads share a buffer, so that one of them may write
/// what another has printed: a line that names its thread is of the one that wrote most
/// lines with this name.
fn writer(line: &Line, all: &[&Line]) -> Option<Writer> {
    let named = |line: &Line| {
        let mut words = line.text.split(' ');
        (words.next() == Some("thread")).then(|| words.next().map(str::to_owned))
    };
    let writer = line.writer()?;
    let name = named(line);
    let of_name = |other: &&&Line| name.is_some() && named(other) == name;
    let threads = all.iter().filter(of_name).filter_map(|line| line.writer());
    let mut counts = BTreeMap::new();
    threads.for_each(|other| *counts.entry(other.thread).or_insert(0) += 1);
    // Of two, the older one: it had nothing to write for the other before that began.
    let most = counts
        .into_iter()
        .max_by_key(|&(thread, count)| (count, Reverse(thread)));
    let thread = most.map_or(writer.thread, |(thread, _)| thread);
    Some(Writer { thread, ..writer })
}

/// Without what is not the same in all versions: of Python's `NameError: why` the
/// reason, of a panic's first line all but the thread's name.
fn without_words(line: &str) -> &str {
    let name = line.split(':').next().unwrap_or_default();
    let is_error = name.len() > "Error".len() && name.ends_with("Error");
    match line.starts_with("thread '") {
        true => &line[..line.rfind('\'').unwrap_or_default()],
        false if is_error => name,
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::End;
    use std::time::Duration;

    /// A program of one thread that printed these lines, and ended.
    fn printed(lines: &[&str]) -> Transcript {
        Transcript {
            lines: lines.iter().map(|text| line(7, text)).collect(),
            end: Some(End::default()),
            ..Transcript::default()
        }
    }

    fn line(process: u32, text: &str) -> Line {
        let writer = Writer {
            process,
            thread: process,
            pid: process,
        };
        Line {
            writers: vec![(0, Some(writer))],
            text: text.to_owned(),
            ..Line::default()
        }
    }

    fn block(marks: &str, text: &str) -> Block {
        Block {
            marks: marks.split(' ').map(str::to_owned).collect(),
            text: text.to_owned(),
            ..Block::default()
        }
    }

    #[test]
    fn many_like_lines_in_any_order_take_no_time() {
        let text = "Worker {a worker}: {a number}.\n".repeat(11) + "{parent} and {parent} end.\n";
        let mut lines = vec!["Worker 1: 1."; 11];
        lines.push("7 and 8 end.");
        let block = block("any-order", &text);
        let flaws = block.hold(&printed(&lines), true).unwrap_err();
        assert!(flaws.mixed_up);
        lines[11] = "7 and 7 end.";
        assert!(block.hold(&printed(&lines), true).is_ok());
    }

    #[test]
    fn the_order_counts() {
        let block = block("", "a\nb\nc\n");
        let flaws = block.hold(&printed(&["b", "a", "c"]), true).unwrap_err();
        assert!(flaws.mixed_up);
    }

    #[test]
    fn times_are_about_the_same_or_half() {
        let block = block("", "{seconds} s\n{about the same} s\n{about half} s\n");
        let printed = |lines: &[&str]| Transcript {
            end: Some(End {
                traced: true,
                lasted: Duration::from_secs(5),
                ..End::default()
            }),
            ..printed(lines)
        };
        assert!(
            block
                .hold(&printed(&["2.00 s", "2.10 s", "1.02 s"]), true)
                .is_ok()
        );
        for lines in [
            ["2.00 s", "1.00 s", "1.00 s"],
            ["2.00 s", "2.00 s", "1.90 s"],
        ] {
            let flaws = block.hold(&printed(&lines), true).unwrap_err();
            assert!(flaws.mixed_up, "{lines:?}");
        }
    }

    #[test]
    fn writers_correspond() {
        let block = block("", "a\nb\nc\n");
        let one = block.hold(&printed(&["a", "b", "c"]), true).unwrap();
        let mut other = printed(&["a", "b", "c"]);
        other.lines[1] = line(8, "b");
        let other = block.hold(&other, true).unwrap();
        assert_eq!(block.other_writers(&one, &one), None);
        assert_eq!(block.other_writers(&one, &other), Some((0, 1)));
    }
}
