//! Compares two programs: their lines, the order of the lines that name one
//! process, how they ended, and whether both were silent on stderr.

use std::collections::{HashMap, HashSet};

use super::{MAIN, NormalizedOutput};
use crate::stderr;
use crate::transcript::{End, Ending};
use crate::words::{Seconds, count, how_it_ended, times};

/// What there is to be said of two programs.
#[derive(Debug, Default)]
pub struct Diff {
    /// In what they differ: sentences.
    pub points: Vec<String>,
    /// What is the same: parts of a sentence.
    pub same: Vec<String>,
    /// Lines that came in another order: a sentence.
    pub another_order: Option<String>,
    /// Of how many processes the lines are, where that differs: a sentence.
    pub processes: Option<String>,
}

/// Compares two programs, each with its name.
pub fn diff(one: (&str, &NormalizedOutput), other: (&str, &NormalizedOutput)) -> Diff {
    let (names, programs) = ([one.0, other.0], [one.1, other.1]);
    let sides = Sides {
        names,
        programs,
        templates: templates(programs),
    };
    let mut diff = Diff::default();
    sides.ends(&mut diff);
    if sides.lines(&mut diff) {
        sides.order(&mut diff);
    }
    sides.errors(&mut diff);
    sides.processes(&mut diff);
    diff
}

/// Of so many lines the order is compared.
const PAIRED: usize = 300;

/// Which pairs of lines.
#[derive(Clone, Copy)]
enum Pairs {
    /// Both are of one process or thread, and nothing that another does can change their
    /// order.
    OfOne,
    /// At least one may have changed its place by chance.
    Others,
}

struct Sides<'a> {
    names: [&'a str; 2],
    programs: [&'a NormalizedOutput; 2],
    /// What each line says, with placeholders.
    templates: [Vec<String>; 2],
}

/// The lines of both. The first process of a program may be a shell or cargo,
/// whose PID its lines never name: then no line can tell the first process from
/// the others.
fn templates(programs: [&NormalizedOutput; 2]) -> [Vec<String>; 2] {
    let names_main = |t: &&NormalizedOutput| t.roles.iter().any(|(_, role)| role == MAIN);
    let both_name_main = programs.iter().all(names_main);
    programs.map(|program| {
        let templates = program.lines.iter().map(|line| match both_name_main {
            true => line.template.clone(),
            false => line.template.replace("{main}", "{pid}"),
        });
        templates.collect()
    })
}

impl Sides<'_> {
    /// How both ended.
    fn ends(&self, diff: &mut Diff) {
        let [one, other] = self.programs.map(|program| program.transcript.end.as_ref());
        let (Some(one), Some(other)) = (one, other) else {
            return;
        };
        let [how, other_how] = [program_ended(one), program_ended(other)];
        let [name, other_name] = self.names;
        if how == other_how {
            diff.same.push(format!("each {how}"));
        } else {
            let point = format!("The end: {name} {how}, {other_name} {other_how}.");
            diff.points.push(point);
        }
    }

    /// Whether both have the same lines, each as often.
    fn lines(&self, diff: &mut Diff) -> bool {
        let mut counts: HashMap<&str, [usize; 2]> = HashMap::new();
        for (side, templates) in self.templates.iter().enumerate() {
            for template in templates {
                counts.entry(template).or_default()[side] += 1;
            }
        }
        let before = diff.points.len();
        // In the order in which they came.
        for template in self.templates.iter().flatten() {
            let counts = counts.remove(template.as_str());
            if let Some(counts) = counts.filter(|[one, other]| one != other) {
                diff.points.push(self.only(template, counts));
            }
        }
        let same = diff.points.len() == before;
        if same {
            diff.same.push(match self.templates[0].len() {
                0 => "both printed nothing".to_owned(),
                lines => format!("both printed the same {}", count(lines, "line")),
            });
        }
        same
    }

    /// A line that one of the two printed more often.
    fn only(&self, template: &str, counts: [usize; 2]) -> String {
        let (more, fewer) = if counts[0] > counts[1] {
            (0, 1)
        } else {
            (1, 0)
        };
        let from = |side: usize| format!("{} from {}", times(counts[side]), self.names[side]);
        format!("`{template}` came {}, {}.", from(more), from(fewer))
    }

    /// The order of lines that are the same.
    fn order(&self, diff: &mut Diff) {
        let [one, other] = &self.templates;
        if one == other {
            if one.len() > 1 {
                diff.same.push("in the same order".to_owned());
            }
            return;
        }
        let [name, other_name] = self.names;
        if let Some((first, then)) = self.swapped(Pairs::OfOne) {
            diff.points.push(format!(
                "The order of lines of one process or thread: `{first}` came before \
                 `{then}` from {name}, and after it from {other_name}."
            ));
            return;
        }
        diff.same
            .push("those of one process or thread came in the same order".to_owned());
        if let Some((first, then)) = self.swapped(Pairs::Others) {
            diff.another_order = Some(format!(
                "Other lines came in another order, such as `{first}` before `{then}` from {name}."
            ));
        }
    }

    /// Two lines in one order here, and in the other order there.
    fn swapped(&self, pairs: Pairs) -> Option<(&str, &str)> {
        let [one, other] = [self.ordered_pairs(0, pairs), self.ordered_pairs(1, pairs)];
        let swapped = |&(first, then): &(&str, &str)| {
            first != then
                && !one.contains(&(then, first))
                && other.contains(&(then, first))
                && !other.contains(&(first, then))
        };
        let place = |template: &str| self.templates[0].iter().position(|other| other == template);
        let swapped = one.iter().copied().filter(swapped);
        swapped.min_by_key(|(first, then)| (place(first), place(then)))
    }

    /// Pairs of lines, each in its order.
    fn ordered_pairs(&self, side: usize, pairs: Pairs) -> HashSet<(&str, &str)> {
        let program = self.programs[side];
        // Of a process that hears of others, the order may be chance, unless the lines
        // name it.
        let alone = program.transcript.end.as_ref().is_some_and(|end| end.alone);
        let is_one = |line: usize| alone || !program.is_anonymous(line);
        let lines = self.templates[side].iter().enumerate().take(PAIRED);
        let lines: Vec<_> = lines
            .map(|(line, template)| {
                let owner = program.owner(line).filter(|_| is_one(line));
                (owner, template.as_str())
            })
            .collect();
        let mut ordered = HashSet::new();
        for (index, (owner, template)) in lines.iter().enumerate() {
            let earlier = lines[..index].iter().filter(|(other, _)| match pairs {
                Pairs::OfOne => owner.is_some() && owner == other,
                Pairs::Others => owner.is_none() || other.is_none(),
            });
            ordered.extend(earlier.map(|(_, earlier)| (*earlier, *template)));
        }
        ordered
    }

    /// Whether one printed to stderr, and the other did not. Two languages have
    /// other words for the same, so the words are not compared.
    fn errors(&self, diff: &mut Diff) {
        let errors = self.programs.map(|program| &program.transcript.errors);
        let talker = match errors.map(|errors| errors.is_empty()) {
            [false, true] => 0,
            [true, false] => 1,
            _ => return,
        };
        if let Some(words) = stderr::why(errors[talker]) {
            let name = self.names[talker];
            let point = format!("Only {name} printed to stderr. {words}");
            diff.points.push(point);
        }
    }

    /// Of how many processes the lines are. In a pool, one may get no task.
    fn processes(&self, diff: &mut Diff) {
        let [one, other] = self.programs.map(|program| program.roles.len());
        if one == other {
            if one > 0 {
                diff.same
                    .push(format!("they are of {}", count(one, "process")));
            }
            return;
        }
        let [name, other_name] = self.names;
        diff.processes = Some(format!(
            "The lines of {name} are of {}, those of {other_name} of {}.",
            count(one, "process"),
            count(other, "process")
        ));
    }
}

/// How a program ended, after its name.
fn program_ended(end: &End) -> String {
    let how = match end.ending {
        Ending::Ended(status) => how_it_ended(status),
        Ending::TimeLimit(limit) => format!("still ran after {} s", limit.as_secs_f64()),
        Ending::TooMuchOutput => "printed more and more".to_owned(),
        Ending::Stopped => "was stopped while it ran".to_owned(),
    };
    let closed = end
        .closed_stdout
        .map(|at| format!("closed stdout at {}", Seconds(at)));
    let left = match end.left_behind {
        left if left > 0 && matches!(end.ending, Ending::Ended(_)) => {
            Some(format!("left {} running", count(left, "process")))
        }
        _ => None,
    };
    let all: Vec<_> = [Some(how), closed, left].into_iter().flatten().collect();
    all.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::normalized;
    use super::*;

    fn differ(one: &[&str], other: &[&str]) -> Diff {
        diff(("one", &normalized(one)), ("other", &normalized(other)))
    }

    #[test]
    fn workers_take_the_tasks_by_chance() {
        let one = [
            "Parent 100.",
            "task 0 (101)",
            "task 1 (102)",
            "task 2 (101)",
        ];
        let other = [
            "Parent 100.",
            "task 1 (111)",
            "task 0 (112)",
            "task 2 (111)",
        ];
        let diff = differ(&one, &other);
        assert_eq!(diff.points, [""; 0]);
        assert_eq!(diff.another_order, None);
    }

    #[test]
    fn a_process_keeps_its_order() {
        let begins_first = ["100", "101 begins", "102 begins", "101 ends", "102 ends"];
        let ends_first = ["100", "111 ends", "112 ends", "111 begins", "112 begins"];
        let diff = differ(&begins_first, &ends_first);
        assert!(diff.points[0].contains("`{pid} begins` came before `{pid} ends` from one"));
    }

    #[test]
    fn the_first_process_is_not_just_any() {
        let diff = differ(&["Parent 100.", "Child 101"], &["Parent 100.", "Child 100"]);
        assert_eq!(
            diff.points[0],
            "`Child {pid}` came once from one, never from other."
        );
        let behind_a_shell = differ(&["Parent 100."], &["Parent 105."]);
        assert_eq!(behind_a_shell.points, [""; 0]);
    }

    #[test]
    fn what_nobody_knows_is_no_difference() {
        let diff = differ(&["100", "ends", "101 runs"], &["100", "111 runs", "ends"]);
        assert_eq!(diff.points, [""; 0]);
        let order = diff.another_order.expect("they differ in order");
        assert!(order.contains("`ends` before `{pid} runs` from one"));
    }
    #[test]
    fn only_one_printed_to_stderr() {
        let (mut one, mut other) = (normalized(&["100"]), normalized(&["100"]));
        let error = normalized(&["Error: 5 tasks left"]).transcript.lines;
        one.transcript.errors = error.clone();
        let points = |one: &NormalizedOutput, other: &NormalizedOutput| {
            diff(("one", one), ("other", other)).points
        };
        let only = "Only one printed to stderr. Its stderr says: `Error: 5 tasks left`.";
        assert_eq!(points(&one, &other), [only]);
        assert_eq!(points(&other, &one), [only.replace("one", "other")]);
        other.transcript.errors = error;
        assert_eq!(points(&one, &other), [""; 0]);
    }
}
