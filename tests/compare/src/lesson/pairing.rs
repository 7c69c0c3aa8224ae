//! Pairs the lines that came with the lines of a block.

use crate::pattern::{is_any, values};
use crate::transcript::Writer;

/// The mark of a line that may come or not.
const OR_NOT: &str = "(or not)";

/// A time that is less than this part of another is about half of it; else it is about
/// the same.
const LESS: f64 = 0.7;

/// After so many steps, no pairing is looked for any more.
const MOST_STEPS: usize = 50_000;

/// How lines are paired.
#[derive(Clone, Copy)]
pub struct Pairing {
    pub order: Order,
    /// Whether the program ended by itself: then the last line of the block is the last,
    /// unless it may be missing.
    pub ends: bool,
    /// Whether times are compared.
    pub times: bool,
}

/// Which lines keep their order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Every line.
    OfAll,
    /// Those of one thread.
    OfEachThread,
    /// No line.
    Any,
}

/// A line that came.
#[derive(Clone, Copy)]
pub struct Came<'a> {
    /// Who wrote it, if that is known.
    pub writer: Option<Writer>,
    pub text: &'a str,
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
    /// Every line came, but in another order, from other processes, or with other numbers.
    pub mixed_up: bool,
}

impl Flaws {
    /// In how many points it is not as the block says.
    pub fn count(&self) -> usize {
        let others = usize::from(self.end.is_some()) + usize::from(self.mixed_up);
        self.missing.len() + self.left.len() + others
    }
}

impl Pairing {
    /// The line of the block for each line that came; else why there is none.
    pub fn find(self, block: &[&str], came: &[Came]) -> Result<Vec<usize>, Flaws> {
        let block: Vec<Expected> = block.iter().map(|line| Expected::new(line)).collect();
        let mut search = Search {
            pairing: self,
            block: &block,
            came,
            pairs: Vec::new(),
            names: Vec::new(),
            steps: 0,
        };
        match search.pair() {
            true => Ok(search.pairs),
            false => Err(without_pair(&block, came)),
        }
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

/// What finds no pair, whatever the order, and whatever the names stand for.
fn without_pair(block: &[Expected], came: &[Came]) -> Flaws {
    let mut missing = block.to_vec();
    let mut left = Vec::new();
    for line in came {
        let is_like = |expected: &Expected| values(expected.pattern, line.text).is_some();
        match missing.iter().position(is_like) {
            Some(pair) => {
                missing.remove(pair);
            }
            None => left.push(line.text.to_owned()),
        }
    }
    missing.retain(|expected| !expected.or_not);
    let texts = missing.iter().map(|expected| expected.pattern.to_owned());
    Flaws {
        paired: came.len() - left.len(),
        mixed_up: missing.is_empty() && left.is_empty(),
        missing: texts.collect(),
        left,
        ..Flaws::default()
    }
}

/// The search for the line of the block for each line that came.
struct Search<'a> {
    pairing: Pairing,
    block: &'a [Expected<'a>],
    came: &'a [Came<'a>],
    /// The line of the block for each line so far.
    pairs: Vec<usize>,
    /// What the names stand for so far.
    names: Vec<(&'a str, &'a str)>,
    steps: usize,
}

impl<'a> Search<'a> {
    /// Whether all lines that have no pair yet find one, and no other line of the block
    /// is missing.
    fn pair(&mut self) -> bool {
        let Some(line) = self.came.get(self.pairs.len()) else {
            return self.is_complete();
        };
        self.steps += 1;
        let known = self.names.len();
        let mut tried: Vec<&str> = Vec::new();
        for candidate in self.candidates(line) {
            let pattern = self.block[candidate].pattern;
            // In any order, one is as good as another like it.
            let is_new = self.pairing.order != Order::Any || !tried.contains(&pattern);
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

    /// The lines of the block that the next line may be.
    fn candidates(&self, line: &Came) -> Vec<usize> {
        let mut earlier = (0..self.pairs.len()).rev();
        let last = match self.pairing.order {
            Order::OfAll => earlier.next(),
            Order::OfEachThread => earlier.find(|&other| self.came[other].writer == line.writer),
            Order::Any => None,
        };
        let first = last.map_or(0, |line| self.pairs[line] + 1);
        (first..self.block.len())
            .filter(|candidate| !self.pairs.contains(candidate))
            .collect()
    }

    fn is_complete(&self) -> bool {
        let fine = |line: usize| self.block[line].or_not || self.pairs.contains(&line);
        let last = self.block.len().checked_sub(1);
        let last = last.filter(|&last| self.pairing.ends && !self.block[last].or_not);
        (0..self.block.len()).all(fine) && (last.is_none() || self.pairs.last().copied() == last)
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
            (name, _) if is_any(name) => true,
            ("seconds", Some(_)) => true,
            ("about half", _) => !self.pairing.times || self.is_less(value),
            ("about the same", _) => !self.pairing.times || !self.is_less(value),
            (_, Some((_, known))) => *known == value,
            (_, None) => {
                let is_free = self.names.iter().all(|(_, other)| *other != value);
                self.names.push((name, value));
                is_free
            }
        }
    }

    /// Whether this time is well below the first one.
    fn is_less(&self, value: &str) -> bool {
        let first = self.names.iter().find(|(name, _)| *name == "seconds");
        let seconds = |text: &str| text.parse::<f64>().unwrap_or_default();
        first.is_some_and(|(_, first)| seconds(value) < LESS * seconds(first))
    }
}
