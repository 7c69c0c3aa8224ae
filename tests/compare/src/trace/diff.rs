//! Holds two traces against each other: their lines, the order of the lines that
//! name one process, and how they ended.

use std::collections::{HashMap, HashSet};
use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal;

use super::{MAIN, Trace};
use crate::run::transcript::{End, Ending, Seconds};

/// So many lines are quoted that only one of the two printed.
const QUOTED: usize = 5;

/// What there is to be said of two traces.
#[derive(Debug, Default)]
pub struct Diff {
    /// In what they differ: sentences.
    pub points: Vec<String>,
    /// What is the same: parts of a sentence.
    pub same: Vec<String>,
    /// What differs and may do so from run to run: sentences.
    pub by_chance: Vec<String>,
}

/// Two programs' traces, each with the name of its program.
pub fn diff(one: (&str, &Trace), other: (&str, &Trace)) -> Diff {
    let sides = Sides {
        names: [one.0, other.0],
        traces: [one.1, other.1],
        shapes: shapes(one.1, other.1),
    };
    let mut diff = Diff::default();
    sides.ends(&mut diff);
    if sides.lines(&mut diff) {
        sides.order(&mut diff);
    }
    sides.processes(&mut diff);
    diff
}

struct Sides<'a> {
    names: [&'a str; 2],
    traces: [&'a Trace; 2],
    /// What each line says, with placeholders.
    shapes: [Vec<String>; 2],
}

/// The lines of both. The first process of a program may be a shell or cargo,
/// whose PID its lines never name: then no line can tell the first process from
/// the others.
fn shapes(one: &Trace, other: &Trace) -> [Vec<String>; 2] {
    let traces = [one, other];
    let both_name_main = traces.iter().all(|t| t.roles.iter().any(|(_, r)| r == MAIN));
    traces.map(|trace| {
        let shapes = trace.lines.iter().map(|line| line.shape.clone());
        match both_name_main {
            true => shapes.collect(),
            false => shapes.map(|shape| shape.replace("{main}", "{pid}")).collect(),
        }
    })
}

impl Sides<'_> {
    /// How both ended.
    fn ends(&self, diff: &mut Diff) {
        let [one, other] = self.traces.map(|trace| trace.transcript.end.as_ref());
        let (Some(one), Some(other)) = (one, other) else {
            return;
        };
        let [how, other_how] = [how_it_ended(one), how_it_ended(other)];
        let [name, other_name] = self.names;
        if how == other_how {
            diff.same.push(format!("both {how}"));
        } else {
            let point = format!("The end: {name} {how}, {other_name} {other_how}.");
            diff.points.push(point);
        }
    }

    /// Whether both have the same lines, each as often.
    fn lines(&self, diff: &mut Diff) -> bool {
        let mut surplus: HashMap<&str, isize> = HashMap::new();
        for (shapes, step) in self.shapes.iter().zip([1, -1]) {
            for shape in shapes {
                *surplus.entry(shape).or_default() += step;
            }
        }
        // In the order in which they came.
        let all = self.shapes.iter().flatten();
        let mut points: Vec<String> = Vec::new();
        for shape in all {
            if let Some(surplus) = surplus.remove(shape.as_str()).filter(|&times| times != 0) {
                points.push(self.only(shape, surplus));
            }
        }
        let same = points.is_empty();
        let more = points.len().saturating_sub(QUOTED);
        points.truncate(QUOTED);
        if more > 0 {
            points.push(format!("{} differ in the same way.", count(more, "more line")));
        }
        diff.points.extend(points);
        if same {
            let lines = count(self.shapes[0].len(), "line");
            diff.same.push(format!("both printed the same {lines}"));
        }
        same
    }

    /// A line that one of the two printed more often.
    fn only(&self, shape: &str, surplus: isize) -> String {
        let (more, fewer) = if surplus > 0 { (0, 1) } else { (1, 0) };
        let times = |side: usize| {
            let same = self.shapes[side].iter().filter(|other| *other == shape);
            match same.count() {
                0 => "never".to_owned(),
                1 => "once".to_owned(),
                2 => "twice".to_owned(),
                times => format!("{times} times"),
            }
        };
        format!(
            "`{shape}` came {} from {}, {} from {}.",
            times(more),
            self.names[more],
            times(fewer),
            self.names[fewer]
        )
    }

    /// The order of lines that are the same.
    fn order(&self, diff: &mut Diff) {
        let [one, other] = &self.shapes;
        if one == other {
            diff.same.push("in the same order".to_owned());
        } else if let Some((first, then)) = self.turned_round() {
            let [name, other_name] = self.names;
            diff.points.push(format!(
                "The order of lines that name one process or thread: `{first}` came before \
                 `{then}` from {name}, and after it from {other_name}."
            ));
        } else {
            diff.same.push(
                "those that name one process or thread in the same order".to_owned(),
            );
            diff.by_chance.extend(self.first_in_another_place());
        }
    }

    /// Two lines that name one process or thread, in one order here and in the
    /// other order there.
    fn turned_round(&self) -> Option<(&str, &str)> {
        let [one, other] = [self.ordered_pairs(0), self.ordered_pairs(1)];
        let turned = |&(first, then): &(&str, &str)| {
            first != then
                && !one.contains(&(then, first))
                && other.contains(&(then, first))
                && !other.contains(&(first, then))
        };
        let mut turned: Vec<_> = one.iter().copied().filter(turned).collect();
        turned.sort();
        turned.first().copied()
    }

    /// All pairs of lines that name the same process or thread, in their order.
    fn ordered_pairs(&self, side: usize) -> HashSet<(&str, &str)> {
        let mut by_name: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut pairs = HashSet::new();
        for (line, shape) in self.shapes[side].iter().enumerate() {
            let Some(name) = self.traces[side].named(line) else {
                continue;
            };
            let earlier = by_name.entry(name).or_default();
            pairs.extend(earlier.iter().map(|earlier| (*earlier, shape.as_str())));
            earlier.push(shape);
        }
        pairs
    }

    fn first_in_another_place(&self) -> Option<String> {
        let [one, other] = &self.shapes;
        let differs = one.iter().zip(other).position(|(one, other)| one != other)?;
        let [name, other_name] = self.names;
        Some(format!(
            "The order is not quite the same: line {} is `{}` from {name}, `{}` from {other_name}. \
             Where different processes or threads print, chance decides; where one prints, it does \
             not, but no line here says that. Run it again to see whether it stays so.",
            differs + 1,
            one[differs],
            other[differs]
        ))
    }

    /// How many processes the lines name. In a pool, one may get no task.
    fn processes(&self, diff: &mut Diff) {
        let [one, other] = self.traces.map(|trace| trace.roles.len());
        if one == other {
            if one > 0 {
                diff.same.push(format!("they name {}", count(one, "process")));
            }
            return;
        }
        let [name, other_name] = self.names;
        diff.by_chance.push(format!(
            "The lines of {name} name {}, those of {other_name} {}.",
            count(one, "process"),
            count(other, "process")
        ));
    }
}

/// How a program ended, after its name.
fn how_it_ended(end: &End) -> String {
    let how = match end.ending {
        Ending::Ended(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with exit code {code}"),
            (None, Some(signal)) => {
                let name = Signal::try_from(signal).map_or("unknown", Signal::as_str);
                format!("was ended by signal {signal} ({name})")
            }
            (None, None) => format!("ended: {status}"),
        },
        Ending::TimeLimit(limit) => format!("still ran after {} s", limit.as_secs_f64()),
        Ending::TooMuchOutput => "printed more and more".to_owned(),
        Ending::Stopped => "was stopped while it ran".to_owned(),
    };
    let closed = end.closed_stdout.map(|at| format!("closed stdout at {}", Seconds(at)));
    let left = match end.left_behind {
        left if left > 0 && matches!(end.ending, Ending::Ended(_)) => {
            Some(format!("left {} running", count(left, "process")))
        }
        _ => None,
    };
    let all: Vec<_> = [Some(how), closed, left].into_iter().flatten().collect();
    all.join(" and ")
}

fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ if thing.ends_with('s') => format!("{number} {thing}es"),
        _ => format!("{number} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::trace;
    use super::*;

    fn differ(one: &[&str], other: &[&str]) -> Diff {
        diff(("one", &trace(one)), ("other", &trace(other)))
    }

    #[test]
    fn workers_take_the_tasks_by_chance() {
        let one = ["Parent 100.", "task 0 (101)", "task 1 (102)", "task 2 (101)"];
        let other = ["Parent 100.", "task 1 (111)", "task 0 (112)", "task 2 (111)"];
        let diff = differ(&one, &other);
        assert_eq!(diff.points, [""; 0]);
        assert_eq!(diff.by_chance.len(), 1, "{diff:?}");
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
        assert_eq!(diff.points[0], "`Child {pid}` came once from one, never from other.");
        let behind_a_shell = differ(&["Parent 100."], &["Parent 105."]);
        assert_eq!(behind_a_shell.points, [""; 0]);
    }

    #[test]
    fn many_lines_are_told_in_short() {
        let many: Vec<String> = (0..9).map(|n| format!("line {n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let diff = differ(&many, &[]);
        assert_eq!(diff.points.len(), QUOTED + 1);
        assert_eq!(diff.points[QUOTED], "4 more lines differ in the same way.");
    }
}
