//! A writer puts, a reader gets: nothing lost, nothing twice, all in order.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::check::Check;
use super::story::{Expected, Story, Told, Writers, says};
use super::{CAPITALS, Mark, PID_OF_ANOTHER, Rules, SLACK, WHY_LEFT_BEHIND};
use crate::language::Text;
use crate::run::HOLD;
use crate::transcript::ProcessEnd;
use crate::words::{Seconds, and, how_it_ended};

pub static RULES: Rules = Rules {
    lines: LINES,
    of_threads: false,
    check,
    checked,
    why_missing,
    why_unknown: |line| {
        let is_of_item = line.starts_with("Put ") || line.starts_with("Get ");
        is_of_item.then_some(OTHER_ITEMS)
    },
    why_in_small_letters: CAPITALS,
    why_one_writer,
    why_endless,
    why_left_behind: WHY_LEFT_BEHIND,
    means_something_else: is_of_another_item,
    mark: |line| {
        let item = line.strip_prefix("Put ").or(line.strip_prefix("Get "));
        item.and_then(|item| item.chars().next()).map(Mark::At)
    },
    legend: Text::new(
        "A B C put by the writer, got by the reader",
        "A B C 写进程放入的、读进程取出的",
    ),
};

const LINES: &[Expected] = &[
    says("writer", WRITER),
    says("writer", PUT[0]),
    says("writer", PUT[1]),
    says("writer", PUT[2]),
    says("reader", READER),
    says("reader", GET[0]),
    says("reader", GET[1]),
    says("reader", GET[2]),
];

const WRITER: &str = "Process to write: {pid}";
const PUT: [&str; 3] = [
    "Put A to queue...",
    "Put B to queue...",
    "Put C to queue...",
];
const ITEMS: [&str; 3] = ["A", "B", "C"];
const READER: &str = "Process to read: {pid}";
const GET: [&str; 3] = [
    "Get A from queue.",
    "Get B from queue.",
    "Get C from queue.",
];

/// Why the lines of items differ.
const OTHER_ITEMS: &str = "The items are A, B and C: is there one more, one less, or another one?";

fn check(check: &mut Check) {
    let cause = "Is the writer's first print in the wrong place?";
    check.before(WRITER, PUT[0], cause);
    let cause = "Is the reader's first print in the wrong place?";
    check.before(READER, GET[0], cause);
    items_in_order(check);
    if a_process_failed(check.story) {
        // That is a difference, and the cause of what never came.
        check.explains(&PUT);
        check.explains(&GET);
    } else if !closed_too_early(check) {
        items_lost(check);
    }
    if !called_directly(check) {
        reader_started_late(check);
    }
    sleeps(check);
}

fn checked(_: &Story) -> String {
    "writer and reader have different PIDs; each item's Put line came before its Get line, all in \
     order"
        .to_owned()
}

fn why_missing(story: &Story, line: &str) -> Option<String> {
    if line == WRITER && story.came(&PUT) == 0 {
        Some("Was pw.start() left out?".to_owned())
    } else if line == READER && story.came(&GET) == 0 {
        Some("Was pr.start() left out?".to_owned())
    } else if PUT.contains(&line) {
        who_was_killed(story).or(Some(OTHER_ITEMS.to_owned()))
    } else {
        None
    }
}

/// Whether the line is about an item that the chapter does not have.
fn is_of_another_item(line: &str) -> bool {
    let put = line
        .strip_prefix("Put ")
        .and_then(|rest| rest.strip_suffix(" to queue..."));
    let get = line
        .strip_prefix("Get ")
        .and_then(|rest| rest.strip_suffix(" from queue."));
    put.or(get).is_some_and(|item| {
        let is_word = !item.is_empty() && item.chars().all(char::is_alphanumeric);
        is_word && !ITEMS.contains(&item.to_uppercase().as_str())
    })
}

/// Whether writer or reader ended with an error, other than that the queue was
/// closed.
fn a_process_failed(story: &Story) -> bool {
    let ends = || {
        [WRITER, READER]
            .into_iter()
            .filter_map(|line| end_of(story, line))
    };
    ends().any(|end| end.status.and_then(|status| status.code()) > Some(0)) && !was_refused(story)
}

/// The process that was ended by a signal, and what may have sent it.
fn who_was_killed(story: &Story) -> Option<String> {
    let of = |line, name, variable| {
        let status = end_of(story, line)?.status?;
        status.signal()?;
        let how = how_it_ended(status);
        Some(format!(
            "The {name} {how}: was it {variable}.terminate() or {variable}.kill(), too early?"
        ))
    };
    of(WRITER, "writer", "pw").or_else(|| of(READER, "reader", "pr"))
}

/// The end of the process that says this.
fn end_of<'a>(story: &'a Story, line: &str) -> Option<&'a ProcessEnd> {
    story.transcript.process_end(story.find(line)?.pid?)
}

fn why_endless(story: &Story) -> &'static str {
    match (story.came(&PUT), story.came(&GET)) {
        (3, 3) => {
            "The reader waits for an item that never comes: was the end left out (in Rust \
             q.close(); in Python q.put(None), since its q.close() is for one process alone), or \
             does it come after pr.join()?"
        }
        (3, _) => {
            "Items were put and the reader does not get them: does it read this queue, and is it \
             a queue for processes (multiprocessing.Queue, not queue.Queue)?"
        }
        _ if story.find(WRITER).is_none() => "The writer never began: was pw.start() left out?",
        _ => "The writer does not come to its end: is the queue full, with nobody reading?",
    }
}

fn why_one_writer(story: &Story, _: &Told) -> &'static str {
    let took_turns = match (story.find(PUT[2]), story.find(GET[0])) {
        (Some(last_put), Some(first_get)) => first_get.index < last_put.index,
        _ => false,
    };
    if story.writers == Writers::Seen {
        "Were write and read called directly, rather than in processes?"
    } else if story.children().count() > 1 {
        PID_OF_ANOTHER
    } else if took_turns {
        "Were threads used in place of processes?"
    } else {
        "Were write and read called directly, or in threads, rather than in processes?"
    }
}

fn items_in_order(check: &mut Check) {
    for (put, get) in PUT.iter().zip(GET) {
        let cause = "Nothing can be got before it is put: is it printed too late?";
        check.before(put, get, cause);
    }
    let before = check.differences();
    check.in_order(&PUT, "Are the items put in another order?");
    if check.differences() == before {
        check.in_order(
            &GET,
            "A queue keeps the order: is it a stack, or did another reader come between?",
        );
    }
}

/// Writer or reader is the program's first process.
fn called_directly(check: &mut Check) -> bool {
    let story = check.story;
    let pid = |line| story.find(line).and_then(|told| told.pid);
    let (Some(writer), Some(reader)) = (pid(WRITER), pid(READER)) else {
        return false;
    };
    let is_child = |pid| story.transcript.process_end(pid).is_some();
    let (line, cause) = match (is_child(writer), is_child(reader)) {
        (false, true) => (
            WRITER,
            "Was write called directly: pw.run() in place of pw.start(), or target=write(q)? Or is \
             it os.getppid() in place of os.getpid()?",
        ),
        (true, false) => (
            READER,
            "Was read called directly: pr.run() in place of pr.start(), or target=read(q)? Or is \
             it os.getppid() in place of os.getpid()?",
        ),
        _ => return false,
    };
    if let Some(told) = story.find(line) {
        let what = format!("{} has the PID of the parent.", check.quote(told));
        check.differs(what, cause);
    }
    true
}

/// What Rust says of an item that comes after the queue was closed.
const REFUSED: &str = "nothing more can be put into the queue";

fn was_refused(story: &Story) -> bool {
    let mut errors = story.transcript.errors.iter();
    errors.any(|line| line.text.contains(REFUSED))
}

/// The reader ended before the writer had put everything.
fn closed_too_early(check: &mut Check) -> bool {
    let story = check.story;
    let (put, got) = (story.came(&PUT), story.came(&GET));
    let last_put = PUT.iter().rev().find_map(|line| story.find(line));
    let (Some(reader), Some(last_put)) = (story.find(READER), last_put) else {
        return false;
    };
    let in_order = story.came(&GET[..got]) == got;
    // Without the delay it would have ended before the line.
    let reader_ended = story
        .end_of(reader)
        .is_some_and(|end| end < last_put.at + HOLD);
    if got >= put
        || !in_order
        || !(reader_ended || put < PUT.len())
        || !story.transcript.succeeded()
    {
        return false;
    }
    // The line comes before the put, which may be refused.
    let refused = usize::from(was_refused(story));
    let mut what = Vec::new();
    if got + refused < put {
        what.push(never_got(&ITEMS[got..put - refused]));
    }
    if refused > 0 {
        what.push(format!("{} could not be put", ITEMS[put - 1]));
    }
    if put < PUT.len() {
        what.push(format!("{} never put", and(&ITEMS[put..])));
    }
    let mut what = what.join(", and ");
    if reader_ended {
        what += &format!(
            ": the reader came to its end before {}",
            check.quote(last_put)
        );
    }
    check.explains(&PUT[put..]);
    check.explains(&GET[got..]);
    let cause = who_was_killed(story).unwrap_or_else(|| {
        "Was the queue closed, or None put, before pw.join()? Or did the reader stop when the \
         queue was empty for a moment?"
            .to_owned()
    });
    check.differs(what + ".", cause);
    true
}

fn items_lost(check: &mut Check) {
    let story = check.story;
    let came = |line: &str| story.find(line).is_some();
    let lost: Vec<usize> = (0..3).filter(|&i| came(PUT[i]) && !came(GET[i])).collect();
    let items: Vec<_> = lost.iter().map(|&i| ITEMS[i]).collect();
    if items.is_empty() || !story.transcript.succeeded() {
        return;
    }
    let only_last = lost == [0, 1] && came(GET[2]);
    let later = (0..3).any(|i| came(GET[i]) && lost.iter().any(|&lost| lost < i));
    let cause = if lost.len() == PUT.len() {
        "Does the writer call q.put(value)? Does the reader get from this queue, and say so? Is it \
         a queue for processes (multiprocessing.Queue, not queue.Queue)?"
    } else if only_last {
        "Only the last one came: is q.put(value) below the loop, not in it?"
    } else if later {
        "Did it get lost on its way, or to another reader?"
    } else {
        "Was the reader ended before the last item (pr.terminate()), or not joined?"
    };
    lost.iter().for_each(|&i| check.explains(&[GET[i]]));
    check.differs(never_got(&items) + ".", cause);
}

fn never_got(items: &[&str]) -> String {
    let verb = if items.len() == 1 { "was" } else { "were" };
    format!("{} {verb} put and never got", and(items))
}

/// Of the writer's three random sleeps under a second, one may be short. That two
/// are this short and the third is shorter than `ALL` happens once in 8,000 runs;
/// without sleeps, a busy machine may delay one line.
fn sleeps(check: &mut Check) {
    const TWO: Duration = Duration::from_millis(20);
    const ALL: Duration = Duration::from_millis(100);
    let story = check.story;
    let [Some(first), Some(second), Some(last)] = PUT.map(|line| story.find(line)) else {
        return;
    };
    let Some(ended) = story.end_of(last) else {
        return;
    };
    let mut sleeps = [
        second.at.saturating_sub(first.at),
        last.at.saturating_sub(second.at),
        ended.saturating_sub(last.at + HOLD),
    ];
    sleeps.sort();
    if story.was_late(first, last) {
        return;
    }
    if sleeps[1] < TWO && sleeps[2] < ALL {
        let (first, last) = (check.quote(first), check.quote(last));
        let what = format!("{last} came at once after {first}.");
        let cause = "Was the sleep left out (time.sleep(random.random()))?";
        check.differs(what, cause);
    }
}

/// Both are started at once; the sleeps between the items take longer than that.
fn reader_started_late(check: &mut Check) {
    let story = check.story;
    let (Some(writer), Some(reader)) = (story.find(WRITER), story.find(READER)) else {
        return;
    };
    let late = reader.at.saturating_sub(writer.at);
    let held_up = story.transcript.late(writer.at, reader.at);
    let after_all = story
        .find(PUT[2])
        .is_some_and(|put| put.index < reader.index);
    if after_all && late > SLACK + held_up && writer.pid != reader.pid {
        let (reader, late) = (check.quote(reader), Seconds(late));
        let what = format!("{reader} came {late} after the writer began.");
        check.differs(what, "Was pw.join() called before pr.start()?");
    }
}
