//! Compares any two programs: their lines, with placeholders for what differs from run
//! to run, the order of the lines of each process and thread, whether there are several
//! processes and the first waits for them, how they ended, and whether both were silent
//! on stderr.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::any_program::{AnyProgram, MAIN};
use crate::placeholders::{Pattern, Pids, pattern};
use crate::transcript::{Ending, Line, ProcessEnd};

/// What there is to be said of two programs.
#[derive(Debug, PartialEq)]
pub struct Comparison {
    /// In what they differ.
    pub points: Vec<Point>,
    /// How many lines each printed.
    pub lines: [usize; 2],
    /// The order of lines that are the same; None where they are not, or where the order
    /// is one of the points.
    pub order: Option<Order>,
    /// Of how many processes the lines are.
    pub processes: [usize; 2],
    /// Whether it is known who wrote what; else no order is compared, and no whole
    /// number.
    pub traced: bool,
    /// Whether it is known who waited, or there is nobody to wait for.
    pub waiting: bool,
}

/// A point in which two programs differ.
#[derive(Debug, PartialEq)]
pub enum Point {
    /// The lines of this one are of one process, those of the other of several.
    OneProcess(usize),
    /// They did not end in the same way.
    End,
    /// A line, and how often it came from each.
    Line(String, [usize; 2]),
    /// Two lines of one process or thread: the first program printed them in this order,
    /// the second in the other.
    Order(String, String),
    /// The last line of both first processes: only this program printed it after its other
    /// processes had ended.
    Waited(String, usize),
    /// Only this one printed to stderr. Two languages have other words for the same, so
    /// the words are not compared.
    Errors(usize),
}

/// In which order the same lines came.
#[derive(Debug, PartialEq)]
pub enum Order {
    /// In the same.
    Same,
    /// The same, but for lines that may have changed their places by chance: such as these
    /// two, if any did.
    ByChance(Option<(String, String)>),
}

/// Who waits for a process prints its next line within this time after the end.
const AT_ONCE: Duration = Duration::from_millis(300);

/// Of so many lines the order is compared.
const PAIRED: usize = 300;

/// Compares two programs that have ended.
pub fn compare(programs: [&AnyProgram; 2]) -> Comparison {
    let [one, other] = programs;
    let one_process = one_process(programs);
    let sides = sides(programs, one_process.is_none());
    let mut points: Vec<Point> = one_process.map(Point::OneProcess).into_iter().collect();
    if ending(one) != ending(other) {
        points.push(Point::End);
    }
    let lines = other_lines(&sides);
    let are_same = lines.is_empty();
    points.extend(lines);
    let traced = programs
        .iter()
        .all(|program| program.transcript.was_traced());
    let waits = waits(programs, &sides);
    let who_waited = waits.as_ref().filter(|(_, [one, other])| one != other);
    let mut order = None;
    if are_same && traced && one_process.is_none() {
        match swapped(&sides, |one, other| one.is_some() && one == other) {
            Some((first, then)) => points.push(Point::Order(first, then)),
            None => order = Some(order_of_others(&sides)).filter(|_| who_waited.is_none()),
        }
    }
    if let Some((line, [_, other])) = who_waited {
        points.push(Point::Waited(line.clone(), usize::from(*other)));
    }
    match programs.map(|program| program.transcript.errors.is_empty()) {
        [false, true] => points.push(Point::Errors(0)),
        [true, false] => points.push(Point::Errors(1)),
        _ => {}
    }
    Comparison {
        points,
        lines: programs.map(|program| program.transcript.lines.len()),
        order,
        processes: programs.map(|program| program.roles.len()),
        traced,
        waiting: waits.is_some() || programs.into_iter().all(is_alone),
    }
}

/// How a program ended, as far as it is compared.
fn ending(program: &AnyProgram) -> Option<(Ending, bool, usize)> {
    let end = program.transcript.end.as_ref()?;
    Some((end.ending, end.closed_stdout.is_some(), end.left_behind))
}

/// A line of a program.
struct Said<'a> {
    /// Its pattern.
    text: String,
    /// The process or thread whose line it is, if nothing that another does can change
    /// its place among the other lines of this one.
    owner: Option<&'a str>,
}

/// Which of them prints all its lines itself, where the other has several processes that
/// print. (A pool has some that get no task, so other numbers say nothing.)
fn one_process(programs: [&AnyProgram; 2]) -> Option<usize> {
    let is_one = |program: &AnyProgram| {
        let end = program.transcript.end.as_ref();
        let hands_on = end.is_some_and(|end| !end.elsewhere.is_empty());
        matches!(program.roles.as_slice(), [(_, role)] if role == MAIN) && !hands_on
    };
    let [one, other] = programs.map(|program| (is_one(program), program.roles.len() > 1));
    match (one, other) {
        ((true, _), (_, true)) => Some(0),
        ((_, true), (true, _)) => Some(1),
        _ => None,
    }
}

fn is_alone(program: &AnyProgram) -> bool {
    program.transcript.end.as_ref().is_some_and(|end| end.alone)
}

/// The last line of both first processes, if it is the same, and which of them waited
/// with it for the others.
fn waits(programs: [&AnyProgram; 2], sides: &[Vec<Said>; 2]) -> Option<(String, [bool; 2])> {
    let [(one, waited), (other, other_waited)] = [waited(programs[0])?, waited(programs[1])?];
    let line = &sides[0][one].text;
    (*line == sides[1][other].text).then(|| (line.clone(), [waited, other_waited]))
}

/// The last line of its first process, and whether the others that print had ended then.
/// That is sure only where none had, although their ends are held back, or where the line
/// came at once after the last end.
fn waited(program: &AnyProgram) -> Option<(usize, bool)> {
    let end = program.transcript.end.as_ref()?;
    let lines = &program.transcript.lines;
    let is_of_first = |line: &Line| line.writer().is_some_and(|w| w.process == end.pid);
    let last = lines.iter().rposition(is_of_first)?;
    let at = lines[last].at;
    let prints = |end: &&ProcessEnd| program.roles.iter().any(|(pid, _)| *pid == end.pid);
    let others: Vec<&ProcessEnd> = end.ends.iter().filter(prints).collect();
    if others.iter().any(|end| end.unheld) {
        return None;
    }
    let ends = || others.iter().map(|end| end.at.unwrap_or(Duration::MAX));
    let (first_end, last_end) = (ends().min()?, ends().max()?);
    let at_once = last_end..last_end.saturating_add(AT_ONCE);
    match at < first_end {
        true => Some((last, false)),
        false => at_once.contains(&at).then_some((last, true)),
    }
}

fn sides(programs: [&AnyProgram; 2], several_both: bool) -> [Vec<Said<'_>>; 2] {
    let [one, other] = programs;
    let mut sides = [lines(one, other), lines(other, one)];
    // The first process may be a shell or cargo, whose PID no line has: then no line tells
    // the first process from the others.
    let names_main = |lines: &Vec<Said>| lines.iter().any(|line| line.text.contains("{main}"));
    if !several_both || !sides.iter().all(names_main) {
        for line in sides.iter_mut().flatten() {
            line.text = line.text.replace("{main}", "{pid}");
        }
    }
    sides
}

fn lines<'a>(program: &'a AnyProgram, other: &AnyProgram) -> Vec<Said<'a>> {
    let transcript = &program.transcript;
    let pids = Pids::of(transcript);
    let alone = is_alone(program);
    // A line that both printed has no PID in it, however like one a number is: they ran
    // at the same time.
    let common = other.transcript.texts();
    let line = |(index, line): (usize, &Line)| {
        let may_have_pids = !common.contains(&line.text.as_str());
        let Pattern { text, pids } = pattern(&line.text, may_have_pids.then_some(&pids));
        // A process that hears of others prints what it hears in the order of chance,
        // unless it speaks of itself.
        let is_own = |pid: &u32| line.writer().is_some_and(|writer| *pid == writer.pid);
        let of_itself = !pids.is_empty() && pids.iter().all(is_own);
        let owner = program.owner(index).filter(|_| alone || of_itself);
        Said { text, owner }
    };
    transcript.lines.iter().enumerate().map(line).collect()
}

/// The lines that did not come as often from both, in the order in which they came.
fn other_lines(sides: &[Vec<Said>; 2]) -> Vec<Point> {
    let mut counts: HashMap<&str, [usize; 2]> = HashMap::new();
    for (side, lines) in sides.iter().enumerate() {
        for line in lines {
            counts.entry(&line.text).or_default()[side] += 1;
        }
    }
    let lines = sides.iter().flatten();
    let counted = lines.filter_map(|line| counts.remove_entry(line.text.as_str()));
    let differ = counted.filter(|(_, [one, other])| one != other);
    let points = differ.map(|(line, counts)| Point::Line(line.to_owned(), counts));
    points.collect()
}

/// The order of the lines that are not of one process or thread.
fn order_of_others(sides: &[Vec<Said>; 2]) -> Order {
    let [one, other] = sides
        .each_ref()
        .map(|lines| lines.iter().map(|line| &line.text));
    match one.eq(other) {
        true => Order::Same,
        false => Order::ByChance(swapped(sides, |one, other| {
            one.is_none() || other.is_none()
        })),
    }
}

/// Two lines, of owners that count, that came in one order here, and in the other there.
fn swapped(
    sides: &[Vec<Said>; 2],
    count: fn(Option<&str>, Option<&str>) -> bool,
) -> Option<(String, String)> {
    let [one, other] = sides.each_ref().map(|lines| pairs(lines, count));
    let swapped = |&(first, then): &(&str, &str)| {
        first != then
            && !one.contains(&(then, first))
            && other.contains(&(then, first))
            && !other.contains(&(first, then))
    };
    let place = |text: &str| sides[0].iter().position(|line| line.text == text);
    let swapped = one.iter().copied().filter(swapped);
    let (first, then) = swapped.min_by_key(|(first, then)| (place(first), place(then)))?;
    Some((first.to_owned(), then.to_owned()))
}

/// All pairs of lines whose owners count, each in its order.
fn pairs<'l>(
    lines: &'l [Said],
    count: fn(Option<&str>, Option<&str>) -> bool,
) -> HashSet<(&'l str, &'l str)> {
    let lines = &lines[..lines.len().min(PAIRED)];
    let pairs = lines.iter().enumerate().flat_map(|(index, then)| {
        let earlier = lines[..index].iter();
        let earlier = earlier.filter(move |first| count(first.owner, then.owner));
        earlier.map(move |first| (first.text.as_str(), then.text.as_str()))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Output;
    use crate::transcript::{End, Writer};

    /// A program whose first process has this PID. Each line has a writer before it.
    fn program(main: u32, lines: &[(u32, &str)]) -> AnyProgram {
        let mut program = AnyProgram::new(main);
        for &(process, text) in lines {
            let writer = Writer {
                process,
                thread: process,
                pid: process,
            };
            program.record(Output::Line(Line {
                writers: vec![(0, Some(writer))],
                text: text.to_owned(),
                ..Line::default()
            }));
        }
        let others = lines.iter().filter(|(pid, _)| *pid != main);
        let ends = others.map(|&(pid, _)| ProcessEnd {
            pid,
            parent: None,
            at: None,
            status: None,
            unheld: false,
        });
        program.record(Output::End(End {
            pid: main,
            traced: true,
            ends: ends.collect(),
            ..End::default()
        }));
        program
    }

    fn compared(one: &[(u32, &str)], other: &[(u32, &str)]) -> Comparison {
        compare([&program(100, one), &program(110, other)])
    }

    #[test]
    fn workers_take_the_tasks_by_chance() {
        let one = [
            (100, "Parent 100."),
            (101, "task 0 (101)"),
            (102, "task 1 (102)"),
            (101, "task 2 (101)"),
        ];
        let other = [
            (110, "Parent 110."),
            (111, "task 1 (111)"),
            (112, "task 0 (112)"),
            (111, "task 2 (111)"),
        ];
        let compared = compared(&one, &other);
        assert_eq!(compared.points, []);
        assert_eq!(compared.order, Some(Order::ByChance(None)));
    }

    #[test]
    fn a_process_keeps_its_order() {
        let one = [
            (101, "101 begins"),
            (102, "102 begins"),
            (101, "101 ends"),
            (102, "102 ends"),
        ];
        let other = [
            (111, "111 ends"),
            (112, "112 ends"),
            (111, "111 begins"),
            (112, "112 begins"),
        ];
        let point = Point::Order("{pid} begins".to_owned(), "{pid} ends".to_owned());
        assert_eq!(compared(&one, &other).points, [point]);
    }

    #[test]
    fn what_one_hears_of_others_comes_by_chance() {
        let one = [(100, "100"), (100, "ends"), (101, "101 runs")];
        let other = [(110, "110"), (111, "111 runs"), (110, "ends")];
        let compared = compared(&one, &other);
        assert_eq!(compared.points, []);
        let swapped = ("ends".to_owned(), "{pid} runs".to_owned());
        assert_eq!(compared.order, Some(Order::ByChance(Some(swapped))));
    }

    #[test]
    fn processes_that_get_no_task_are_no_difference() {
        let one = [(100, "starts"), (101, "a"), (102, "b")];
        let other = [(110, "starts"), (111, "a"), (111, "b")];
        assert_eq!(compared(&one, &other).points, []);
        let all_itself = other.map(|(_, line)| (110, line));
        assert_eq!(compared(&one, &all_itself).points, [Point::OneProcess(1)]);
        let swapped = compare([&program(110, &all_itself), &program(100, &one)]);
        assert_eq!(swapped.points, [Point::OneProcess(0)]);
        let behind_a_shell = other.map(|(_, line)| (111, line));
        assert_eq!(compared(&one, &behind_a_shell).points, []);
    }

    /// The first process ends with a line at two seconds; two others have ended at these
    /// times, in milliseconds.
    fn ended(ends: [Option<u64>; 2]) -> AnyProgram {
        let mut program = program(100, &[(101, "a"), (102, "b"), (100, "end")]);
        let transcript = &mut program.transcript;
        transcript.lines[2].at = Duration::from_secs(2);
        let others = transcript.end.iter_mut().flat_map(|end| &mut end.ends);
        for (other, at) in others.zip(ends) {
            other.at = at.map(Duration::from_millis);
        }
        program
    }

    #[test]
    fn who_waits_for_all_is_not_who_waits_for_none() {
        let [all, none] = [[Some(500), Some(1990)], [Some(2010), None]].map(ended);
        let waited = |side| Point::Waited("end".to_owned(), side);
        assert_eq!(compare([&all, &none]).points, [waited(0)]);
        assert_eq!(compare([&none, &all]).points, [waited(1)]);
        assert_eq!(compare([&all, &all]).points, []);
        assert!(compare([&all, &all]).waiting);
        for unsure in [[Some(500), Some(1000)], [Some(1990), Some(2010)]] {
            let compared = compare([&none, &ended(unsure)]);
            assert_eq!(compared.points, [], "{unsure:?}");
            assert!(!compared.waiting, "{unsure:?}");
        }
    }

    #[test]
    fn the_first_process_is_not_just_any() {
        let one = [(100, "Parent 100."), (101, "Child 101"), (102, "ends")];
        let other = [(110, "Parent 110."), (110, "Child 110"), (111, "ends")];
        let line = |line: &str, counts| Point::Line(line.to_owned(), counts);
        let points = [line("Child {pid}", [1, 0]), line("Child {main}", [0, 1])];
        assert_eq!(compared(&one, &other).points, points);
        let behind_a_shell = compared(&[(100, "Parent 100.")], &[(115, "Parent 115.")]);
        assert_eq!(behind_a_shell.points, []);
    }

    #[test]
    fn what_both_print_is_no_pid() {
        let compared = compared(&[(101, "sum: 101")], &[(121, "sum: 101")]);
        assert_eq!(compared.points, []);
        assert_eq!(compared.order, Some(Order::Same));
    }

    #[test]
    fn only_one_printed_to_stderr() {
        let (mut one, mut other) = (program(100, &[]), program(110, &[]));
        one.record(Output::ErrorLine(Line::default()));
        assert_eq!(compare([&one, &other]).points, [Point::Errors(0)]);
        assert_eq!(compare([&other, &one]).points, [Point::Errors(1)]);
        other.record(Output::ErrorLine(Line::default()));
        assert_eq!(compare([&one, &other]).points, []);
    }

    #[test]
    fn where_nothing_was_traced_no_order_is_compared() {
        let mut one = program(100, &[(100, "a 1"), (101, "b 2")]);
        one.transcript.end = Some(End::default());
        let compared = compare([&one, &program(110, &[(111, "b 3"), (110, "a 4")])]);
        assert!(!compared.traced);
        assert_eq!(compared.order, None);
    }
}
