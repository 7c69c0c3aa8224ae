//! Runs each chapter, and its notes, as a person does, and holds what they
//! print to the chapter's rules.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::env;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tests::{Chapter, Limits, Run, Stdout, Transcript, check, workspace};

/// How often the quick chapters are run to see whether a line is ever torn.
const MANY: usize = 50;

/// Compiling is part of a first `cargo run`.
const WITH_COMPILING: Duration = Duration::from_secs(600);

fn run(command: Command, stdout: Stdout) -> Transcript {
    let limits = Limits {
        time: WITH_COMPILING,
        ..Limits::default()
    };
    Run::start(command, stdout, limits)
        .expect("the command starts")
        .finish()
}

/// `cargo run -q [--release] -p <chapter>`, from the workspace's folder.
fn cargo_run(chapter: Chapter, more: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    command
        .arg("run")
        .arg("-q")
        .args(more)
        .args(["-p", chapter.name()]);
    command.current_dir(workspace());
    command
}

/// The program that `cargo run` has built.
fn program(chapter: Chapter) -> Command {
    let test = env::current_exe().expect("the test has a path");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("it is in target/<profile>/deps");
    Command::new(folder.join(chapter.name()))
}

fn notes(chapter: Chapter) -> Command {
    let mut command = Command::new("python3");
    command.arg(chapter.notes());
    command
}

fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok();
    assert!(found || env::var_os("CI").is_none(), "CI needs python3");
    found
}

#[track_caller]
fn keeps_the_rules(chapter: Chapter, transcript: &Transcript) {
    let differences = check(chapter, transcript);
    assert!(
        differences.is_empty(),
        "{chapter} printed {:#?}\nerrors {:#?}\nend {:?}\nbut {differences:#?}",
        transcript.texts(),
        transcript.errors,
        transcript.end,
    );
}

/// On a terminal and into a pipe, in debug and in release; the naps run at the
/// same time.
fn chapter_keeps_the_rules(chapter: Chapter) {
    thread::scope(|runs| {
        for stdout in [Stdout::Terminal, Stdout::Pipe] {
            for profile in [&[][..], &["--release"]] {
                runs.spawn(move || {
                    let transcript = run(cargo_run(chapter, profile), stdout);
                    keeps_the_rules(chapter, &transcript);
                    assert!(transcript.errors.is_empty(), "{:?}", transcript.errors);
                });
            }
        }
    });
}

fn notes_keep_the_rules(chapter: Chapter) {
    if has_python() {
        keeps_the_rules(chapter, &run(notes(chapter), Stdout::Terminal));
    }
}

/// Whatever the processes do at the same time.
fn never_torn_or_doubled(chapter: Chapter, stdout: Stdout) {
    keeps_the_rules(chapter, &run(cargo_run(chapter, &[]), stdout));
    for _ in 0..MANY {
        keeps_the_rules(chapter, &run(program(chapter), stdout));
    }
}

#[test]
fn process_basic() {
    chapter_keeps_the_rules(Chapter::ProcessBasic);
}

#[test]
fn process_pool() {
    chapter_keeps_the_rules(Chapter::ProcessPool);
}

#[test]
fn ipc_queue() {
    chapter_keeps_the_rules(Chapter::IpcQueue);
}

#[test]
fn ipc_pipe() {
    chapter_keeps_the_rules(Chapter::IpcPipe);
}

#[test]
fn threading_basic() {
    chapter_keeps_the_rules(Chapter::ThreadingBasic);
}

#[test]
fn notes_of_process_basic() {
    notes_keep_the_rules(Chapter::ProcessBasic);
}

#[test]
fn notes_of_process_pool() {
    notes_keep_the_rules(Chapter::ProcessPool);
}

#[test]
fn notes_of_ipc_queue() {
    notes_keep_the_rules(Chapter::IpcQueue);
}

#[test]
fn notes_of_ipc_pipe() {
    notes_keep_the_rules(Chapter::IpcPipe);
}

#[test]
fn notes_of_threading_basic() {
    notes_keep_the_rules(Chapter::ThreadingBasic);
}

#[test]
fn process_basic_is_never_torn_or_doubled() {
    never_torn_or_doubled(Chapter::ProcessBasic, Stdout::Terminal);
    never_torn_or_doubled(Chapter::ProcessBasic, Stdout::Pipe);
}

#[test]
fn ipc_pipe_is_never_torn_or_doubled() {
    never_torn_or_doubled(Chapter::IpcPipe, Stdout::Terminal);
    never_torn_or_doubled(Chapter::IpcPipe, Stdout::Pipe);
}

/// A fork copies the parent's random generator, once that is in use.
#[test]
fn children_draw_numbers_of_their_own() {
    let program = Command::new(env!("CARGO_BIN_EXE_random-children"));
    let transcript = run(program, Stdout::Pipe);
    let mut numbers = transcript.texts();
    assert_eq!(numbers.len(), 9, "{transcript:?}");
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 9, "{numbers:?}");
}
