//! Holds what a program printed to a block of a lesson.
//!
//! A block's lines are [patterns](crate::pattern). A name is the same number
//! throughout, and no other name's, but for `{seconds}` and names with an article.
//! `{about half}` and `{about the same}` are times, beside the first `{seconds}`; where
//! other programs kept the cores busy, they are any. The line `  ...` is any number of
//! indented lines, as in Python's tracebacks. A line may end with `(or not)`; the last
//! one may be [`WAITS`], or `(exit code 1)`.

use std::collections::BTreeMap;

use super::Block;
use crate::pattern::{is_any, is_time, split_at_name, values};
use crate::transcript::{Ending, Line, Transcript};

/// The mark of a program that does not end.
pub const WAITS: &str = "(waits for ever)";

/// The mark of a line that may come or not.
const OR_NOT: &str = "(or not)";

/// What is written for indented lines.
const INDENTED: &str = "  ...";

/// A time that is less than this part of another is about half of it; else it is about
/// the same.
const LESS: f64 = 0.7;

/// After so many steps, no pairing is looked for any more.
const MOST_STEPS: usize = 50_000;

/// Which lines keep their order. In any case, the last line of a program that
/// ends is the last, unless it may be missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// All.
    Exact,
    /// Those of one thread.
    Mixed,
    /// None.
    Any,
}

/// What is not as the block says.
#[derive(Debug, Default)]
pub struct Flaws {
    /// How many lines came that are of the block.
    pub paired: usize,
    /// Lines of the block that did not come.
    pub missing: Vec<String>,
    /// Lines that came, and are not of the block.
    pub left: Vec<String>,
    /// How the block says that the program ends, if it ended otherwise.
    pub end: Option<String>,
    /// Every line came, and in another order or from other processes.
    pub rest: Option<Rest>,
}

impl Flaws {
    /// In how many points it is not as the block says.
    pub fn count(&self) -> usize {
        let others = usize::from(self.end.is_some()) + usize::from(self.rest.is_some());
        self.missing.len() + self.left.len() + others
    }
}

/// What else can differ where every line came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rest {
    /// The order of the lines.
    Order,
    /// Which numbers in them are the same, or how long something took.
    Numbers,
}

/// For each line of a block that came, the process and the thread that wrote it, where
/// they are known.
pub type Writers = BTreeMap<usize, (u32, u32)>;

impl Block {
    /// Which lines keep their order.
    pub fn order(&self) -> Order {
        match () {
            () if self.is_marked("mixed") => Order::Mixed,
            () if self.is_marked("any-order") => Order::Any,
            () => Order::Exact,
        }
    }

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
    pub fn hold(&self, transcript: &Transcript, other_words: bool) -> Result<Writers, Flaws> {
        let mut texts: Vec<&str> = self.text.lines().collect();
        let is_end = |line: &mut &str| *line == WAITS || line.starts_with("(exit code ");
        let end = texts.pop_if(is_end).unwrap_or("(exit code 0)");
        let mut lines = without_indented(transcript);
        if other_words {
            texts
                .iter_mut()
                .for_each(|text| *text = without_words(text));
            lines
                .iter_mut()
                .for_each(|line| line.text = without_words(line.text));
        }
        // Without writers, nothing tells which line of two outputs came first.
        let known = lines.iter().all(|line| line.writer.is_some());
        let ending = transcript.ending();
        let search = Search {
            expected: &texts.into_iter().map(Expected::new).collect::<Vec<_>>(),
            lines: &lines,
            order: if known { self.order() } else { Order::Any },
            last_is_last: known && matches!(ending, Some(Ending::Ended(_))),
            pairs: Vec::new(),
            names: Vec::new(),
            had_cores: transcript.had_cores(),
            steps: 0,
        };
        let as_said = ended_as(ending, end);
        match search.clone().pairs() {
            Some(pairs) if as_said => Ok(search.writers(&pairs)),
            Some(pairs) => Err(Flaws {
                paired: pairs.len(),
                end: Some(end.to_owned()),
                ..Flaws::default()
            }),
            None => Err(Flaws {
                end: (!as_said).then(|| end.to_owned()),
                ..search.flaws()
            }),
        }
    }

    /// The lines of it, other than those of its end, that the other does not have.
    pub fn without(&self, other: &Block) -> Vec<&str> {
        let known: Vec<String> = other.text.lines().map(without_names).collect();
        let has = |line: &&str| known.contains(&without_names(line));
        self.text.lines().filter(|line| !has(line)).collect()
    }

    /// Whether two of its lines always have the same writers or different ones,
    /// whatever the order: they say nothing that may differ.
    fn is_settled(&self, line: usize) -> bool {
        let text = self.text.lines().nth(line).unwrap_or_default();
        !text.contains("{a ") && !text.contains("{an ") && text != INDENTED
    }

    /// Two of its lines that have one writer in one program, and two in the other.
    pub fn other_writers(&self, one: &Writers, other: &Writers) -> Option<(usize, usize)> {
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
        Some(Ending::TimeLimit(_)) => end == WAITS,
        _ => false,
    }
}

/// A line that came.
#[derive(Clone, Copy)]
struct Came<'a> {
    writer: Option<(u32, u32)>,
    text: &'a str,
}

/// The lines, with [`INDENTED`] for the indented ones that a thread has printed in a
/// row.
fn without_indented(transcript: &Transcript) -> Vec<Came<'_>> {
    let all = transcript.in_order();
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
fn writer(line: &Line, all: &[&Line]) -> Option<(u32, u32)> {
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
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    Some((
        writer.process,
        most.map_or(writer.thread, |(thread, _)| thread),
    ))
}

/// A line without the names in its braces: another answer may have others for the same
/// numbers.
fn without_names(line: &str) -> String {
    match split_at_name(line) {
        Some((_, name, _)) if is_time(name) => line.to_owned(),
        Some((before, _, after)) => format!("{before}{{}}{}", without_names(after)),
        None => line.to_owned(),
    }
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

/// A line of a block.
#[derive(Clone, Copy)]
struct Expected<'a> {
    pattern: &'a str,
    /// Whether it may be missing.
    or_not: bool,
}

impl<'a> Expected<'a> {
    fn new(line: &'a str) -> Expected<'a> {
        let without = line.strip_suffix(OR_NOT);
        Expected {
            pattern: without.unwrap_or(line).trim_end(),
            or_not: without.is_some(),
        }
    }
}

/// The search for an expected line for each line that came.
#[derive(Clone)]
struct Search<'a> {
    expected: &'a [Expected<'a>],
    lines: &'a [Came<'a>],
    order: Order,
    /// Whether the last expected line has to be the last.
    last_is_last: bool,
    /// The expected line of each line so far.
    pairs: Vec<usize>,
    /// What the names in braces stand for so far.
    names: Vec<(&'a str, &'a str)>,
    /// Whether times are compared.
    had_cores: bool,
    steps: usize,
}

impl<'a> Search<'a> {
    /// The expected line of each line.
    fn pairs(mut self) -> Option<Vec<usize>> {
        self.pair().then_some(self.pairs)
    }

    /// Whether all lines that have no pair yet find one, and no other expected line is
    /// missing.
    fn pair(&mut self) -> bool {
        let Some(line) = self.lines.get(self.pairs.len()) else {
            return self.is_complete();
        };
        self.steps += 1;
        let known = self.names.len();
        let mut tried: Vec<&str> = Vec::new();
        for candidate in self.candidates(line) {
            let pattern = self.expected[candidate].pattern;
            // In any order, one is as good as another like it.
            let is_new = self.order != Order::Any || !tried.contains(&pattern);
            tried.push(pattern);
            if is_new && self.steps < MOST_STEPS && self.fits(pattern, line.text) {
                self.pairs.push(candidate);
                if self.pair() {
                    return true;
                }
                self.pairs.pop();
            }
            self.names.truncate(known);
        }
        false
    }

    /// The expected lines that the next line may be.
    fn candidates(&self, line: &Came) -> Vec<usize> {
        let next = self.pairs.len();
        let mut earlier = (0..next).rev();
        let last = match self.order {
            Order::Exact => earlier.next(),
            Order::Mixed => earlier.find(|&other| self.lines[other].writer == line.writer),
            Order::Any => None,
        };
        let first = last.map_or(0, |line| self.pairs[line] + 1);
        (first..self.expected.len())
            .filter(|candidate| !self.pairs.contains(candidate))
            .collect()
    }

    fn is_complete(&self) -> bool {
        let fine = |line: usize| self.expected[line].or_not || self.pairs.contains(&line);
        let last = self.expected.len().checked_sub(1);
        let last = last.filter(|&last| self.last_is_last && !self.expected[last].or_not);
        (0..self.expected.len()).all(fine) && (last.is_none() || self.pairs.last().copied() == last)
    }

    /// Whether a line is as expected; notes what its names stand for.
    fn fits(&mut self, pattern: &'a str, line: &'a str) -> bool {
        let values = values(pattern, line);
        values.is_some_and(|values| {
            values
                .into_iter()
                .all(|(name, value)| self.stands_for(name, value))
        })
    }

    fn stands_for(&mut self, name: &'a str, value: &'a str) -> bool {
        let known = self.names.iter().find(|(other, _)| *other == name);
        match (name, known) {
            (name, _) if is_any(name) => return true,
            ("seconds", Some(_)) => return true,
            (name, _) if name.starts_with("about ") && !self.had_cores => return true,
            ("about half", _) => return self.is_less(value),
            ("about the same", _) => return !self.is_less(value),
            (_, Some((_, known))) => return *known == value,
            (_, None) if self.names.iter().any(|(_, other)| *other == value) => return false,
            (_, None) => self.names.push((name, value)),
        }
        true
    }

    /// Whether this time is well below the first one.
    fn is_less(&self, value: &str) -> bool {
        let first = self.names.iter().find(|(name, _)| *name == "seconds");
        let seconds = |text: &str| text.parse::<f64>().unwrap_or_default();
        first.is_some_and(|(_, first)| seconds(value) < LESS * seconds(first))
    }

    fn writers(&self, pairs: &[usize]) -> Writers {
        let lines = pairs.iter().zip(self.lines);
        let writers = lines.filter_map(|(expected, line)| Some((*expected, line.writer?)));
        writers.collect()
    }

    /// Why there is no pairing: the lines that find no pair, whatever the order and the
    /// names; else what these are.
    fn flaws(self) -> Flaws {
        let mut missing = self.expected.to_vec();
        let mut left = Vec::new();
        for line in self.lines {
            let is_like = |expected: &Expected| values(expected.pattern, line.text).is_some();
            match missing.iter().position(is_like) {
                Some(pair) => {
                    missing.remove(pair);
                }
                None => left.push(line.text.to_owned()),
            }
        }
        missing.retain(|expected| !expected.or_not);
        let paired = self.lines.len() - left.len();
        let all_came = missing.is_empty() && left.is_empty();
        let order = Order::Any;
        let in_any_order = || {
            Search {
                order,
                last_is_last: false,
                ..self
            }
            .pairs()
        };
        Flaws {
            paired,
            missing: missing.iter().map(|e| e.pattern.to_owned()).collect(),
            left,
            end: None,
            rest: all_came.then(|| match in_any_order() {
                Some(_) => Rest::Order,
                None => Rest::Numbers,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{End, Writer};
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
    fn what_was_changed_is_told() {
        let block = block("", "42 / 7 is 6.\nThe squares are [1, 4].\n(exit code 1)\n");
        let flaws = block.hold(&printed(&["42 / 7 is 6.", "The squares are [2, 4]."]), true);
        let flaws = flaws.unwrap_err();
        assert_eq!(flaws.missing, ["The squares are [1, 4]."]);
        assert_eq!(flaws.left, ["The squares are [2, 4]."]);
        assert_eq!(flaws.end.as_deref(), Some("(exit code 1)"));
    }

    #[test]
    fn many_like_lines_in_any_order_take_no_time() {
        let text = "Worker {a worker}: {a number}.\n".repeat(11) + "{parent} and {parent} end.\n";
        let mut lines = vec!["Worker 1: 1."; 11];
        lines.push("7 and 8 end.");
        let block = block("any-order", &text);
        let flaws = block.hold(&printed(&lines), true).unwrap_err();
        assert_eq!(flaws.rest, Some(Rest::Numbers));
        lines[11] = "7 and 7 end.";
        assert!(block.hold(&printed(&lines), true).is_ok());
    }

    #[test]
    fn the_order_counts() {
        let block = block("", "a\nb\nc\n");
        let flaws = block.hold(&printed(&["b", "a", "c"]), true).unwrap_err();
        assert_eq!(flaws.rest, Some(Rest::Order));
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
            assert_eq!(flaws.rest, Some(Rest::Numbers), "{lines:?}");
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
