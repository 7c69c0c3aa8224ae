//! Runs each chapter as a person does, and holds what it prints to the chapter's
//! rules. `TIMES=10 cargo test --release -p compare chapters::` does so many times,
//! with optimized programs.

use std::process::Command;
use std::time::Duration;

use compare::{Chapter, Limits, Run, Stdout, Story, check, workspace};
use tests::chance::times;
use tests::harness::Trial;
use tests::workspace::program;

/// How often the quick chapters are run, to see whether a line is ever torn or
/// doubled.
const MANY: usize = 5;

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::new("cargo run", cargo_run)];
    for chapter in Chapter::ALL {
        for (place, stdout) in [("a terminal", Stdout::Terminal), ("a pipe", Stdout::Pipe)] {
            let name = format!("{chapter} on {place}");
            let trial = Trial::new(name, move || keeps_its_rules(chapter, stdout));
            trials.push(trial);
        }
    }
    trials
}

fn cargo_run() {
    let chapter = Chapter::ProcessBasic;
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "-q", "-p", chapter.name()]);
    command.current_dir(workspace());
    run(chapter, command, Stdout::Terminal);
}

fn keeps_its_rules(chapter: Chapter, stdout: Stdout) {
    let many = match chapter {
        Chapter::ProcessBasic | Chapter::IpcPipe => MANY,
        Chapter::ProcessPool | Chapter::IpcQueue | Chapter::ThreadingBasic => 1,
    };
    for _ in 0..many * times() {
        run(chapter, Command::new(program(chapter.name())), stdout);
    }
}

fn run(chapter: Chapter, command: Command, stdout: Stdout) {
    let limits = Limits {
        // Compiling may be a part of `cargo run`.
        time: Duration::from_secs(100),
        ..Limits::default()
    };
    let run = Run::start(command, stdout, limits).expect("the command starts");
    let mut story = Story::new(chapter);
    run.outputs().iter().for_each(|output| story.record(output));
    let differences = check(&story);
    assert!(differences.is_empty(), "{differences:#?} in {story:#?}");
    assert!(story.transcript.errors.is_empty(), "{story:#?}");
}
