//! The verdict on two programs without a chapter's rules, in words.

use compare::NormalizedOutput;
use compare::without_rules::{Diff, diff};
use compare::words::count;

use super::{Outcome, Paragraphs};

/// So many points are told.
const TOLD: usize = 6;

/// The verdict on two programs.
pub fn judge(
    words: &mut Paragraphs,
    one: (&str, &NormalizedOutput),
    other: (&str, &NormalizedOutput),
) -> Outcome {
    let diff = diff(one, other);
    let points = diff.points.len();
    let outcome = if points > 0 {
        let differ = count(points, "point");
        words.say(&format!("Not the same story: they differ in {differ}."));
        Outcome::Different(points)
    } else {
        let same = match diff.another_order {
            None => "tell the same story",
            Some(_) => "print the same lines, in another order",
        };
        words.say(&format!("{} and {} {same}.", one.0, other.0));
        Outcome::Same
    };
    list(words, &diff, &outcome);
    outcome
}

fn list(words: &mut Paragraphs, diff: &Diff, outcome: &Outcome) {
    for (number, point) in diff.points.iter().take(TOLD).enumerate() {
        words.item(&format!("  {}. ", number + 1), point);
    }
    if diff.points.len() > TOLD {
        words.item("  ", &format!("And {} more.", diff.points.len() - TOLD));
    }
    if !diff.same.is_empty() {
        words.item("  ", &format!("The same: {}.", diff.same.join("; ")));
    }
    for more in diff.another_order.iter().chain(&diff.processes) {
        words.item("  ", more);
    }
    if diff.another_order.is_some() && matches!(outcome, Outcome::Same) {
        let chance = "Another order is chance if different processes or threads print the lines.";
        words.item("  ", chance);
    }
    words.item("  ", "Not compared: PIDs, times, and the words on stderr.");
}
