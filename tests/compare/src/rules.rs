//! The rules of each chapter: which lines it prints, in which order, by which
//! processes. Where processes interleave, the rules hold for every order.

mod check;
mod ending;
mod ipc_pipe;
mod ipc_queue;
mod lines;
mod process_basic;
mod process_pool;
pub(crate) mod roles;
pub(crate) mod story;
mod threading_basic;

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use crate::chapter::Chapter;
use crate::language::Text;
use crate::words::how_it_ended;
use check::Check;
use story::{Expected, Story, Told, Writers};

/// How late a line may be seen, or a process start, on a busy machine.
const SLACK: Duration = Duration::from_secs(1);

/// Why only capital letters are wrong, in most chapters.
const CAPITALS: &str = "Capital letters count.";

/// Why a process may have outlived the program, in most chapters.
const WHY_LEFT_BEHIND: &str = "was join() left out?";

/// Why a process that was started seems to be another.
const PID_OF_ANOTHER: &str = "A process was started, so it printed the PID of another: did the \
                              parent call os.getpid(), or the child os.getppid()?";

/// One point in which a story differs from its chapter's.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What is different: sentences that quote the lines.
    pub what: String,
    /// How many more lines differ in the same way.
    pub others: usize,
    /// The likely cause, as a question or a sentence.
    pub cause: String,
}

impl Difference {
    fn new(what: &str, cause: String) -> Difference {
        let mut letters = what.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        let what = first.into_iter().chain(letters).collect();
        Difference {
            what,
            others: 0,
            cause,
        }
    }
}

impl Difference {
    /// Whether both are the same but for the line: what follows it, and the cause.
    fn is_like(&self, other: &Difference) -> bool {
        let end = |what: &str| what.rsplit('`').next().map(str::to_owned);
        self.cause == other.cause && end(&self.what) == end(&other.what)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.what)?;
        match self.others {
            0 => Ok(()),
            1 => f.write_str(" There is 1 more like it."),
            others => write!(f, " There are {others} more like it."),
        }
    }
}

/// Holds a story to the rules of its chapter; empty when it keeps them.
pub fn check(story: &Story) -> Vec<Difference> {
    let mut check = Check::new(story);
    if story.transcript.lines.is_empty() {
        ending::printed_nothing(&mut check);
        return check.into_differences();
    }
    roles::check(&mut check);
    (story.rules().check)(&mut check);
    lines::check(&mut check);
    ending::check(&mut check);
    check.into_differences()
}

/// What a chapter prints, and what is to be said of a program that prints something
/// else. Each has one, and nothing else depends on which chapter it is.
pub struct Rules {
    /// Its lines, each with its role.
    pub lines: &'static [Expected],
    /// Whether its roles are threads of one process, not processes.
    pub(crate) of_threads: bool,
    /// Holds a story to the order of the lines, and to their times.
    check: fn(&mut Check),
    /// What that was, in words, of a story that keeps the rules.
    checked: fn(&Story) -> String,
    /// Why this line never came.
    why_missing: fn(&Story, &str) -> Option<String>,
    /// Why a line came that the chapter does not have.
    why_unknown: fn(&str) -> Option<&'static str>,
    /// Why only the capital letters of a line are wrong.
    why_in_small_letters: &'static str,
    /// Why two roles are one process or thread; the second one says this.
    why_one_writer: fn(&Story, &Told) -> &'static str,
    /// Why the program did not end.
    why_endless: fn(&Story) -> &'static str,
    /// Why a process may have outlived the program.
    why_left_behind: &'static str,
    /// Whether a line is almost an expected one, but means something else.
    means_something_else: fn(&str) -> bool,
    /// What a line is in the picture.
    pub mark: fn(&str) -> Option<Mark>,
    /// What the marks mean.
    pub legend: Text,
}

/// What a line is in the picture.
pub enum Mark {
    /// This happened.
    At(char),
    /// This task began.
    Task(usize),
}

/// The rules of a chapter.
pub const fn of(chapter: Chapter) -> &'static Rules {
    match chapter {
        Chapter::ProcessBasic => &process_basic::RULES,
        Chapter::ProcessPool => &process_pool::RULES,
        Chapter::IpcQueue => &ipc_queue::RULES,
        Chapter::IpcPipe => &ipc_pipe::RULES,
        Chapter::ThreadingBasic => &threading_basic::RULES,
    }
}

/// What was checked, in words, of a story that keeps the rules.
pub fn checked(story: &Story) -> String {
    if story.went_through_pipes() {
        let lines = story.rules().lines.len();
        return format!(
            "all {lines} lines came, none twice; not checked: whether the parent waits, who said \
             what, and in which order, since lines were handed on through pipes"
        );
    }
    let special = (story.rules().checked)(story);
    let lines = story.rules().lines.len();
    let not_checked = match story.writers {
        Writers::Seen => "",
        Writers::HandedOn => {
            "; not checked: who said what, since lines were handed on to another process"
        }
        Writers::NotSeen => {
            "; not checked: who wrote which line, since compare may not trace programs here \
             (ptrace)"
        }
    };
    format!("all {lines} lines came, none twice; {special}{not_checked}")
}

/// Whether the parent's line came after its child had ended, in words.
fn waited(story: &Story, child: &str, then: &str) -> String {
    let (child, last) = (story.find(child), story.find(then));
    let ended = child
        .zip(last)
        .and_then(|(child, then)| story.had_ended(child, then));
    match ended {
        Some(true) => format!("`{then}` came after the child had ended"),
        _ => "not checked: whether the parent waits for its child (the child's end was not seen)"
            .to_owned(),
    }
}

/// Why a child's first line never came. Its parent's last line is `last`.
fn why_no_child(story: &Story, last: &str) -> String {
    let Some(child) = story.children().next() else {
        return "Was p.start() left out?".to_owned();
    };
    let last = story.find(last);
    if last.is_some_and(|last| child.at.is_none_or(|at| at > last.at)) {
        return "A process was started, and had not ended when the last line came: was p.join() \
                left out? (With daemon=True, the end of the program ends it.)"
            .to_owned();
    }
    match child.status {
        Some(status) if status.signal().is_some() => format!(
            "A process was started, and {} before it printed: did it crash, or was it killed \
             (p.terminate(), p.kill())?",
            how_it_ended(status)
        ),
        _ => "A process was started, and ended without this line. Is its print left out, or was \
              the line still in stdout's buffer when the process ended (os._exit())? Then flush \
              it: print(..., flush=True)."
            .to_owned(),
    }
}
