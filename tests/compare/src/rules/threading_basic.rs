//! One thread counts to five, a second between two lines; the other waits.

use std::time::Duration;

use super::check::Check;
use super::lines::not_filled_in;
use super::story::{Expected, Story, Told, Writers, says};
use super::{CAPITALS, Mark, Rules, SLACK};
use crate::language::Text;
use crate::words::Seconds;

pub static RULES: Rules = Rules {
    lines: LINES,
    of_threads: true,
    check,
    checked,
    why_missing,
    why_unknown: |line| {
        line.contains(" >>> ")
            .then_some("Does the loop count from 1 to 5?")
    },
    why_in_small_letters: CAPITALS,
    why_one_writer: |_, _| ONE_THREAD,
    why_endless: |_| "Does the loop count without end, or does a thread wait for something?",
    why_left_behind: "this chapter starts no processes at all.",
    means_something_else: |line| is_of_another_thread(line) || is_another_number(line),
    mark: |line| {
        let number = line.strip_prefix("thread LoopThread >>> ")?;
        number.chars().next().map(Mark::At)
    },
    legend: Text::new("1 2 3 4 5 counted", "1 2 3 4 5 数到的数"),
};

const LINES: &[Expected] = &[
    says("MainThread", MAIN_RUNS),
    says("LoopThread", LOOP[0]),
    says("LoopThread", LOOP[1]),
    says("LoopThread", LOOP[2]),
    says("LoopThread", LOOP[3]),
    says("LoopThread", LOOP[4]),
    says("LoopThread", LOOP[5]),
    says("LoopThread", LOOP[6]),
    says("MainThread", MAIN_ENDED),
];

const MAIN_RUNS: &str = "thread MainThread is running...";
/// It begins, counts, ends.
const LOOP: [&str; 7] = [
    "thread LoopThread is running...",
    "thread LoopThread >>> 1",
    "thread LoopThread >>> 2",
    "thread LoopThread >>> 3",
    "thread LoopThread >>> 4",
    "thread LoopThread >>> 5",
    "thread LoopThread ended.",
];
const MAIN_ENDED: &str = "thread MainThread ended.";

const NO_JOIN: &str = "Was t.join() left out, or given a time limit?";

/// Why both are one thread.
const ONE_THREAD: &str = "Was loop called directly (target=loop() in place of target=loop, or \
                              t.run() in place of t.start())? A name in the text makes no thread.";

/// How long the loop sleeps after each number.
const SLEEP: Duration = Duration::from_secs(1);

/// The least and the most that may pass between two of its lines. A sleep is never
/// shorter, but the first of the lines may be seen a little late.
const SHORTEST_SLEEP: Duration = Duration::from_millis(950);
const LONGEST_SLEEP: Duration = Duration::from_millis(1400);

fn check(check: &mut Check) {
    other_names(check);
    let cause = "Is the main thread's first print in the wrong place?";
    check.before(MAIN_RUNS, LOOP[0], cause);
    let differences = check.differences();
    for line in LOOP {
        if check.differences() == differences {
            check.before(line, MAIN_ENDED, NO_JOIN);
        }
    }
    check.in_order(&LOOP, "Are the prints of the loop in another order?");
    sleeps(check);
}

fn checked(story: &Story) -> String {
    let gap = match median_gap(story).filter(|_| story.writers != Writers::HandedOn) {
        Some(gap) => format!(
            "{:.1} s passed between two lines of the loop (the median)",
            gap.as_secs_f64()
        ),
        None => "not checked: the time between two lines".to_owned(),
    };
    let writers = match story.writers {
        Writers::Seen => ", written by two threads of one process",
        _ => "",
    };
    format!("each in its place{writers}; {gap}; the main thread's last line came after the loop's")
}

fn why_missing(story: &Story, line: &str) -> Option<String> {
    let came = |line: &str| story.find(line).is_some();
    let cause = if came(LOOP[0]) && !came(LOOP[6]) && came(MAIN_ENDED) {
        "The program ended while the thread ran: was t.join() left out (and daemon=True set)?"
    } else if LOOP[1..6].contains(&line) {
        "Does the loop count from 1 to 5?"
    } else if line == LOOP[0] {
        "Was t.start() left out? Or t.join(), so that the program ended before the thread ran? Or \
         has the thread another target than loop?"
    } else {
        return None;
    };
    Some(cause.to_owned())
}

/// Lines of threads with another name are one difference, not seven.
fn other_names(check: &mut Check) {
    let story = check.story;
    let text = |index: usize| story.transcript.lines[index].text.as_str();
    let foreign = |&index: &usize| is_of_another_thread(text(index));
    let lines: Vec<usize> = story.unknown.iter().copied().filter(foreign).collect();
    let Some(&first) = lines.first() else { return };
    let first_line = first;
    let name = thread_name(text(first)).unwrap_or_default();
    let cause = match name {
        "MainThread" if story.children().next().is_some() => {
            "Was a process started in place of a thread?"
        }
        "MainThread" => "Was loop called directly (or t.run() in place of t.start())?",
        "main" => "Rust calls its first thread so; the notes say MainThread.",
        _ if not_filled_in(name).is_some() => not_filled_in(name).unwrap_or_default(),
        _ if name.starts_with("Thread-") || name.starts_with("Dummy-") => {
            "Was the thread started without its name (name=\"LoopThread\")?"
        }
        _ => "The notes call the thread LoopThread: is it name=\"LoopThread\"?",
    };
    let first = check.quote_line(first);
    let what = format!("{first} is of a thread called `{name}`.");
    check.differs(what, cause);
    let last = lines.last().copied().unwrap_or(first_line);
    let ended = story.find(MAIN_ENDED);
    let is_end = text(last).ends_with(" ended.");
    if let Some(ended) =
        ended.filter(|ended| name != "MainThread" && (ended.index < last || !is_end))
    {
        let what = format!("{} came before the end of that thread.", check.quote(ended));
        check.differs(what, NO_JOIN);
    }
    let affected = LINES.iter().filter(|e| story.count(e.line) != 1);
    affected.for_each(|e| check.explains(&[e.line]));
    lines
        .into_iter()
        .for_each(|index| check.explains_line(index));
}

/// Whether the line is of a thread whose name is not in the notes, and not like
/// one that is.
fn is_of_another_thread(line: &str) -> bool {
    let Some(name) = thread_name(line) else {
        return false;
    };
    let names = ["MainThread", "LoopThread"];
    let nearest = names
        .into_iter()
        .map(|known| strsim::damerau_levenshtein(known, name))
        .min();
    // The main thread prints no line of the loop.
    nearest > Some(3) || name == "MainThread" && line.contains(" >>> ")
}

/// Whether the line has a number to which the loop does not count.
fn is_another_number(line: &str) -> bool {
    let number = line.split_once(" >>> ").map(|(_, number)| number.parse());
    number.is_some_and(|number| number.is_ok_and(|number: i64| !(1..=5).contains(&number)))
}

/// The name in a line of this chapter's form.
fn thread_name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("thread ")?;
    let ends = [" is running...", " ended.", " >>> "];
    ends.into_iter()
        .find_map(|end| rest.split_once(end))
        .map(|(name, _)| name)
}

fn sleeps(check: &mut Check) {
    let story = check.story;
    // Two loops print between each other, and what is handed on comes at another time.
    if LOOP.iter().any(|line| story.count(line) > 1) || story.writers == Writers::HandedOn {
        return;
    }
    if let Some(gap) = median_gap(check.story)
        && !(SHORTEST_SLEEP..=LONGEST_SLEEP).contains(&gap)
    {
        let what = format!(
            "{} passed between two lines of the loop (the median).",
            Seconds(gap)
        );
        let cause = match format!("{:.1}", gap.as_secs_f64()).as_str() {
            "0.0" => "Was time.sleep(1) left out?".to_owned(),
            slept => format!("Does it sleep {slept} s in place of the notes' second?"),
        };
        return check.differs(what, cause);
    }
    let other = |(_, _, gap): &(_, _, Duration)| *gap < SLEEP / 2 || *gap > SLEEP + 2 * SLACK;
    if let Some((first, then, gap)) = gaps(check.story).find(other) {
        let (first, then) = (check.quote(first), check.quote(then));
        let what = format!("{then} came {} after {first}.", Seconds(gap));
        check.differs(what, "Does the loop sleep a second after each number?");
    }
}

/// The middle one of all gaps: one that a busy machine makes longer does not count.
fn median_gap(story: &Story) -> Option<Duration> {
    let mut gaps: Vec<Duration> = gaps(story).map(|(_, _, gap)| gap).collect();
    gaps.sort();
    gaps.get(gaps.len() / 2).copied()
}

/// Each two lines of the loop between which no other came, and the time between
/// them.
fn gaps(story: &Story) -> impl Iterator<Item = (&Told, &Told, Duration)> {
    let in_loop = |told: &Told| LOOP[1..].contains(&told.expected.line);
    story.told.windows(2).filter_map(move |two| {
        let [first, then] = two else { return None };
        let follows = in_loop(first) && in_loop(then) && then.index == first.index + 1;
        let gap = then.at.saturating_sub(first.at);
        // What is more than a second may be compare's own delay.
        let late = story.transcript.late(first.at, then.at);
        let gap = gap.saturating_sub(late).max(gap.min(SLEEP));
        (follows && !story.was_late(first, then)).then_some((first, then, gap))
    })
}
