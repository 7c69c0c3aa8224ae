//! Who did what when, drawn from the lines and their times, and from when a
//! process was seen to have ended.

use std::time::Duration;

use compare::language::Text;
use compare::rules::{self, Mark};
use compare::run::HOLD;
use compare::{Chapter, MAIN, Story, text};

use crate::show::side::Side;

/// The mark of a line that has no other.
pub const LINE: char = '•';

/// One process or thread.
#[derive(Default)]
pub struct Lane {
    /// What it is to its program; None for the lines of which that is not known.
    pub role: Option<String>,
    /// From its first line to its end, or to its last line where its end was not seen.
    pub life: Option<(Duration, Duration)>,
    /// The tasks it ran.
    pub bars: Vec<Bar>,
    /// Its lines that are not of a bar: when each came, its number, its mark.
    pub lines: Vec<(Duration, usize, char)>,
}

/// A task, from its first line to its last.
pub struct Bar {
    pub from: Duration,
    pub to: Duration,
    pub end: BarEnd,
    pub task: usize,
}

/// How a task ended.
#[derive(Clone, Copy, PartialEq)]
pub enum BarEnd {
    /// With this line.
    Line(usize),
    /// With its worker, which ended before its pool.
    Death,
    /// No line tells it.
    Unseen,
}

impl Lane {
    /// A row without bars for its lines, if it has any; then the bars in as few rows as
    /// they need: tasks that ran at the same time in one process take a row each.
    pub fn rows(&self) -> Vec<Vec<&Bar>> {
        let mut rows: Vec<Vec<&Bar>> = Vec::new();
        for bar in &self.bars {
            let free = |row: &&mut Vec<&Bar>| row.last().is_none_or(|last| last.to <= bar.from);
            match rows.iter_mut().find(free) {
                Some(row) => row.push(bar),
                None => rows.push(vec![bar]),
            }
        }
        if !self.lines.is_empty() {
            rows.insert(0, Vec::new());
        }
        rows
    }
}

/// The lanes of a program, in the order in which they appear, with the marks of this
/// chapter.
pub fn lanes(story: &Story, chapter: Option<Chapter>) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for (index, line) in story.transcript.lines.iter().enumerate() {
        let role = story.role_of_line(index);
        let is_known = |lane: &Lane| lane.role.as_deref() == role;
        let known = lanes.iter().position(is_known).unwrap_or_else(|| {
            let role = role.map(str::to_owned);
            lanes.push(Lane {
                role,
                ..Lane::default()
            });
            lanes.len() - 1
        });
        let lane = &mut lanes[known];
        if role.is_some() {
            let (from, _) = lane.life.unwrap_or((line.at, line.at));
            lane.life = Some((from, line.at));
        }
        match mark(&line.text, chapter) {
            Some(Mark::Task(task)) => lane.bars.push(bar(story, index, task)),
            Some(Mark::At(mark)) => lane.lines.push((line.at, index, mark)),
            None if lane.bars.iter().any(|bar| bar.end == BarEnd::Line(index)) => {}
            None => lane.lines.push((line.at, index, LINE)),
        }
    }
    for lane in &mut lanes {
        let end = lane.role.as_ref().and_then(|role| end_of(story, role));
        lane.life = lane
            .life
            .map(|(from, to)| (from, end.map_or(to, |end| end.max(to))));
    }
    // What is not known comes last.
    lanes.sort_by_key(|lane| lane.role.is_none());
    lanes
}

fn mark(line: &str, chapter: Option<Chapter>) -> Option<Mark> {
    chapter.and_then(|chapter| (rules::of(chapter).mark)(line))
}

/// When the process of this role ended, if that was seen.
fn end_of(story: &Story, role: &str) -> Option<Duration> {
    let transcript = &story.transcript;
    let mut roles = story.roles.iter();
    let (pid, _) = roles.find(|(_, other)| other == role)?;
    match &transcript.end {
        Some(end) if end.pid == *pid => Some(end.lasted),
        _ => transcript.process_end(*pid)?.at,
    }
}

/// The task that this line begins.
fn bar(story: &Story, begin: usize, task: usize) -> Bar {
    let from = story.transcript.lines[begin].at;
    let (to, end) = end_of_task(story, begin, task);
    Bar {
        from,
        to: to.max(from),
        end,
        task,
    }
}

/// When a task ended, at the latest.
fn end_of_task(story: &Story, begin: usize, task: usize) -> (Duration, BarEnd) {
    let transcript = &story.transcript;
    let later = || transcript.lines.iter().enumerate().skip(begin + 1);
    let runs = format!("Task {task} runs ");
    if let Some((index, line)) = later().find(|(_, line)| line.text.starts_with(&runs)) {
        return (line.at, BarEnd::Line(index));
    }
    // A worker begins no task before it has ended the one before.
    let role = story.role_of_line(begin);
    let is_next = |index: usize| role != Some("parent") && role == story.role_of_line(index);
    if let Some((_, next)) = later().find(|(index, _)| is_next(*index)) {
        return (next.at, BarEnd::Unseen);
    }
    // Where no other worker says anything after that, it may have ended with its pool.
    let is_of_worker = |index: usize| {
        let other = story.role_of_line(index);
        other.is_some_and(|other| !["parent", MAIN].contains(&other))
    };
    match role.and_then(|role| end_of(story, role)) {
        Some(end) if later().any(|(index, line)| line.at > end && is_of_worker(index)) => {
            (end, BarEnd::Death)
        }
        Some(end) => (end, BarEnd::Unseen),
        None => {
            let from = transcript.lines[begin].at;
            (transcript.lasted().unwrap_or(from), BarEnd::Unseen)
        }
    }
}

/// What the marks mean.
pub fn legend(sides: &[Side], chapter: Option<Chapter>) -> Text {
    let mut lines = sides.iter().flat_map(|side| &side.story.transcript.lines);
    match chapter {
        Some(chapter) if lines.any(|line| mark(&line.text, Some(chapter)).is_some()) => {
            rules::of(chapter).legend.clone()
        }
        _ => Text::new(
            "• a line, in the lane of its process or thread",
            "• 一行输出，画在打印它的进程（线程）那一行",
        ),
    }
}

/// What compare does to the times, if it did so to one of these programs.
pub fn note(sides: &[Side]) -> Option<Text> {
    let ends = sides
        .iter()
        .filter_map(|side| side.story.transcript.end.as_ref());
    let mut ends = ends.flat_map(|end| &end.ends);
    ends.any(|end| end.at.is_some() && !end.unheld)
        .then(holds_back)
}

/// How compare makes the times of a program longer.
fn holds_back() -> Text {
    let seconds = HOLD.as_secs_f64();
    text!(
        "Compare holds back each child's end by {seconds} s, to see whether its parent waits.",
        "compare 把每个子进程的结束推迟 {seconds} 秒，好看出父进程是不是在等它。"
    )
}
