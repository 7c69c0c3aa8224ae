//! Collects the differences, and which lines they explain.

use super::Difference;
use super::story::{Story, Told};
use crate::width::cut;

/// The most differences with the same cause that are listed one by one.
const TOLD_SINGLY: usize = 2;

/// A quoted line is cut to so many columns, its `…` included; no line of a chapter
/// has more.
const QUOTED: usize = 61;

/// A story, and what was found in it so far.
pub struct Check<'a> {
    pub story: &'a Story,
    differences: Vec<Difference>,
    explained: Vec<&'static str>,
    explained_lines: Vec<usize>,
}

impl<'a> Check<'a> {
    pub fn new(story: &'a Story) -> Check<'a> {
        let (differences, explained, explained_lines) = Default::default();
        Check {
            story,
            differences,
            explained,
            explained_lines,
        }
    }

    /// The differences; of those with the same cause only the first few, and the
    /// number of the others.
    pub fn into_differences(self) -> Vec<Difference> {
        let mut told: Vec<Difference> = Vec::new();
        for difference in self.differences {
            let mut alike = told.iter_mut().filter(|other| other.is_like(&difference));
            match alike.nth(TOLD_SINGLY - 1) {
                Some(last) => last.others += 1,
                None => told.push(difference),
            }
        }
        told
    }

    /// How many differences were found so far.
    pub fn differences(&self) -> usize {
        self.differences.len()
    }

    /// Whether a difference has this cause.
    pub fn has_cause(&self, cause: &str) -> bool {
        self.differences
            .iter()
            .any(|difference| difference.cause == cause)
    }

    /// Adds a difference.
    pub fn differs(&mut self, what: impl Into<String>, cause: impl Into<String>) {
        let difference = Difference::new(&what.into(), cause.into());
        self.differences.push(difference);
    }

    /// Adds a difference before all others.
    pub fn differs_first(&mut self, what: String, cause: impl Into<String>) {
        let difference = Difference::new(&what, cause.into());
        self.differences.insert(0, difference);
    }

    /// Does not list the lines as missing: another difference says why.
    pub fn explains(&mut self, lines: &[&'static str]) {
        self.explained.extend(lines);
    }

    /// Lists no line of the chapter as missing.
    pub fn explains_all(&mut self) {
        let lines = self.story.expected().iter().map(|e| e.line);
        self.explained.extend(lines);
    }

    pub fn is_explained(&self, line: &str) -> bool {
        self.explained.contains(&line)
    }

    /// Does not list the line of the transcript as unknown: another difference
    /// says why.
    pub fn explains_line(&mut self, index: usize) {
        self.explained_lines.push(index);
    }

    pub fn is_explained_line(&self, index: usize) -> bool {
        self.explained_lines.contains(&index)
    }

    /// Holds two lines to their order, if both came.
    pub fn before(&mut self, first: &str, then: &str, cause: &str) {
        let (Some(first), Some(then)) = (self.story.find(first), self.story.find(then)) else {
            return;
        };
        // Pipes on the way change the order of what different processes print.
        let roles_differ = first.expected.speaker != then.expected.speaker;
        if then.index < first.index && !(roles_differ && self.story.went_through_pipes()) {
            let what = format!("{} came before {}.", self.quote(then), self.quote(first));
            self.differs(what, cause);
        }
    }

    /// Holds each two of these lines that follow each other to their order.
    pub fn in_order(&mut self, lines: &[&str], cause: &str) {
        for two in lines.windows(2) {
            self.before(two[0], two[1], cause);
        }
    }

    /// Holds a parent's line, if both came, to its place after a child's line, and
    /// after the child's end, if that was seen.
    pub fn after_end(&mut self, child: &str, then: &str, cause: &str) {
        self.before(child, then, cause);
        let (Some(child), Some(then)) = (self.story.find(child), self.story.find(then)) else {
            return;
        };
        if child.index < then.index && self.story.had_ended(child, then) == Some(false) {
            let (child, then) = (self.quote(child), self.quote(then));
            let what = format!("{then} came before the process of {child} had ended.");
            self.differs(what, cause);
        }
    }

    /// A line as a person would point at it.
    pub fn quote(&self, told: &Told) -> String {
        self.quote_line(told.index)
    }

    /// The same, of the line with this index.
    pub fn quote_line(&self, index: usize) -> String {
        let text = &self.story.transcript.lines[index].text;
        format!("line {} `{}`", index + 1, cut(text, QUOTED))
    }
}
