//! Runs each chapter as a person does, and holds what it prints to the
//! chapter's rules.

use std::env;
use std::process::Command;
use std::thread;
use std::time::Duration;

use compare::{Chapter, Limits, Run, Stdout, Story, check, workspace};

/// How often the quick chapters are run to see whether a line is ever torn.
const MANY: usize = 50;

/// Compiling is part of a first `cargo run`.
const WITH_COMPILING: Duration = Duration::from_secs(600);

#[test]
fn process_basic() {
    keeps_its_rules_everywhere(Chapter::ProcessBasic);
}

#[test]
fn process_pool() {
    keeps_its_rules_everywhere(Chapter::ProcessPool);
}

#[test]
fn ipc_queue() {
    keeps_its_rules_everywhere(Chapter::IpcQueue);
}

#[test]
fn ipc_pipe() {
    keeps_its_rules_everywhere(Chapter::IpcPipe);
}

#[test]
fn threading_basic() {
    keeps_its_rules_everywhere(Chapter::ThreadingBasic);
}

#[test]
fn process_basic_never_tears_or_doubles_a_line() {
    keeps_its_rules_many_times(Chapter::ProcessBasic);
}

#[test]
fn ipc_pipe_never_tears_or_doubles_a_line() {
    keeps_its_rules_many_times(Chapter::IpcPipe);
}

/// On a terminal and into a pipe, in debug and in release, all at once, since
/// the chapters sleep most of the time.
fn keeps_its_rules_everywhere(chapter: Chapter) {
    thread::scope(|runs| {
        for stdout in [Stdout::Terminal, Stdout::Pipe] {
            for profile in [&[][..], &["--release"]] {
                runs.spawn(move || keeps_its_rules(chapter, cargo_run(chapter, profile), stdout));
            }
        }
    });
}

fn keeps_its_rules_many_times(chapter: Chapter) {
    for stdout in [Stdout::Terminal, Stdout::Pipe] {
        keeps_its_rules(chapter, cargo_run(chapter, &[]), stdout);
        for _ in 0..MANY {
            keeps_its_rules(chapter, program(chapter), stdout);
        }
    }
}

#[track_caller]
fn keeps_its_rules(chapter: Chapter, command: Command, stdout: Stdout) {
    let limits = Limits {
        time: WITH_COMPILING,
        ..Limits::default()
    };
    let run = Run::start(command, stdout, limits).expect("the command starts");
    let mut story = Story::new(chapter);
    run.outputs().iter().for_each(|output| story.record(output));
    let differences = check(&story);
    assert!(differences.is_empty(), "{differences:#?} in {story:#?}");
    assert!(story.transcript.errors.is_empty(), "{story:#?}");
}

/// `cargo run -q [--release] -p <chapter>`, from the workspace's folder.
fn cargo_run(chapter: Chapter, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "-q", "-p", chapter.name()]).args(more);
    command.current_dir(workspace());
    command
}

/// The program that `cargo run` has built: in target/debug, as this test is in
/// target/debug/deps.
fn program(chapter: Chapter) -> Command {
    let test = env::current_exe().expect("the test has a path");
    let folder = test.ancestors().nth(2).expect("target/debug");
    Command::new(folder.join(chapter.name()))
}
