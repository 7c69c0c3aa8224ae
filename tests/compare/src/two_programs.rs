//! Compares any two programs: their lines, with placeholders for what differs from run
//! to run, the order of the lines of each process and thread, whether there are several
//! processes, whether these ran at once and the first waits for them, how they ended, and
//! whether both were silent on stderr.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use crate::language::Text;
use crate::placeholders::{PID, placeholders};
use crate::rules::Difference;
use crate::rules::story::Story;
use crate::run::HOLD;
use crate::stderr;
use crate::text;
use crate::transcript::{Line, Subprocess, Writer};
use crate::words::{count, how_ended, times};

/// A program's name, and what it told.
pub type Named<'a> = (&'a str, &'a Story);

/// What there is to be said of two programs.
#[derive(Debug)]
pub struct Comparison {
    /// In what they differ.
    pub differences: Vec<Difference>,
    /// The first line of each that is another one's, where nothing but the order differs:
    /// that may be chance.
    pub moved: Option<[String; 2]>,
}

/// Who waits for a process prints its next line within this time after the end.
const AT_ONCE: Duration = Duration::from_millis(300);

/// Processes that are started before one has ended overlap for so long at least, since the
/// end of each is held back.
const OVERLAP: Duration = Duration::from_millis(100);

/// Of so many lines the order is compared.
const PAIRED: usize = 300;

/// Compares two programs that have ended.
pub fn compare(named: [Named; 2]) -> Comparison {
    let sides = sides(named.map(|(_, program)| program));
    let mut differences = Vec::from_iter(one_process(named));
    differences.extend(end(named));
    let others = other_lines(named, &sides);
    if others.is_empty() {
        differences.extend(order(named, &sides));
    }
    differences.extend(others);
    differences.extend(who_waits(named, &sides));
    differences.extend(concurrency(named));
    differences.extend(errors(named));
    let mut places = sides[0].iter().zip(&sides[1]);
    let moved = places.find(|(one, other)| one.text != other.text);
    let moved = moved.filter(|_| differences.is_empty());
    Comparison {
        differences,
        moved: moved.map(|(one, other)| [one.text.clone(), other.text.clone()]),
    }
}

/// A line of a program.
struct Said {
    /// With placeholders.
    text: String,
    /// The thread whose line it is, if nothing that another does can change its place among
    /// the other lines of this one.
    owner: Option<u32>,
}

fn sides(programs: [&Story; 2]) -> [Vec<Said>; 2] {
    let [one, other] = programs;
    let traced = |program: &Story| program.transcript.was_traced();
    let traced = traced(one) && traced(other);
    [(one, other), (other, one)].map(|(program, other)| {
        // A line that both printed has no PID in it, however like one a number is: they ran
        // at the same time.
        let common: HashSet<&str> = other.transcript.texts().into_iter().collect();
        let (none, pids) = (BTreeSet::new(), pids(program));
        let said = |line: &Line| {
            let pids = match common.contains(line.text.as_str()) {
                true => Some(&none),
                false => Some(&pids).filter(|_| traced),
            };
            let text = placeholders(&line.text, pids);
            let writer = line.writer();
            let writer = writer.filter(|writer| is_alone(program) || is_of(writer, line, &text));
            let owner = writer.map(|writer| writer.thread);
            Said { text, owner }
        };
        program.transcript.lines.iter().map(said).collect()
    })
}

fn pids(program: &Story) -> BTreeSet<u32> {
    let first = program.transcript.end.iter().map(|end| end.pid);
    let others = program.transcript.subprocesses().map(|other| other.pid);
    let writers = writers(program).flat_map(|writer| [writer.process, writer.pid, writer.thread]);
    first.chain(others).chain(writers).collect()
}

fn is_alone(program: &Story) -> bool {
    program.transcript.end.as_ref().is_some_and(|end| end.alone)
}

/// Whether a line speaks of its writer, and of no other process. (What a process hears of
/// others it prints in the order of chance.)
fn is_of(writer: &Writer, line: &Line, text: &str) -> bool {
    text.contains(PID) && text == placeholders(&line.text, Some(&BTreeSet::from([writer.pid])))
}

fn writers(program: &Story) -> impl Iterator<Item = Writer> {
    let lines = program.transcript.lines.iter();
    lines.filter_map(Line::writer)
}

/// The processes that print.
fn processes(program: &Story) -> BTreeSet<u32> {
    writers(program).map(|writer| writer.process).collect()
}

/// One that prints all its lines itself, where the other has several processes that print.
/// (A pool has some that get no task, so other numbers say nothing.)
fn one_process([one, other]: [Named; 2]) -> Option<Difference> {
    let prints_all = |(_, program): Named| {
        let end = program.transcript.end.as_ref();
        end.is_some_and(|end| end.elsewhere.is_empty() && processes(program).iter().eq([&end.pid]))
    };
    let mut both = [(one, other), (other, one)].into_iter();
    let ((name, program), (other, several)) =
        both.find(|(one, (_, other))| prints_all(*one) && processes(other).len() > 1)?;
    let number = processes(several).len();
    let threads: BTreeSet<u32> = writers(program).map(|writer| writer.thread).collect();
    let cause = || {
        text!(
            "Threads are used in {name} in place of processes.",
            "{name} 用的是线程，而不是进程。"
        )
    };
    Some(Difference {
        what: text!(
            "The lines of {name} are of one process, those of {other} of {number}.",
            "{name} 的行来自 1 个进程，{other} 的行来自 {number} 个进程。"
        ),
        cause: (threads.len() > 1).then(cause),
    })
}

fn end(named: [Named; 2]) -> Option<Difference> {
    let ending = |(_, program): Named| {
        let end = program.transcript.end.as_ref();
        end.map(|end| (end.ending, end.left_behind > 0))
    };
    let [one, other] = named.map(ending);
    let [how, other_how] = named.map(how_it_ended);
    (one != other).then(|| how.then(&other_how).into())
}

fn how_it_ended((name, program): Named) -> Text {
    let end = program.transcript.end.clone().unwrap_or_default();
    let how = how_ended(name, end.ending);
    let left = count(end.left_behind, "process");
    match end.left_behind {
        0 => how,
        number => how.then(&text!(
            "It left {left} running.",
            "它结束时还有 {number} 个进程在运行。"
        )),
    }
}

/// The lines that did not come as often from both, in the order in which they came.
fn other_lines([(one, _), (other, _)]: [Named; 2], sides: &[Vec<Said>; 2]) -> Vec<Difference> {
    let mut counts: HashMap<&str, [usize; 2]> = HashMap::new();
    for (side, lines) in sides.iter().enumerate() {
        for line in lines {
            counts.entry(&line.text).or_default()[side] += 1;
        }
    }
    let differs = |line: &Said| {
        let line = &line.text;
        let [number, other_number] = counts.remove(line.as_str())?;
        let [often, other_often] = [number, other_number].map(times);
        let what = match (number, other_number) {
            (1, 0) => only(one, line),
            (0, 1) => only(other, line),
            _ => text!(
                "`{line}`: {often} from {one}, {other_often} from {other}.",
                "`{line}`：在 {one} 里出现 {number} 次，在 {other} 里出现 {other_number} 次。"
            ),
        };
        (number != other_number).then(|| what.into())
    };
    sides.iter().flatten().filter_map(differs).collect()
}

fn only(name: &str, line: &str) -> Text {
    text!(
        "Only {name} printed `{line}`.",
        "只有 {name} 打印了 `{line}`。"
    )
}

/// Two lines of one owner that came in one order from the first program, and in the other
/// from the second.
fn order([(one, _), (other, _)]: [Named; 2], sides: &[Vec<Said>; 2]) -> Option<Difference> {
    let [ours, theirs] = sides
        .each_ref()
        .map(|lines| pairs(lines).collect::<HashSet<_>>());
    let is_swapped = |&(first, then): &(&str, &str)| {
        let (pair, swapped) = ((first, then), (then, first));
        theirs.contains(&swapped) && !theirs.contains(&pair) && !ours.contains(&swapped)
    };
    let (first, then) = pairs(&sides[0]).find(is_swapped)?;
    Some(Difference::from(text!(
        "The order of lines of one process or thread: `{first}` came before `{then}` from {one}, \
         and after it from {other}.",
        "同一个进程或线程打印的行，顺序不同：在 {one} 里，`{first}` 先于 `{then}`；在 {other} 里正相反。"
    )))
}

/// All pairs of lines of one owner, each in its order.
fn pairs(lines: &[Said]) -> impl Iterator<Item = (&str, &str)> {
    let lines = &lines[..lines.len().min(PAIRED)];
    lines.iter().enumerate().flat_map(|(index, then)| {
        let earlier = lines[..index].iter();
        let own = earlier.filter(|first| first.owner.is_some() && first.owner == then.owner);
        own.map(|first| (first.text.as_str(), then.text.as_str()))
    })
}

/// Only one of the first processes waits with its last line, the same in both, for the
/// others that print.
fn who_waits([one, other]: [Named; 2], sides: &[Vec<Said>; 2]) -> Option<Difference> {
    let [(line, waits), (other_line, other_waits)] = [waits(one.1)?, waits(other.1)?];
    let line = &sides[0][line].text;
    if *line != sides[1][other_line].text || waits == other_waits {
        return None;
    }
    let [(name, _), (other, _)] = if waits { [one, other] } else { [other, one] };
    Some(Difference {
        what: text!(
            "`{line}` came from {name} after its other processes had ended, from {other} before \
             they had.",
            "`{line}` 出现时，{name} 的其他进程都已经结束，{other} 的还没有。"
        ),
        cause: Some(text!(
            "Was join left out of {other}, or given a time limit?",
            "{other} 是不是漏了 join，或者给它设了超时？"
        )),
    })
}

/// The last line of its first process, and whether the others that print had ended then.
/// That is sure only where none had, although their ends are held back, or where the line
/// came at once after the last end.
fn waits(program: &Story) -> Option<(usize, bool)> {
    let end = program.transcript.end.as_ref()?;
    let lines = &program.transcript.lines;
    let is_of_first = |line: &Line| line.writer().is_some_and(|w| w.process == end.pid);
    let last = lines.iter().rposition(is_of_first)?;
    let at = lines[last].at;
    let others = others_that_print(program)?;
    let ends = || {
        others
            .iter()
            .map(|other| other.ended.unwrap_or(Duration::MAX))
    };
    let (first_end, last_end) = (ends().min()?, ends().max()?);
    let at_once = last_end..last_end.saturating_add(AT_ONCE);
    match at < first_end {
        true => Some((last, false)),
        false => at_once.contains(&at).then_some((last, true)),
    }
}

/// One program starts all the processes that print before one of them has ended, the other
/// each after the one before.
fn concurrency([one, other]: [Named; 2]) -> Option<Difference> {
    let (concurrent, other_concurrent) = (are_concurrent(one.1)?, are_concurrent(other.1)?);
    if concurrent == other_concurrent {
        return None;
    }
    let [(name, _), (other, _)] = if concurrent {
        [one, other]
    } else {
        [other, one]
    };
    Some(Difference {
        what: text!(
            "All processes of {name} were started before one had ended, those of {other} each \
             after the end of the one before.",
            "{name} 还没有一个进程结束，就启动了全部进程；{other} 等前一个结束，才启动下一个。"
        ),
        cause: Some(text!(
            "Is join called in {other} before the next start?",
            "{other} 是不是每启动一个进程就 join，然后才启动下一个？"
        )),
    })
}

/// Whether the processes that print, but for the first, were all started before one had
/// ended, or each after the one before; None where neither is so, or not sure.
fn are_concurrent(program: &Story) -> Option<bool> {
    let mut others = others_that_print(program)?;
    others.sort_by_key(|other| other.began);
    let [_, .., last] = others[..] else {
        return None;
    };
    let ended = |other: &Subprocess| other.ended.unwrap_or(Duration::MAX);
    if others
        .iter()
        .all(|other| ended(other) > last.began + OVERLAP)
    {
        return Some(true);
    }
    let mut neighbours = others.windows(2);
    let one_by_one = neighbours.all(|two| ended(two[0]) <= two[1].began);
    // Else a process may have started late only since it, or compare, got no core.
    let delayed = program.transcript.end.as_ref()?.delayed;
    let late = program.transcript.late(Duration::ZERO, Duration::MAX);
    (one_by_one && delayed + late < HOLD).then_some(false)
}

/// The processes that print, but for the first; None where an end was not held back.
fn others_that_print(program: &Story) -> Option<Vec<&Subprocess>> {
    let printing = processes(program);
    let others = program.transcript.subprocesses();
    let others: Vec<&Subprocess> = others.filter(|p| printing.contains(&p.pid)).collect();
    others.iter().all(|other| !other.unheld).then_some(others)
}

/// Only one printed to stderr. Two languages have other words for the same, so the words
/// are not compared.
fn errors([one, other]: [Named; 2]) -> Option<Difference> {
    let printed = |(_, program): Named| !program.transcript.errors.is_empty();
    let (name, program) = match (printed(one), printed(other)) {
        (true, false) => one,
        (false, true) => other,
        _ => return None,
    };
    Some(Difference {
        what: text!(
            "Only {name} printed to stderr.",
            "只有 {name} 在 stderr 上打印了内容。"
        ),
        cause: stderr::why(&program.transcript.errors),
    })
}
