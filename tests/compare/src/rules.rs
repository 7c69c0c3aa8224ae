//! The rules of each chapter: which lines it prints, in which order, by which
//! processes. Where processes interleave, the rules hold for every order.
//!
//! A rule finds what is different, and each chapter's `cause` names the mistake that
//! it comes from: whoever knows another mistake that people make writes it there.

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

use crate::chapter::Chapter;
use crate::language::Text;
use crate::text;
use crate::words::ended;
use check::Check;
use story::{Expected, Story, Writers};

/// One point in which a story differs from its chapter's.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What is different: sentences that quote the lines.
    pub what: Text,
    /// The likely cause, as a question or a sentence, where there is one.
    pub cause: Option<Text>,
}

/// A difference without a likely cause.
impl From<Text> for Difference {
    fn from(what: Text) -> Difference {
        Difference { what, cause: None }
    }
}

/// Holds a story to the rules of its chapter; empty when it keeps them.
///
/// # Panics
///
/// If it is of no chapter.
pub fn check(story: &Story) -> Vec<Difference> {
    let mut check = Check {
        story,
        differences: Vec::new(),
        explained: false,
    };
    if story.transcript.lines.is_empty() {
        ending::printed_nothing(&mut check);
    } else {
        roles::check(&mut check);
        ending::failed_processes(&mut check);
        lines::on_stderr(&mut check);
        (story.rules().check)(&mut check);
        lines::check(&mut check);
        ending::check(&mut check);
    }
    check.differences
}

/// What a chapter prints, and what is to be said of a program that prints something
/// else. Each has one, and nothing else depends on which chapter it is.
pub struct Rules {
    /// Its lines, each with its role.
    pub lines: &'static [Expected],
    /// Where one of its lines has a word that people change.
    values: &'static [Values],
    /// Whether its roles are threads of one process, not processes.
    pub(crate) of_threads: bool,
    /// Holds a story to the order of the lines, and to their times.
    check: fn(&mut Check),
    /// What that was, in words, of a story that keeps the rules.
    checked: fn(&Story) -> Text,
    /// The mistakes that people make, by what is seen of them.
    cause: fn(&Story, Symptom) -> Option<Text>,
    /// What a line is in the picture.
    pub mark: fn(&str) -> Option<Mark>,
    /// What the marks mean.
    pub legend: Text,
}

/// What stands in a line between two texts: one of these.
struct Values(&'static str, &'static [&'static str], &'static str);

impl Values {
    /// Whether the line is like this, but for another value in it.
    fn are_not_in(&self, line: &str) -> bool {
        let Values(before, values, after) = self;
        let rest = line.strip_prefix(before);
        let value = rest.and_then(|rest| Some(&rest[..rest.rfind(after)?]));
        value.is_some_and(|value| !values.iter().any(|known| known.eq_ignore_ascii_case(value)))
    }
}

/// What a rule that all chapters have has found.
#[derive(Clone, Copy)]
pub(crate) enum Symptom<'s> {
    /// This line never came, and is the first such one.
    Missing(&'s str),
    /// In this line stands another value than the chapter's.
    AnotherValue(&'s str),
    /// This line came more than once, of one speaker.
    Doubled(&'s str),
    /// Small letters in place of capitals, or the other way round.
    SmallLetters,
    /// A line was written by the process, or thread, of another role.
    WrittenByAnother,
    /// The program did not come to its end.
    Endless,
}

/// What a line is in the picture.
pub enum Mark {
    /// This happened.
    At(char),
    /// This task began.
    Begins(usize),
    /// This task ended.
    Ends(usize),
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
pub fn checked(story: &Story) -> Text {
    let lines = story.rules().lines.len();
    let all = text!(
        "all {lines} lines came, none twice.",
        "{lines} 行都出现了，没有重复。"
    );
    if story.writers == Writers::HandedOn {
        return all.then(&Text::new(
            "Not checked: whether the parent waits, who said what, and in which order, since lines \
             were handed on to another process.",
            "没有检查：父进程是否等待、每一行是谁打印的、先后顺序，因为这些行是由别的进程转发的。",
        ));
    }
    let all = all.then(&(story.rules().checked)(story));
    let all = failed(story).fold(all, |all, (_, how)| all.then(&how));
    match story.writers {
        Writers::Seen if story.rules().of_threads => all.then(&Text::new(
            "All lines were written by two threads of one process.",
            "全部行由同一个进程的两个线程打印。",
        )),
        Writers::Seen => all.then(&Text::new(
            "Each line was written by the process whose line it is.",
            "每一行由哪个进程打印，都核对过。",
        )),
        _ => all.then(&Text::new(
            "Not checked: who wrote which line, since compare may not trace programs here (ptrace).",
            "没有检查：每一行是谁写的，因为这里不允许 compare 跟踪程序（ptrace）。",
        )),
    }
}

/// The processes of the story that failed, though the program did not, and how.
fn failed(story: &Story) -> impl Iterator<Item = (u32, Text)> {
    story.children().filter_map(|child| {
        let status = child.status.filter(|status| status.code() > Some(0))?;
        let role = story.role(child.pid)?;
        Some((child.pid, ended(&roles::in_words(role), status)))
    })
}

/// Whether the parent's line came after its child had ended, in words.
fn waited(story: &Story, child: &str, then: &str) -> Text {
    let lines = story.find(child).zip(story.find(then));
    match lines.and_then(|(child, then)| story.had_ended(child, then)) {
        Some(true) => text!(
            "`{then}` came after the child had ended.",
            "`{then}` 出现时，子进程已经结束。"
        ),
        _ => Text::new(
            "Not checked: whether the parent waits for its child (the child's end was not seen).",
            "没有检查：父进程是否等待子进程（没有看到子进程的结束）。",
        ),
    }
}

/// Why nobody waits for a process.
const NO_JOIN: Text = Text::new(
    "Was p.join() left out, or given a time limit?",
    "是不是漏了 p.join()，或者给它设了超时？",
);

/// Why a child's first line never came. Its parent's last line is `last`.
fn why_no_child(story: &Story, last: &str) -> Text {
    let Some(child) = story.children().next() else {
        return Text::new("Was p.start() left out?", "是不是漏了 p.start()？");
    };
    let last = story.find(last);
    if last.is_some_and(|last| child.ended.is_none_or(|ended| ended > last.at)) {
        return Text::new(
            "A process was started, and had not ended when the last line came: was p.join() left \
             out? (With daemon=True, the end of the program ends it.)",
            "进程启动了，但最后一行出现时它还没有结束：是不是漏了 p.join()？（设了 daemon=True \
             的子进程会随程序一起被终止。）",
        );
    }
    let cause = Text::new(
        "A process was started, and never printed this line: was it killed (p.terminate(), \
         p.kill()), or is its print left out? Or was the line still in stdout's buffer when the \
         process ended (os._exit())? Then flush it: print(..., flush=True).",
        "进程启动了，却一直没有打印这一行：是不是它被杀死了（p.terminate()、p.kill()），或者漏了 print？还是这一行\
         留在 stdout 的缓冲区里，进程就结束了（os._exit()）？那就要刷新缓冲区：print(..., flush=True)。",
    );
    match child.status {
        Some(status) => ended(&Text::new("the process", "子进程"), status).then(&cause),
        None => cause,
    }
}
