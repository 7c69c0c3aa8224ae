//! Who did what when, drawn from the lines and their times, and from when a
//! process was seen to begin and to end.

use std::iter;
use std::ops::Range;
use std::time::Duration;

use compare::language::Text;
use compare::rules::{self, Mark};
use compare::run::HOLD;
use compare::{Chapter, MAIN, Story, Transcript, text};

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
    /// When its process began. Of a thread that is not its process's first, its first line.
    began: Duration,
    last_line: Duration,
    /// When its process ended, or the program, if the process ran on. None of such a thread.
    ended: Option<Duration>,
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
    /// From when to when it ran. Of a thread that is not its process's first, from its first
    /// line to its last.
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
        let ended = self.last_line.max(self.ended.unwrap_or_default());
        let life = axis.column(self.began)..axis.column(ended);
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
        let mut meanings = story.told.iter().filter(|told| told.index == index);
        let torn = meanings.nth(1).is_some();
        match mark(&line.text, chapter).filter(|_| !torn) {
            Some(Mark::Begins(number)) => lanes[lane].tasks.push(Task {
                number,
                from: line.at,
                to: None,
                end: TaskEnd::Unseen,
            }),
            Some(Mark::Ends(number)) if end_task(&mut lanes, lane, number, line.at) => {}
            Some(Mark::At(mark)) => lanes[lane].lines.push((line.at, Sign::Mark(mark))),
            _ => lanes[lane].lines.push((line.at, DOT)),
        }
    }
    for lane in &mut lanes {
        if let Some((began, ended)) = life_of(story, lane.role.as_deref()) {
            (lane.began, lane.ended) = (began, Some(ended));
        }
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
            began: at,
            last_line: at,
            ended: None,
        });
        lanes.len() - 1
    })
}

fn mark(line: &str, chapter: Option<Chapter>) -> Option<Mark> {
    chapter.and_then(|chapter| (rules::of(chapter).mark)(line))
}

/// Whether such a task had begun, in this lane or in another.
fn end_task(lanes: &mut [Lane], own: usize, number: usize, at: Duration) -> bool {
    let is_open = |task: &Task| task.number == number && task.end != TaskEnd::Told;
    let mut order = iter::once(own).chain(0..lanes.len());
    let open = order.find_map(|lane| Some((lane, lanes[lane].tasks.iter().rposition(is_open)?)));
    let Some((lane, task)) = open else {
        return false;
    };
    let task = &mut lanes[lane].tasks[task];
    (task.to, task.end) = (Some(at), TaskEnd::Told);
    true
}

/// From when to when the process of this role ran, if that was seen.
fn life_of(story: &Story, role: Option<&str>) -> Option<(Duration, Duration)> {
    let end = story.transcript.end.as_ref()?;
    let mut roles = story.roles.iter();
    let (pid, _) = roles.find(|(_, other)| Some(other.as_str()) == role)?;
    if *pid == end.pid {
        return Some((Duration::ZERO, end.lasted));
    }
    let process = story.transcript.subprocess(*pid)?;
    Some((process.began, process.ended.unwrap_or(end.lasted)))
}

/// A worker that ends before others say their last may have died, else it may have ended
/// with its pool.
fn end_last_tasks(lanes: &mut [Lane], end_of_all: Option<Duration>) {
    let workers = lanes.iter().filter(|lane| lane.is_worker());
    let last = workers.map(|worker| worker.last_line).max();
    for lane in lanes {
        let died = lane.ended.is_some() && lane.ended < last;
        for task in lane.tasks.iter_mut().filter(|task| task.to.is_none()) {
            task.to = lane.ended.or(end_of_all);
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
    let transcripts = sides.iter().map(|side| &side.story.transcript);
    let mut others = transcripts.flat_map(Transcript::subprocesses);
    others
        .any(|other| other.ended.is_some() && !other.unheld)
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
