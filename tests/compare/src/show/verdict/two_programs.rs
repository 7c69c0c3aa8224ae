//! The verdict on two programs without a chapter's rules, in words.

use compare::NormalizedOutput;
use compare::without_rules::{Diff, diff};
use compare::words::count;

use super::{Outcome, Paragraphs};

/// So many points are told.
const TOLD: usize = 6;

/// The verdict on two programs, of which one may say in what it differs.
pub fn judge(
    words: &mut Paragraphs,
    one: (&str, &NormalizedOutput),
    other: (&str, &NormalizedOutput),
    expected: Option<String>,
) -> Outcome {
    let diff = diff(one, other);
    let outcome = headline(words, [one.0, other.0], &diff, expected);
    list(words, &diff, &outcome);
    outcome
}

fn headline(
    words: &mut Paragraphs,
    names: [&str; 2],
    diff: &Diff,
    expected: Option<String>,
) -> Outcome {
    let [one, other] = names;
    let points = diff.points.len();
    match (points, expected) {
        (0, None) => {
            let same = match diff.another_order {
                None => "tell the same story",
                Some(_) => "print the same lines, in another order",
            };
            words.say(&format!("{one} and {other} {same}."));
            Outcome::Same
        }
        (0, Some(expected)) if diff.another_order.is_none() => {
            words.say("No difference was seen, though one is expected:");
            words.item("  ", &expected);
            Outcome::Different(1)
        }
        (_, Some(expected)) => {
            words.say(&format!("{one} and {other} differ, as expected:"));
            words.item("  ", &expected);
            words.say("What was seen:");
            Outcome::Expected
        }
        (points, None) => {
            let differ = count(points, "point");
            words.say(&format!("Not the same story: they differ in {differ}."));
            Outcome::Different(points)
        }
    }
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
