//! The parent sends a word, the child answers: each line causes the next,
//! except that the child may say at any time before the first word that it
//! listens.

use strsim::normalized_damerau_levenshtein;

use super::check::Check;
use super::story::{Expected, Story, Told, Writers, says};
use super::{Mark, PID_OF_ANOTHER, Rules, WHY_LEFT_BEHIND, waited, why_no_child};
use crate::language::Text;

pub static RULES: Rules = Rules {
    lines: LINES,
    of_threads: false,
    check,
    checked,
    why_missing,
    why_unknown: |line| {
        let starts = ["Send ", "Child received ", "Receive "];
        let begins = starts.iter().any(|start| line.starts_with(start));
        begins.then_some("The words are hello, world and pipe: is there one more, or another one?")
    },
    why_in_small_letters: "Was .upper() left out of the reply?",
    why_one_writer,
    why_endless,
    why_left_behind: WHY_LEFT_BEHIND,
    means_something_else: |_| false,
    mark,
    legend: Text::new(
        "> sent, < received, ↔ received and replied",
        "> 发送，< 接收，↔ 接收并回复",
    ),
};

const LINES: &[Expected] = &[
    says("parent", PARENT),
    says("child", LISTENING),
    says("parent", TALK[0]),
    says("child", TALK[1]),
    says("parent", TALK[2]),
    says("parent", TALK[3]),
    says("child", TALK[4]),
    says("parent", TALK[5]),
    says("parent", TALK[6]),
    says("child", TALK[7]),
    says("parent", TALK[8]),
    says("child", CLOSED),
    says("parent", END),
];

const PARENT: &str = "Parent process {pid}.";
const LISTENING: &str = "Child process {pid} is listening...";
const TALK: [&str; 9] = [
    "Send hello to pipe...",
    "Child received hello, reply HELLO...",
    "Receive HELLO from pipe.",
    "Send world to pipe...",
    "Child received world, reply WORLD...",
    "Receive WORLD from pipe.",
    "Send pipe to pipe...",
    "Child received pipe, reply PIPE...",
    "Receive PIPE from pipe.",
];
const CLOSED: &str = "Pipe closed, child process {pid} ends.";
const END: &str = "Child process end.";

fn check(check: &mut Check) {
    another_process_ends(check);
    if another_word_came(check) || own_word_came(check) {
        return;
    }
    for line in [LISTENING, TALK[0]] {
        let cause = "Is the parent's first print in the wrong place?";
        check.before(PARENT, line, cause);
    }
    let cause = "Is the child's first print in the wrong place?";
    check.before(LISTENING, TALK[1], cause);
    for two in TALK.windows(2) {
        let cause = if two[1].starts_with("Receive") {
            "Does the parent say so before it has received (is conn.recv() left out)? Or does the \
             child print only after it has sent its reply?"
        } else if two[1].starts_with("Send") {
            "Does the parent send the next word without waiting for the reply? Are the words in \
             another order?"
        } else {
            "Is it printed before it happened?"
        };
        check.before(two[0], two[1], cause);
    }
    let cause = "Was the pipe closed before the last reply?";
    check.before(TALK[8], CLOSED, cause);
    check.after_end(CLOSED, END, "Was p.join() left out, or given a time limit?");
}

/// The parent got a word that is no reply of the child: the lines after it are
/// then out of place as well.
fn another_word_came(check: &mut Check) -> bool {
    let lines = check.story.transcript.texts();
    let replies = |line: &&str, word: &str| line.ends_with(&format!(", reply {word}..."));
    let is_no_reply = |line: &&str| {
        another_word(line).is_some_and(|word| !lines.iter().any(|line| replies(line, word)))
    };
    let Some(index) = lines.iter().position(is_no_reply) else {
        return false;
    };
    let what = format!(
        "{}: this is no reply of the child.",
        check.quote_line(index)
    );
    let cause = "Did the parent send it, from the child's end (child_conn.send)? Then it comes \
                 back first, and each reply one word later.";
    check.differs(what, cause);
    check.explains_line(index);
    check.explains(&[TALK[2], TALK[5], TALK[8]]);
    true
}

/// The parent got its own word back: the child never had it.
fn own_word_came(check: &mut Check) -> bool {
    let story = check.story;
    let came = story
        .told
        .iter()
        .find(|told| told.misspelt && TALK[2] == told.expected.line);
    let Some(came) = came.filter(|_| story.find(TALK[1]).is_none()) else {
        return false;
    };
    let what = format!("{}: the child never had the word.", check.quote(came));
    let cause = "Does the parent receive at the child's end (child_conn.recv() in place of \
                 conn.recv())?";
    check.differs(what, cause);
    let misspelt = story.told.iter().filter(|told| told.misspelt);
    misspelt.for_each(|told| check.explains_line(told.index));
    check.explains(&TALK);
    true
}

/// The word that the line says was received, if it is like no reply.
fn another_word(line: &str) -> Option<&str> {
    const ALIKE: f64 = 0.6;
    let word = line.strip_prefix("Receive ")?.strip_suffix(" from pipe.")?;
    let upper = word.to_uppercase();
    let likeness = |reply| normalized_damerau_levenshtein(&upper, reply);
    let mut replies = ["HELLO", "WORLD", "PIPE"].into_iter();
    replies.all(|reply| likeness(reply) < ALIKE).then_some(word)
}

fn checked(story: &Story) -> String {
    let waited = waited(story, CLOSED, END);
    format!(
        "the child's PID is not the parent's; every reply came before the next word was sent; \
         {waited}"
    )
}

fn why_missing(story: &Story, line: &str) -> Option<String> {
    let cause = if line.starts_with("Receive ") {
        "No reply through the pipe: does the child send one, and does the parent get it?"
    } else if line.starts_with("Send ") {
        "Does the parent send all three words: hello, world and pipe?"
    } else if line.starts_with("Child received") {
        "Did the word reach the child?"
    } else if line == LISTENING {
        return Some(why_no_child(story, END));
    } else if line == CLOSED {
        "Was the child ended before it saw the pipe closed (p.terminate(), or p.join() left out)?"
    } else {
        return None;
    };
    Some(cause.to_owned())
}

fn why_endless(story: &Story) -> &'static str {
    let came = |line: &str| story.find(line).is_some();
    let pid = |line: &str| story.find(line).and_then(|told| told.pid);
    if pid(LISTENING).is_some() && pid(LISTENING) == pid(PARENT) && !came(TALK[0]) {
        return "The parent itself waits for a word: was p.run() called in place of p.start()?";
    }
    if came(TALK[8]) && !came(CLOSED) {
        return "The child waits for another word: was the pipe never closed (in Rust \
                conn.close(); in Python conn.send(None), since the child has a copy of conn)?";
    }
    if came(CLOSED) {
        return match came(TALK[8]) {
            true => "The child ended: what does the parent wait for?",
            false => {
                "The child ended before the last word: was the end sent too early (conn.close(), \
                 send(None)), or does it not receive in a loop?"
            }
        };
    }
    let sent = TALK.chunks(3).rfind(|talk| came(talk[0]));
    match sent {
        Some(talk) if came(talk[1]) => {
            "No reply came through the pipe: does the child send it, and to the right end?"
        }
        Some(_) if !came(LISTENING) && story.children().next().is_none() => {
            "The child never began: was p.start() left out?"
        }
        Some(_) => {
            "The child never received the word: does it listen, and at the other end of the pipe?"
        }
        None => "Nothing was sent: does the parent wait before it sends?",
    }
}

fn mark(line: &str) -> Option<Mark> {
    let marks = [("Send", '>'), ("Child received", '↔'), ("Receive", '<')];
    let mark = marks.iter().find(|(start, _)| line.starts_with(start));
    mark.map(|(_, mark)| Mark::At(*mark))
}

fn why_one_writer(story: &Story, _: &Told) -> &'static str {
    if story.writers == Writers::Seen {
        "Was listen called directly (or by p.run() in place of p.start())?"
    } else if story.children().next().is_some() {
        PID_OF_ANOTHER
    } else {
        "Was listen called directly (or by p.run() in place of p.start())? Was a thread used in \
         place of a process?"
    }
}

fn another_process_ends(check: &mut Check) {
    let (child, closed) = (check.story.find(LISTENING), check.story.find(CLOSED));
    if let (Some(child), Some(closed)) = (child, closed)
        && closed.pid != child.pid
    {
        let closed = check.quote(closed);
        let what = format!("{closed} has another PID than the one that listened.");
        check.differs(what, "Who prints this line?");
    }
}
