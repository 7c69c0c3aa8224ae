//! Who did what when, drawn from the lines and their times, and from when a
//! process was seen to have ended.

use std::time::Duration;

use compare::language::Text;
use compare::rules::Mark;
use compare::run::HOLD;
use compare::{MAIN, Reading, Story, Told};

/// The lane of the lines of which it is not known whose they are.
const NOBODY: &str = "not known";

/// One process or thread.
pub struct Lane {
    /// Its role.
    pub name: String,
    /// From its first line to its last, or to its end where that is known; None when
    /// the lines are not known to be of one process or thread.
    pub life: Option<(Duration, Duration)>,
    /// The tasks it ran.
    pub bars: Vec<Bar>,
    /// What it did at one moment.
    pub marks: Vec<(Duration, char)>,
}

impl Lane {
    /// The bars in as few rows as they need, at least one: tasks that ran at the same
    /// time in one process take a row each.
    pub fn rows(&self) -> Vec<Vec<&Bar>> {
        let mut rows = vec![Vec::new()];
        for bar in &self.bars {
            let free = |row: &&mut Vec<&Bar>| row.last().is_none_or(|last| last.to <= bar.from);
            match rows.iter_mut().find(free) {
                Some(row) => row.push(bar),
                None => rows.push(vec![bar]),
            }
        }
        rows
    }
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
    /// With its last line.
    Line,
    /// With its worker, which ended before its pool.
    Death,
    /// No line tells it.
    Unseen,
}

/// The lanes of a program, in the order in which they appear.
pub fn lanes(reading: &Reading) -> Vec<Lane> {
    match reading {
        Reading::ByRules(story) => lanes_of_story(story),
        Reading::WithoutRules(_) => lanes_of_lines(reading),
    }
}

/// What the marks mean.
pub fn legend(reading: &Reading) -> Text {
    match reading {
        Reading::ByRules(story) => story.rules().legend.clone(),
        Reading::WithoutRules(_) => Text::new(
            "• a line, in the lane of its process or thread",
            "• 一行输出，在打印它的进程或线程那一道",
        ),
    }
}

/// What compare does to the times, if it did so to one of these.
pub fn note<'r>(readings: impl IntoIterator<Item = &'r Reading>) -> Option<String> {
    let ends = |reading: &'r Reading| reading.transcript().end.iter().flat_map(|end| &end.ends);
    let mut ends = readings.into_iter().flat_map(ends);
    ends.any(|end| end.at.is_some() && !end.unheld)
        .then(holds_back)
}

/// How compare makes the times of a program longer.
pub fn holds_back() -> String {
    format!(
        "Compare holds back each child's end by {} s, to see whether its parent waits.",
        HOLD.as_secs_f64()
    )
}

fn lanes_of_story(story: &Story) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for told in &story.told {
        let lane = lane(&mut lanes, story.speaker(told), told.at);
        match (story.rules().mark)(told.expected.line) {
            Some(Mark::At(mark)) => lane.marks.push((told.at, mark)),
            Some(Mark::Task(task)) => lane.bars.push(bar(story, told, task)),
            None => {}
        }
    }
    lanes
}

fn lanes_of_lines(reading: &Reading) -> Vec<Lane> {
    let (mut lanes, mut nobody) = (Vec::new(), Vec::new());
    for (index, line) in reading.transcript().lines.iter().enumerate() {
        let lane = match reading.role_of_line(index) {
            Some(name) => lane(&mut lanes, name, line.at),
            None => lane(&mut nobody, NOBODY, line.at),
        };
        lane.marks.push((line.at, '•'));
    }
    lanes
        .iter_mut()
        .for_each(|lane| outlive_last_line(reading, lane));
    nobody.iter_mut().for_each(|lane| lane.life = None);
    lanes.into_iter().chain(nobody).collect()
}

/// A process lives on after its last line, until its end where that was seen.
fn outlive_last_line(reading: &Reading, lane: &mut Lane) {
    let transcript = reading.transcript();
    let child_end = || {
        let (pid, _) = reading
            .roles()
            .iter()
            .find(|(_, role)| *role == lane.name)?;
        transcript.process_end(*pid)?.at.or(transcript.lasted())
    };
    let end = match lane.name.as_str() {
        MAIN => transcript.lasted(),
        _ => child_end(),
    };
    lane.life = lane
        .life
        .map(|(from, to)| (from, to.max(end.unwrap_or(to))));
}

/// The lane of this name, which lives until now at least.
fn lane<'l>(lanes: &'l mut Vec<Lane>, name: &str, now: Duration) -> &'l mut Lane {
    let known = lanes.iter().position(|lane| lane.name == name);
    let index = known.unwrap_or_else(|| {
        lanes.push(Lane {
            name: name.to_owned(),
            life: Some((now, now)),
            bars: Vec::new(),
            marks: Vec::new(),
        });
        lanes.len() - 1
    });
    let lane = &mut lanes[index];
    lane.life = lane.life.map(|(from, _)| (from, now));
    lane
}

fn bar(story: &Story, run: &Told, task: usize) -> Bar {
    let (to, end) = end_of_task(story, run, task);
    Bar {
        from: run.at,
        to: to.max(run.at),
        end,
        task,
    }
}

/// When a task ended, at the latest.
fn end_of_task(story: &Story, run: &Told, task: usize) -> (Duration, BarEnd) {
    let runs = format!("Task {task} runs {{seconds}} seconds.");
    if let Some(runs) = story.find(&runs).filter(|runs| runs.index > run.index) {
        return (runs.at, BarEnd::Line);
    }
    // A worker begins no task before it has ended the one before.
    let is_next = |told: &&Told| told.index > run.index && told.pid == run.pid;
    if let Some(next) = story.told.iter().find(is_next)
        && story.speaker(run) != "parent"
    {
        return (next.at, BarEnd::Unseen);
    }
    let worker = run.pid.and_then(|pid| story.transcript.process_end(pid));
    match worker.and_then(|worker| worker.at) {
        Some(at) if pool_went_on(story, at) => (at, BarEnd::Death),
        // It ended with its pool: the task may have ended before.
        Some(at) => (at, BarEnd::Unseen),
        None => (story.transcript.lasted().unwrap_or(run.at), BarEnd::Unseen),
    }
}

/// Whether the pool went on when a worker had ended.
fn pool_went_on(story: &Story, ended: Duration) -> bool {
    let mut workers = story.told.iter().filter(|t| t.expected.speaker == "worker");
    workers.any(|told| told.at > ended)
}
