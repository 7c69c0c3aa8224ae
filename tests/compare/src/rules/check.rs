//! Collects the differences.

use std::fmt;
use std::time::Duration;

use super::story::{Story, Told, Writers};
use super::{Difference, Symptom};
use crate::language::Text;
use crate::text;
use crate::width::cut;

/// A quoted line is cut to so many columns, its `…` included; no line of a chapter
/// has more.
const QUOTED: usize = 61;

/// A story, and what was found in it so far.
pub struct Check<'a> {
    pub story: &'a Story,
    pub differences: Vec<Difference>,
    /// Whether one of them is why lines are missing or come twice.
    pub explained: bool,
}

impl Check<'_> {
    /// Adds a difference.
    pub fn differs(&mut self, what: Text, cause: impl Into<Option<Text>>) {
        let cause = cause.into();
        self.differences.push(Difference { what, cause });
    }

    /// Adds a difference for each cause: the first one that has it, and how many more
    /// do.
    pub fn differ(&mut self, points: impl IntoIterator<Item = (Text, Option<Text>)>) {
        let mut alike: Vec<(Difference, usize)> = Vec::new();
        for (what, cause) in points {
            match alike.iter_mut().find(|(first, _)| first.cause == cause) {
                Some((_, others)) => *others += 1,
                None => alike.push((Difference { what, cause }, 0)),
            }
        }
        for (Difference { what, cause }, others) in alike {
            self.differs(and_others(what, others), cause);
        }
    }

    /// What the chapter knows of a symptom.
    pub fn cause(&self, symptom: Symptom) -> Option<Text> {
        (self.story.rules().cause)(self.story, symptom)
    }

    /// Holds each two of these lines that follow each other to their order. Whether they
    /// keep it.
    pub fn in_order(&mut self, lines: &[&str], cause: Text) -> bool {
        let pairs = lines.windows(2);
        let wrong = pairs.filter_map(|two| self.wrong_order(two[0], two[1], Duration::ZERO));
        let points: Vec<_> = wrong.map(|what| (what, Some(cause.clone()))).collect();
        let keep_it = points.is_empty();
        self.differ(points);
        keep_it
    }

    /// The same of what two processes print about each of several messages. Who prints
    /// just after it sends may be seen later by chance, but not so late each time.
    pub fn each_before(&mut self, first: &[&str], then: &[&str], cause: Text) {
        const LATE: Duration = Duration::from_millis(50);
        let pairs = first.iter().zip(then);
        let late = pairs.map(|(first, then)| self.wrong_order(first, then, LATE));
        if let Some(late) = late.collect::<Option<Vec<Text>>>() {
            self.differ(late.into_iter().map(|what| (what, Some(cause.clone()))));
        }
    }

    /// That the first line came so much later at least.
    fn wrong_order(&self, first: &str, then: &str, by: Duration) -> Option<Text> {
        let (first, then) = (self.story.find(first)?, self.story.find(then)?);
        // Pipes on the way change the order of what different processes print.
        let roles_differ = first.expected.speaker != then.expected.speaker;
        let by_pipes = roles_differ && self.story.writers == Writers::HandedOn;
        let is_wrong = then.index < first.index && then.at + by <= first.at && !by_pipes;
        let (first, then) = (self.quote(first), self.quote(then));
        is_wrong.then(|| {
            text!(
                "Line {then} came before line {first}.",
                "第 {then:#} 出现在第 {first:#} 之前。"
            )
        })
    }

    /// Holds a parent's line, if both came, to its place after a child's line, and
    /// after the child's end, if that was seen.
    pub fn after_end(&mut self, child: &str, then: &str, cause: Text) {
        let Some((said, last)) = self.story.find(child).zip(self.story.find(then)) else {
            return;
        };
        if self.story.had_ended(said, last) == Some(false) {
            let (said, last) = (self.quote(said), self.quote(last));
            let what = text!(
                "Line {last} came before the process of line {said} had ended.",
                "第 {last:#} 出现时，打印第 {said:#} 的进程还没有结束。"
            );
            self.differs(what, cause);
        } else {
            self.in_order(&[child, then], cause);
        }
    }

    /// A line as a person would point at it.
    pub fn quote(&self, told: &Told) -> Quote {
        self.quote_line(told.index)
    }

    /// The same, of the line with this index.
    pub fn quote_line(&self, index: usize) -> Quote {
        let text = &self.story.transcript.lines[index].text;
        Quote(index + 1, cut(text, QUOTED).to_string())
    }
}

/// And how many more there are like it.
pub fn and_others(what: Text, others: usize) -> Text {
    match others {
        0 => what,
        _ => what.then(&text!(
            "And {others} more like it.",
            "还有 {others} 处也是这样。"
        )),
    }
}

/// A line of the program, after "Line" or, with `#`, after "第".
pub struct Quote(usize, String);

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Quote(number, text) = self;
        match f.alternate() {
            false => write!(f, "{number} `{text}`"),
            true => write!(f, "{number} 行 `{text}`"),
        }
    }
}
