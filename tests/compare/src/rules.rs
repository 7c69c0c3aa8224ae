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
use crate::words::how_it_ended;
use check::Check;
use story::{Expected, Story, Told, Writers, task};

/// How late a line may be seen, or a process start, on a busy machine.
const SLACK: Duration = Duration::from_secs(1);

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
    match story.chapter {
        Chapter::ProcessBasic => process_basic::check(&mut check),
        Chapter::ProcessPool => process_pool::check(&mut check),
        Chapter::IpcQueue => ipc_queue::check(&mut check),
        Chapter::IpcPipe => ipc_pipe::check(&mut check),
        Chapter::ThreadingBasic => threading_basic::check(&mut check),
    }
    lines::check(&mut check);
    ending::check(&mut check);
    check.into_differences()
}

/// The lines that a chapter prints.
pub fn expected(chapter: Chapter) -> &'static [Expected] {
    match chapter {
        Chapter::ProcessBasic => process_basic::LINES,
        Chapter::ProcessPool => process_pool::LINES,
        Chapter::IpcQueue => ipc_queue::LINES,
        Chapter::IpcPipe => ipc_pipe::LINES,
        Chapter::ThreadingBasic => threading_basic::LINES,
    }
}

/// What was checked, in words, of a story that keeps the rules.
pub fn checked(story: &Story) -> String {
    let special = match story.chapter {
        Chapter::ProcessBasic => &process_basic::checked(story),
        Chapter::ProcessPool => &process_pool::checked(story),
        Chapter::IpcQueue => ipc_queue::checked(),
        Chapter::IpcPipe => &ipc_pipe::checked(story),
        Chapter::ThreadingBasic => &threading_basic::checked(story),
    };
    let lines = expected(story.chapter).len();
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

/// Why two roles are one process or thread. The second one says this.
fn why_one_writer(story: &Story, told: &Told) -> String {
    let in_thread = told
        .writer
        .is_some_and(|writer| writer.thread != writer.process);
    let cause = match story.chapter {
        Chapter::ThreadingBasic => threading_basic::ONE_THREAD,
        _ if story.writers == Writers::Seen && in_thread => {
            "Was a thread used in place of a process?"
        }
        Chapter::ProcessBasic => process_basic::why_one_process(story, told),
        Chapter::IpcQueue => ipc_queue::why_one_process(story),
        Chapter::IpcPipe => ipc_pipe::why_one_process(story),
        Chapter::ProcessPool => return String::new(),
    };
    cause.to_owned()
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

/// Why a line never came, as far as the chapter knows.
fn why_missing(story: &Story, line: &str) -> Option<String> {
    match story.chapter {
        Chapter::ProcessBasic => process_basic::why_missing(story, line),
        Chapter::ProcessPool => process_pool::why_missing(story, line),
        Chapter::IpcQueue => ipc_queue::why_missing(story, line),
        Chapter::IpcPipe => ipc_pipe::why_missing(story, line),
        Chapter::ThreadingBasic => threading_basic::why_missing(story, line).map(str::to_owned),
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

/// Whether a line is almost an expected one, but means something else.
pub(crate) fn means_something_else(chapter: Chapter, line: &str) -> bool {
    match chapter {
        Chapter::ProcessPool => is_of_another_task(line),
        Chapter::IpcQueue => ipc_queue::is_of_another_item(line),
        Chapter::ThreadingBasic => {
            threading_basic::is_of_another_thread(line) || threading_basic::is_another_number(line)
        }
        _ => false,
    }
}

/// Why a line came that the chapter does not have.
fn why_unknown(chapter: Chapter, line: &str) -> Option<&'static str> {
    let begins = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    match chapter {
        Chapter::ProcessBasic if begins(&["Run child process "]) => {
            Some("The chapter starts one child, \"test\": is there one more, or another one?")
        }
        Chapter::IpcQueue if begins(&["Put ", "Get "]) => Some(ipc_queue::OTHER_ITEMS),
        Chapter::IpcPipe if begins(&["Send ", "Child received ", "Receive "]) => {
            Some("The words are hello, world and pipe: is there one more, or another one?")
        }
        Chapter::ProcessPool if is_of_another_task(line) => {
            Some("The tasks are 0 to 4: is it range(5)?")
        }
        Chapter::ThreadingBasic if line.contains(" >>> ") => {
            Some("Does the loop count from 1 to 5?")
        }
        _ => None,
    }
}

fn is_of_another_task(line: &str) -> bool {
    task(line).is_some_and(|task| task >= 5) || process_pool::task_in_letters(line).is_some()
}

/// Why only the capital letters of a line are wrong.
fn why_in_small_letters(chapter: Chapter) -> &'static str {
    match chapter {
        Chapter::IpcPipe => "Was .upper() left out of the reply?",
        _ => "Capital letters count.",
    }
}

/// Why the program did not end.
fn why_endless(story: &Story) -> &'static str {
    match story.chapter {
        Chapter::ProcessBasic => process_basic::why_endless(story),
        Chapter::ProcessPool => process_pool::why_endless(story),
        Chapter::IpcQueue => ipc_queue::why_endless(story),
        Chapter::IpcPipe => ipc_pipe::why_endless(story),
        Chapter::ThreadingBasic => threading_basic::why_endless(),
    }
}

/// Why a process may have outlived the program.
fn why_left_behind(story: &Story) -> &'static str {
    match story.chapter {
        Chapter::ThreadingBasic => "this chapter starts no processes at all.",
        _ => "was join() left out?",
    }
}
