//! Who did what when, drawn from nothing but the lines and their times.

use std::time::Duration;

use compare::{Chapter, Story, Told};

/// One process or thread.
pub struct Lane {
    /// Its role.
    pub name: String,
    /// From its first line to its last.
    pub life: (Duration, Duration),
    /// The tasks it ran.
    pub bars: Vec<Bar>,
    /// What it did at one moment.
    pub marks: Vec<(Duration, char)>,
}

/// A task, from its first line to its last.
#[derive(Clone)]
pub struct Bar {
    pub from: Duration,
    pub to: Duration,
    /// Its end was never seen.
    pub open: bool,
    pub task: usize,
}

/// The lanes of a story, in the order in which they appear in it.
pub fn lanes(story: &Story) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for told in &story.told {
        let name = story.speaker(told);
        let index = lanes
            .iter()
            .position(|lane| lane.name == name)
            .unwrap_or_else(|| {
                let (life, bars, marks) = ((told.at, told.at), Vec::new(), Vec::new());
                lanes.push(Lane {
                    name: name.to_owned(),
                    life,
                    bars,
                    marks,
                });
                lanes.len() - 1
            });
        let lane = &mut lanes[index];
        lane.life.1 = told.at;
        match mark(story.chapter, told) {
            Some(Mark::At(mark)) => lane.marks.push((told.at, mark)),
            Some(Mark::Task(task)) => lane.bars.push(bar(story, told, task)),
            None => {}
        }
    }
    lanes
}

/// What the marks of a chapter mean.
pub fn legend(chapter: Chapter) -> &'static str {
    match chapter {
        Chapter::ProcessBasic => "● the child runs",
        Chapter::ProcessPool => "[n══] task n runs",
        Chapter::IpcQueue => "A B C: put by the writer, got by the reader",
        Chapter::IpcPipe => "> sent, < received",
        Chapter::ThreadingBasic => "1 2 3 4 5: counted",
    }
}

enum Mark {
    At(char),
    Task(usize),
}

fn mark(chapter: Chapter, told: &Told) -> Option<Mark> {
    let line = told.expected.line;
    let after = |start: &str| {
        line.strip_prefix(start)
            .and_then(|rest| rest.chars().next())
    };
    match chapter {
        Chapter::ProcessBasic => after("Run child").map(|_| Mark::At('●')),
        Chapter::ProcessPool => after("Run task ")?
            .to_digit(10)
            .map(|task| Mark::Task(task as usize)),
        Chapter::IpcQueue => after("Put ").or(after("Get ")).map(Mark::At),
        Chapter::IpcPipe if after("Send").is_some() => Some(Mark::At('>')),
        Chapter::IpcPipe if line.contains("eceive") => Some(Mark::At('<')),
        Chapter::IpcPipe => None,
        Chapter::ThreadingBasic => after("thread LoopThread >>> ").map(Mark::At),
    }
}

fn bar(story: &Story, run: &Told, task: usize) -> Bar {
    let runs = format!("Task {task} runs {{seconds}} seconds.");
    let runs = story.find(&runs).filter(|runs| runs.index > run.index);
    let lasted = story
        .transcript
        .end
        .as_ref()
        .map_or(run.at, |end| end.lasted);
    let to = runs.map_or(lasted.max(run.at), |runs| runs.at);
    Bar {
        from: run.at,
        to,
        open: runs.is_none(),
        task,
    }
}
