//! The verdict on two programs without a chapter's rules, in words.

use compare::trace::{Diff, diff};
use compare::words::count;

use crate::show::reading::Reading;
use crate::show::side::Side;
use crate::show::text::paragraph;
use crate::show::{Outcome, expected_difference};

/// So many points are told.
const TOLD: usize = 6;

/// The verdict on two programs that ran at the same time.
pub fn judge(width: usize, one: &Side, other: &Side) -> (String, Outcome) {
    let (Reading::WithoutRules(trace), Reading::WithoutRules(other_trace)) =
        (&one.reading, &other.reading)
    else {
        return (String::new(), Outcome::Same);
    };
    let diff = diff((&one.name, trace), (&other.name, other_trace));
    let mut words = Words {
        width,
        text: String::from("\n"),
    };
    let outcome = words.headline([one, other], &diff);
    words.points(&diff);
    (words.text, outcome)
}

struct Words {
    width: usize,
    text: String,
}

impl Words {
    /// Says a paragraph; its other lines stand below the end of `first`.
    fn say(&mut self, first: &str, words: &str) {
        let others = " ".repeat(first.len());
        self.text += &paragraph(first, &others, words, self.width);
    }

    fn headline(&mut self, sides: [&Side; 2], diff: &Diff) -> Outcome {
        let [one, other] = sides.map(|side| &side.name);
        let points = diff.points.len();
        let mut sources = sides.into_iter().map(|side| &side.source);
        let expected = sources.find_map(|source| expected_difference(source.as_deref()));
        match (points, expected) {
            (0, None) => {
                let same = match diff.another_order {
                    None => "tell the same story",
                    Some(_) => "print the same lines, in another order",
                };
                self.say("", &format!("{one} and {other} {same}."));
                Outcome::Same
            }
            (0, Some(expected)) if diff.another_order.is_none() => {
                self.say("", "No difference was seen, though one is expected:");
                self.say("  ", &expected);
                Outcome::Different(1)
            }
            (_, Some(expected)) => {
                self.say("", &format!("{one} and {other} differ, as expected:"));
                self.say("  ", &expected);
                self.say("", "What was seen:");
                Outcome::Expected
            }
            (points, None) => {
                let differ = count(points, "point");
                self.say("", &format!("Not the same story: they differ in {differ}."));
                Outcome::Different(points)
            }
        }
    }

    fn points(&mut self, diff: &Diff) {
        for (number, point) in diff.points.iter().take(TOLD).enumerate() {
            self.say(&format!("  {}. ", number + 1), point);
        }
        if diff.points.len() > TOLD {
            self.say("  ", &format!("And {} more.", diff.points.len() - TOLD));
        }
        if !diff.same.is_empty() {
            self.say("  ", &format!("The same: {}.", diff.same.join("; ")));
        }
        for more in diff.another_order.iter().chain(&diff.processes) {
            self.say("  ", more);
        }
        self.say("  ", "Not compared: PIDs, times, and the words on stderr.");
    }
}
