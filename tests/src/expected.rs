//! Holds what a program printed to a block of a lesson.
//!
//! In a block, `{parent}` is the program's PID, another name in braces some
//! other PID, the same each time; `{a worker}` may be any PID, number or word,
//! and `{seconds}` is a time. The line `  ...` is any number of indented lines, as
//! in Python's tracebacks. A line may end with `(or not)`; the last line may be
//! [`WAITS`], or `(exit code 1)`.

use std::collections::BTreeMap;

use crate::transcript::{Line, Transcript};

/// The mark of a program that does not end.
pub const WAITS: &str = "(waits for ever)";

/// The mark of a line that may come or not.
const OR_NOT: &str = "(or not)";

/// What is written for indented lines.
const INDENTED: &str = "  ...";

/// How strictly a transcript is held to a block.
#[derive(Clone, Copy)]
pub struct Rules {
    /// Which lines keep their order.
    pub order: Order,
    /// The words of Python's errors and Rust's panics may differ.
    pub other_words: bool,
}

/// Which lines keep their order. In any case, the last line of a program that
/// ends is the last, unless it may be missing.
#[derive(Clone, Copy, PartialEq)]
pub enum Order {
    /// All.
    Exact,
    /// Those of one process, or of one thread.
    Mixed,
    /// None.
    Any,
}

/// Whether the transcript is what the block shows.
pub fn matches(block: &str, transcript: &Transcript, rules: Rules) -> bool {
    let mut expected: Vec<String> = block.lines().map(str::to_string).collect();
    let ends_so = match transcript.status {
        None => expected.pop_if(|line| line == WAITS).is_some(),
        Some(status) => match status.code() {
            Some(0) => true,
            Some(code) => expected
                .pop_if(|line| *line == format!("(exit code {code})"))
                .is_some(),
            None => false,
        },
    };
    let mut lines = without_indented(&transcript.lines);
    if rules.other_words {
        cut_words(expected.iter_mut());
        cut_words(lines.iter_mut().map(|line| &mut line.text));
    }
    let expected = expected.iter().map(|line| Expected::new(line)).collect();
    let roles = BTreeMap::from([("parent", transcript.pid.to_string())]);
    let mut pairing = Pairing {
        expected,
        lines: &lines,
        order: rules.order,
        ends: transcript.status.is_some(),
        pairs: Vec::new(),
    };
    ends_so && pairing.pair(0, roles)
}

/// The lines, with [`INDENTED`] for the indented ones that a process has printed
/// in a row.
fn without_indented(lines: &[Line]) -> Vec<Line> {
    let mut last = BTreeMap::new();
    let mut kept = Vec::new();
    for line in lines {
        let indented = line.text.starts_with(' ');
        let begins = last.insert(line.pid, indented) != Some(true);
        let text = match indented {
            false => line.text.clone(),
            true if begins => INDENTED.to_string(),
            true => continue,
        };
        kept.push(Line { text, ..*line });
    }
    kept
}

/// Cuts off what is not the same in all versions: of Python's `NameError: why`
/// the reason, of a panic's first line all but the thread's name.
fn cut_words<'a>(lines: impl Iterator<Item = &'a mut String>) {
    for line in lines {
        let name = line.split(':').next().unwrap_or_default();
        let is_error = name.len() > "Error".len() && name.ends_with("Error");
        let end = match line.starts_with("thread '") {
            true => line.rfind('\''),
            false => is_error.then_some(name.len()),
        };
        line.truncate(end.unwrap_or(line.len()));
    }
}

/// What each name in braces stands for.
type Roles<'a> = BTreeMap<&'a str, String>;

/// A line of a block.
struct Expected<'a> {
    text: &'a str,
    /// Whether it may be missing.
    or_not: bool,
}

impl<'a> Expected<'a> {
    fn new(line: &'a str) -> Expected<'a> {
        match line.strip_suffix(OR_NOT) {
            Some(text) => Expected {
                text: text.trim_end(),
                or_not: true,
            },
            None => Expected {
                text: line,
                or_not: false,
            },
        }
    }
}

/// The search for an expected line for each line that came.
struct Pairing<'a> {
    expected: Vec<Expected<'a>>,
    lines: &'a [Line],
    order: Order,
    /// Whether the program has ended by itself.
    ends: bool,
    /// The expected line of each line so far.
    pairs: Vec<usize>,
}

impl<'a> Pairing<'a> {
    /// Whether all lines from `next` on find their expected ones, and no other
    /// is missing.
    fn pair(&mut self, next: usize, roles: Roles<'a>) -> bool {
        if next == self.lines.len() {
            return self.is_complete();
        }
        for candidate in self.candidates(next) {
            let mut roles = roles.clone();
            if same(
                self.expected[candidate].text,
                &self.lines[next].text,
                &mut roles,
            ) {
                self.pairs.push(candidate);
                if self.pair(next + 1, roles) {
                    return true;
                }
                self.pairs.pop();
            }
        }
        false
    }

    /// The expected lines that this line may be.
    fn candidates(&self, next: usize) -> Vec<usize> {
        let mut earlier = (0..next).rev();
        let writer = writer(&self.lines[next]);
        let last = match self.order {
            Order::Exact => earlier.next(),
            Order::Mixed => earlier.find(|&line| self::writer(&self.lines[line]) == writer),
            Order::Any => None,
        };
        let first = last.map_or(0, |line| self.pairs[line] + 1);
        (first..self.expected.len())
            .filter(|candidate| !self.pairs.contains(candidate))
            .collect()
    }

    fn is_complete(&self) -> bool {
        let fine = |line: usize| self.expected[line].or_not || self.pairs.contains(&line);
        let last_is_last = match self.expected.last() {
            Some(last) if self.ends && !last.or_not => {
                self.pairs.last() == Some(&(self.expected.len() - 1))
            }
            _ => true,
        };
        last_is_last && (0..self.expected.len()).all(fine)
    }
}

/// Who printed a line: a process and, where the line names it, a thread.
fn writer(line: &Line) -> (u32, Option<&str>) {
    let rest = line.text.strip_prefix("thread ");
    (line.pid, rest.and_then(|rest| rest.split(' ').next()))
}

/// Whether a line is as expected; notes what the names in braces stand for.
fn same<'a>(expected: &'a str, line: &str, roles: &mut Roles<'a>) -> bool {
    let Some((before, name, after)) = split_at_name(expected) else {
        return expected == line;
    };
    let Some(line) = line.strip_prefix(before) else {
        return false;
    };
    let (value, line) = line.split_at(length_of_value(name, line));
    !value.is_empty() && stands_for(name, value, roles) && same(after, line, roles)
}

/// The first name in braces, with what is before and behind it. (There are
/// braces without a name, too.)
fn split_at_name(line: &str) -> Option<(&str, &str, &str)> {
    let is_name = |text: &str| text.starts_with(|first: char| first.is_ascii_lowercase());
    let mut braces = line.match_indices('{');
    let (begin, _) = braces.find(|&(at, _)| is_name(&line[at + 1..]))?;
    let (name, after) = line[begin + 1..].split_once('}')?;
    Some((&line[..begin], name, after))
}

fn length_of_value(name: &str, line: &str) -> usize {
    let belongs = |byte: &u8| match name {
        "seconds" => byte.is_ascii_digit() || *byte == b'.',
        name if is_any(name) => byte.is_ascii_alphanumeric(),
        _ => byte.is_ascii_digit(),
    };
    line.bytes().take_while(belongs).count()
}

/// Whether the name stands for anything, each time.
fn is_any(name: &str) -> bool {
    name.starts_with("a ") || name.starts_with("an ")
}

fn stands_for<'a>(name: &'a str, value: &str, roles: &mut Roles<'a>) -> bool {
    if name == "seconds" || is_any(name) {
        return true;
    }
    match roles.get(name) {
        Some(known) => known == value,
        None if roles.values().any(|other| other == value) => false,
        None => {
            roles.insert(name, value.to_string());
            true
        }
    }
}
