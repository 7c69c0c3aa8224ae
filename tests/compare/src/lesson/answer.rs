//! Holds what a program printed to a block of a lesson.
//!
//! In a block, `{parent}` is the PID of the program's first process, another name in
//! braces some other PID, always the same one; `{a worker}` may be any PID, number or
//! word, and `{seconds}` is a time. The line `  ...` is any number of indented lines,
//! as in Python's tracebacks. A line may end with `(or not)`; the last one may be
//! [`WAITS`], or `(exit code 1)`.

use std::collections::BTreeMap;

use super::Block;

/// The mark of a program that does not end.
pub const WAITS: &str = "(waits for ever)";

/// The mark of a line that may come or not.
const OR_NOT: &str = "(or not)";

/// What is written for indented lines.
const INDENTED: &str = "  ...";

/// After so many steps, no pairing is looked for any more.
const MOST_STEPS: usize = 50_000;

/// What a program printed, on stdout and stderr, and how it ended.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The PID of its first process, if that is the one that speaks.
    pub pid: Option<u32>,
    /// In the order in which they came.
    pub lines: Vec<Said>,
    /// Its exit code; None when it did not end by itself.
    pub code: Option<i32>,
    /// Whether it was still running when it was ended.
    pub waited: bool,
}

/// A line, and whose it is.
#[derive(Clone, Debug)]
pub struct Said {
    /// The process and the thread, as far as they are known.
    pub writer: Option<(u32, u32)>,
    /// The line.
    pub text: String,
}

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
    /// Which numbers in them are the same.
    Numbers,
}

/// For each line of a block that came, who wrote it.
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

    /// Holds what a program printed to this block; with `other_words`, the words of
    /// Python's errors and Rust's panics may differ. Tells the writers of the lines.
    ///
    /// # Errors
    ///
    /// What is not as the block says.
    pub fn hold(&self, printed: &Printed, other_words: bool) -> Result<Writers, Flaws> {
        let mut expected: Vec<String> = self.text.lines().map(str::to_owned).collect();
        let is_end = |line: &mut String| *line == WAITS || line.starts_with("(exit code ");
        let end = expected.pop_if(is_end);
        let mut lines = without_indented(&printed.lines);
        if other_words {
            cut_words(expected.iter_mut());
            cut_words(lines.iter_mut().map(|line| &mut line.text));
        }
        // Without writers, nothing tells which line of two outputs came first.
        let known = lines.iter().all(|line| line.writer.is_some());
        let pairing = Pairing {
            expected: expected.iter().map(|line| Expected::new(line)).collect(),
            lines: &lines,
            order: if known { self.order() } else { Order::Any },
            ends: known && printed.code.is_some(),
            pairs: Vec::new(),
            steps: 0,
        };
        let mut flaws = pairing.lines_without_pair();
        if !printed.ended_as(end.as_deref()) {
            flaws.end = Some(end.unwrap_or_else(|| "(exit code 0)".to_owned()));
        }
        if !flaws.missing.is_empty() || !flaws.left.is_empty() || flaws.end.is_some() {
            return Err(flaws);
        }
        let parent = printed.pid.map(|pid| ("parent", pid.to_string()));
        let roles = || parent.clone().into_iter().collect();
        match pairing.all(roles()) {
            Some(pairs) => Ok(writers(&lines, &pairs)),
            None => {
                let order = Order::Any;
                let in_any_order = Pairing { order, ..pairing }.all(roles());
                flaws.rest = Some(match in_any_order {
                    Some(_) => Rest::Order,
                    None => Rest::Numbers,
                });
                Err(flaws)
            }
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
        let lines: Vec<usize> = one.keys().copied().collect();
        let lines = lines.into_iter().filter(|line| self.is_settled(*line));
        let both: Vec<usize> = lines.filter(|line| other.contains_key(line)).collect();
        let differ = |&(first, then): &(usize, usize)| {
            (one[&first] == one[&then]) != (other[&first] == other[&then])
        };
        let pairs = both
            .iter()
            .flat_map(|&first| both.iter().map(move |&then| (first, then)));
        pairs.filter(|(first, then)| first < then).find(differ)
    }
}

impl Printed {
    fn ended_as(&self, end: Option<&str>) -> bool {
        match end {
            Some(WAITS) => self.waited,
            Some(end) => self
                .code
                .is_some_and(|code| end == format!("(exit code {code})")),
            None => self.code == Some(0),
        }
    }
}

fn writers(lines: &[Said], pairs: &[usize]) -> Writers {
    let writers = lines.iter().zip(pairs);
    let writers = writers.filter_map(|(line, expected)| Some((*expected, line.writer?)));
    writers.collect()
}

/// The lines, with [`INDENTED`] for the indented ones that a process has printed
/// in a row.
fn without_indented(lines: &[Said]) -> Vec<Said> {
    let mut last = BTreeMap::new();
    let mut kept = Vec::new();
    for line in lines {
        let indented = line.text.starts_with(' ');
        let begins = last.insert(line.writer, indented) != Some(true);
        let text = match indented {
            false => line.text.clone(),
            true if begins => INDENTED.to_owned(),
            true => continue,
        };
        kept.push(Said { text, ..*line });
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
#[derive(Clone, Copy)]
struct Expected<'a> {
    text: &'a str,
    /// Whether it may be missing.
    or_not: bool,
}

impl<'a> Expected<'a> {
    fn new(line: &'a str) -> Expected<'a> {
        let without = line.strip_suffix(OR_NOT);
        Expected {
            text: without.unwrap_or(line).trim_end(),
            or_not: without.is_some(),
        }
    }
}

/// The search for an expected line for each line that came.
struct Pairing<'a> {
    expected: Vec<Expected<'a>>,
    lines: &'a [Said],
    order: Order,
    /// Whether the program has ended by itself.
    ends: bool,
    /// The expected line of each line so far.
    pairs: Vec<usize>,
    steps: usize,
}

impl<'a> Pairing<'a> {
    /// What finds no pair, whatever the order and the names: the largest matching, by
    /// augmenting paths.
    fn lines_without_pair(&self) -> Flaws {
        let is_like = |line: &Said, expected: &Expected| same(expected.text, &line.text, &mut None);
        let like = |line: &Said| -> Vec<usize> {
            let expected = self.expected.iter().enumerate();
            let like = expected.filter(|(_, expected)| is_like(line, expected));
            like.map(|(index, _)| index).collect()
        };
        let like: Vec<Vec<usize>> = self.lines.iter().map(like).collect();
        let mut line_of = vec![None; self.expected.len()];
        let mut left = Vec::new();
        for line in 0..self.lines.len() {
            let mut seen = vec![false; self.expected.len()];
            if !augment(line, &like, &mut line_of, &mut seen) {
                left.push(self.lines[line].text.clone());
            }
        }
        let expected = self.expected.iter().zip(&line_of);
        let missing = expected.filter(|(expected, line)| line.is_none() && !expected.or_not);
        Flaws {
            paired: self.lines.len() - left.len(),
            missing: missing.map(|(e, _)| e.text.to_owned()).collect(),
            left,
            ..Flaws::default()
        }
    }

    /// The expected line of each line, with the names and in the order of the block.
    fn all(&self, roles: Roles<'a>) -> Option<Vec<usize>> {
        let mut pairing = Pairing {
            expected: self.expected.clone(),
            pairs: Vec::new(),
            ..*self
        };
        pairing.pair(0, roles).then_some(pairing.pairs)
    }

    /// Whether all lines from `next` on find their expected ones, and no other
    /// is missing.
    fn pair(&mut self, next: usize, roles: Roles<'a>) -> bool {
        if next == self.lines.len() {
            return self.is_complete();
        }
        self.steps += 1;
        let mut tried: Vec<&str> = Vec::new();
        for candidate in self.candidates(next) {
            let text = self.expected[candidate].text;
            // In any order, one is as good as another like it.
            let is_new = self.order != Order::Any || !tried.contains(&text);
            tried.push(text);
            let mut roles = Some(roles.clone());
            if is_new && self.steps < MOST_STEPS && same(text, &self.lines[next].text, &mut roles) {
                self.pairs.push(candidate);
                if self.pair(next + 1, roles.unwrap_or_default()) {
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
        let writer = self.lines[next].writer;
        let last = match self.order {
            Order::Exact => earlier.next(),
            Order::Mixed => earlier.find(|&line| self.lines[line].writer == writer),
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

/// Finds an expected line for this one, for which others may have to take another.
fn augment(
    line: usize,
    like: &[Vec<usize>],
    line_of: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    for &expected in &like[line] {
        if std::mem::replace(&mut seen[expected], true) {
            continue;
        }
        let is_free = line_of[expected].is_none_or(|other| augment(other, like, line_of, seen));
        if is_free {
            line_of[expected] = Some(line);
            return true;
        }
    }
    false
}

/// Whether a line is as expected; notes what the names in braces stand for. Without
/// roles, a name stands for anything.
fn same<'a>(expected: &'a str, line: &str, roles: &mut Option<Roles<'a>>) -> bool {
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

/// The line without the names in its braces: another answer may have others for the same.
fn without_names(line: &str) -> String {
    match split_at_name(line) {
        Some((before, _, after)) => format!("{before}{{}}{}", without_names(after)),
        None => line.to_owned(),
    }
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

fn stands_for<'a>(name: &'a str, value: &str, roles: &mut Option<Roles<'a>>) -> bool {
    let Some(roles) = roles
        .as_mut()
        .filter(|_| name != "seconds" && !is_any(name))
    else {
        return true;
    };
    match roles.get(name) {
        Some(known) => known == value,
        None if roles.values().any(|other| other == value) => false,
        None => {
            roles.insert(name, value.to_owned());
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(lines: &[&str]) -> Printed {
        let said = |text: &&str| Said {
            writer: Some((7, 7)),
            text: text.to_string(),
        };
        Printed {
            pid: Some(7),
            lines: lines.iter().map(said).collect(),
            code: Some(0),
            waited: false,
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
        let text = "Worker {a worker}: {a number}.\n".repeat(11) + "{parent} ends.\n";
        let mut lines = vec!["Worker 1: 1."; 11];
        lines.push("8 ends.");
        let flaws = block("any-order", &text)
            .hold(&printed(&lines), true)
            .unwrap_err();
        assert_eq!(flaws.rest, Some(Rest::Numbers));
        lines[11] = "7 ends.";
        assert!(
            block("any-order", &text)
                .hold(&printed(&lines), true)
                .is_ok()
        );
    }

    #[test]
    fn the_order_counts() {
        let block = block("", "a\nb\nc\n");
        let flaws = block.hold(&printed(&["b", "a", "c"]), true).unwrap_err();
        assert_eq!(flaws.rest, Some(Rest::Order));
    }

    #[test]
    fn writers_correspond() {
        let block = block("", "a\nb\nc\n");
        let one = block.hold(&printed(&["a", "b", "c"]), true).unwrap();
        let mut other = printed(&["a", "b", "c"]);
        other.lines[1].writer = Some((8, 8));
        let other = block.hold(&other, true).unwrap();
        assert_eq!(block.other_writers(&one, &one), None);
        assert_eq!(block.other_writers(&one, &other), Some((0, 1)));
    }
}
