//! Who did what when, drawn from the lines and their times, and from when a
//! process was seen to have ended.

use std::ops::Range;
use std::time::Duration;

use compare::language::Text;
use compare::rules::{self, Mark};
use compare::run::HOLD;
use compare::{Chapter, MAIN, Story, text};

use crate::show::axis::Axis;
use crate::show::side::Side;

/// The sign of a line that has no other.
const DOT: Sign = Sign::Mark('•');

/// One process or thread.
pub struct Lane {
    /// What it is to its program; None for the lines of which that is not known.
    pub role: Option<String>,
    /// When each of its lines came that is not of a task, and its sign.
    lines: Vec<(Duration, Sign)>,
    tasks: Vec<Task>,
    first_line: Duration,
    last_line: Duration,
    /// Its process's, if it was seen.
    end: Option<Duration>,
}

struct Task {
    number: usize,
    from: Duration,
    /// Its last line, or the next one of its worker.
    to: Option<Duration>,
    end: TaskEnd,
}

/// How a task ended.
#[derive(Clone, Copy, PartialEq)]
pub enum TaskEnd {
    /// A line tells it.
    Told,
    /// With its worker, which ended before its pool.
    Death,
    /// Nothing tells it.
    Unseen,
}

/// A row of a lane, in columns of the axis.
pub struct Row {
    /// From its first line to its end, or to its last line where its end was not seen.
    pub life: Option<Range<usize>>,
    pub signs: Vec<(Range<usize>, Sign)>,
}

/// What stands in a row.
#[derive(Clone, Copy, PartialEq)]
pub enum Sign {
    Mark(char),
    /// A task with this number.
    Task(usize, TaskEnd),
}

impl Lane {
    fn is_worker(&self) -> bool {
        let role = self.role.as_deref();
        role.is_some_and(|role| !["parent", MAIN].contains(&role))
    }

    /// A row for its lines, if it has any; then its tasks in as few rows as they need:
    /// those that ran at the same time in one process take a row each.
    pub fn rows(&self, axis: &Axis) -> Vec<Row> {
        let mut tasks: Vec<Vec<&Task>> = Vec::new();
        for task in &self.tasks {
            let free =
                |row: &&mut Vec<&Task>| row.last().is_none_or(|last| last.to <= Some(task.from));
            match tasks.iter_mut().find(free) {
                Some(row) => row.push(task),
                None => tasks.push(vec![task]),
            }
        }
        let lines = self.lines.iter().map(|&(at, sign)| (at, at, sign));
        let life = self.last_line.max(self.end.unwrap_or_default());
        let life = axis.column(self.first_line)..axis.column(life);
        let lines = (!self.lines.is_empty()).then(|| Row {
            life: self.role.is_some().then_some(life),
            signs: side_by_side(axis, lines),
        });
        let tasks = tasks.into_iter().map(|tasks| Row {
            life: None,
            signs: side_by_side(axis, tasks.into_iter().map(Task::sign)),
        });
        lines.into_iter().chain(tasks).collect()
    }
}

impl Task {
    fn sign(&self) -> (Duration, Duration, Sign) {
        let to = self.to.unwrap_or(self.from);
        (self.from, to, Sign::Task(self.number, self.end))
    }
}

impl Sign {
    /// How many letters it takes.
    fn width(self) -> usize {
        match self {
            Sign::Mark(_) => 1,
            Sign::Task(number, _) => format!("[{number}]").len(),
        }
    }
}

/// Signs that would cover each other stand side by side, as far as the axis has room.
fn side_by_side(
    axis: &Axis,
    signs: impl Iterator<Item = (Duration, Duration, Sign)>,
) -> Vec<(Range<usize>, Sign)> {
    let mut row: Vec<(Range<usize>, Sign)> = Vec::new();
    for (from, to, sign) in signs {
        let (from, to) = (axis.column(from), axis.column(to));
        let last = row.last().map(|(place, last)| (place.end, *last));
        let free = last.map_or(0, |(free, _)| free);
        // One dot may stand for many lines.
        if from < free && sign == DOT && last == Some((free, DOT)) {
            continue;
        }
        let from = from.max(free);
        let to = to.max(from + axis.letter * sign.width());
        if to <= axis.columns {
            row.push((from..to, sign));
        }
    }
    row
}

/// The lanes of a program, in the order in which they appear, with the marks of this
/// chapter.
pub fn lanes(story: &Story, chapter: Option<Chapter>) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for (index, line) in story.transcript.lines.iter().enumerate() {
        let role = story.role_of_line(index);
        let lane = lane_of(&mut lanes, role, line.at);
        lanes[lane].last_line = line.at;
        if role != Some("parent") {
            // A worker begins no task before it has ended the one before.
            let tasks = lanes[lane].tasks.iter_mut();
            tasks.for_each(|task| task.to = task.to.or(Some(line.at)));
        }
        match mark(&line.text, chapter) {
            Some(Mark::Begins(number)) => lanes[lane].tasks.push(Task {
                number,
                from: line.at,
                to: None,
                end: TaskEnd::Unseen,
            }),
            Some(Mark::Ends(number)) if end_task(&mut lanes, number, line.at) => {}
            Some(Mark::At(mark)) => lanes[lane].lines.push((line.at, Sign::Mark(mark))),
            _ => lanes[lane].lines.push((line.at, DOT)),
        }
    }
    for lane in &mut lanes {
        lane.end = lane.role.as_ref().and_then(|role| end_of(story, role));
    }
    end_last_tasks(&mut lanes, story.transcript.lasted());
    // What is not known comes last.
    lanes.sort_by_key(|lane| lane.role.is_none());
    lanes
}

/// The number of this role's lane, which may be new.
fn lane_of(lanes: &mut Vec<Lane>, role: Option<&str>, at: Duration) -> usize {
    let known = lanes.iter().position(|lane| lane.role.as_deref() == role);
    known.unwrap_or_else(|| {
        lanes.push(Lane {
            role: role.map(str::to_owned),
            lines: Vec::new(),
            tasks: Vec::new(),
            first_line: at,
            last_line: at,
            end: None,
        });
        lanes.len() - 1
    })
}

fn mark(line: &str, chapter: Option<Chapter>) -> Option<Mark> {
    chapter.and_then(|chapter| (rules::of(chapter).mark)(line))
}

/// Whether such a task had begun.
fn end_task(lanes: &mut [Lane], number: usize, at: Duration) -> bool {
    let mut tasks = lanes.iter_mut().flat_map(|lane| &mut lane.tasks);
    let task = tasks.find(|task| task.number == number && task.end != TaskEnd::Told);
    let Some(task) = task else {
        return false;
    };
    (task.to, task.end) = (Some(at), TaskEnd::Told);
    true
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

/// A worker that ends before others say their last may have died, else it may have ended
/// with its pool.
fn end_last_tasks(lanes: &mut [Lane], end_of_all: Option<Duration>) {
    let workers = lanes.iter().filter(|lane| lane.is_worker());
    let last = workers.map(|worker| worker.last_line).max();
    for lane in lanes {
        let died = lane.end.is_some() && lane.end < last;
        for task in lane.tasks.iter_mut().filter(|task| task.to.is_none()) {
            task.to = lane.end.or(end_of_all);
            if died {
                task.end = TaskEnd::Death;
            }
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
            "• 一行输出，画在打印它的进程或线程的时间线上",
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
        "compare 把每个子进程的结束推迟 {seconds} 秒，以便判断父进程是不是在等它。"
    )
}
