//! Right programs, which compare must not call wrong, and claims that it must not
//! make.

use std::fs;
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::Duration;

use compare::Chapter;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::harness::Trial;
use tests::processes::children_of;
use tests::trials;

use crate::tool::{NO_PROGRAMS, compare, errors, finish, fixture, python, rules_alone, text};

/// Right programs in other styles than the notes': the files in the folder
/// `right`.
pub fn trials() -> Vec<Trial> {
    let mut trials = trials![
        a_wait_that_is_not_seen_is_not_claimed,
        an_exit_code_that_is_no_fault_is_told,
        what_a_wrapper_wrote_into_a_pipe_hides_nothing,
        nobody_is_accused_when_compare_is_held_up,
        what_held_compare_up_is_told_of_an_exercise,
    ];
    for chapter in Chapter::ALL {
        let folder = fixture(&format!("right/{chapter}"));
        for file in fs::read_dir(folder).expect("each chapter has a folder") {
            let file = file.expect("a file");
            let name = format!("{chapter}: {}", file.file_name().display());
            let path = file.path().display().to_string();
            trials.push(Trial::new(name, move || is_right(chapter, &path)));
        }
    }
    trials
}

fn is_right(chapter: Chapter, file: &str) {
    let output = rules_alone(chapter, file, "30");
    let text = text(&output) + &errors(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
}

/// The parent prints for its child, whose own stdout is a pipe.
fn a_wait_that_is_not_seen_is_not_claimed() {
    let file = fixture("right/process-basic/captured.py");
    let text = text(&rules_alone(Chapter::ProcessBasic, &file, "30"));
    assert!(
        text.contains("Not checked: whether the parent waits"),
        "{text}"
    );
    assert!(!text.contains("had ended"), "{text}");
}

fn an_exit_code_that_is_no_fault_is_told() {
    let file = fixture("right/process-basic/own_exit_code.py");
    let text = text(&rules_alone(Chapter::ProcessBasic, &file, "30"));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("The child ended with exit code 15."),
        "{text}"
    );
}

/// A wrapper, as pyenv has one for python3, finds the program by what it reads from a pipe.
fn what_a_wrapper_wrote_into_a_pipe_hides_nothing() {
    let wrapper = r#"exec "$0" "$(echo "$1")""#;
    let file = fixture("right/threading-basic/percent.py");
    let mut command = compare(&["threading-basic", "--", "/bin/sh", "-c", wrapper]);
    command.args([python(), file]).env("PATH", NO_PROGRAMS);
    let text = text(&finish(&mut command));
    assert!(text.contains("two threads of one process"), "{text}");
}

/// It is stopped while the tasks run, and then while the loop sleeps.
fn nobody_is_accused_when_compare_is_held_up() {
    for file in ["process-pool/percent.py", "threading-basic/percent.py"] {
        let (chapter, _) = file.split_once('/').expect("a chapter");
        let file = fixture(&format!("right/{file}"));
        let mut command = compare(&[chapter, "--", &python(), &file]);
        command.env("PATH", NO_PROGRAMS).stdout(Stdio::piped());
        let child = command.spawn().expect("it starts");
        thread::sleep(Duration::from_millis(800));
        let output = held_up(child);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
}

/// The loop's second line waits for compare, and the main thread's sleep ends meanwhile.
fn what_held_compare_up_is_told_of_an_exercise() {
    let mut command = compare(&["threading-basic", "low-level"]);
    let child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    while children_of(child.id()).len() < 2 {
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(300));
    let text = text(&held_up(child));
    assert!(text.contains("is missing."), "{text}");
    assert!(text.contains("Compare itself was held up"), "{text}");
}

/// Stops compare for a while.
fn held_up(compare: Child) -> Output {
    let pid = Pid::from_raw(compare.id() as i32);
    kill(pid, Signal::SIGSTOP).expect("it runs");
    thread::sleep(Duration::from_millis(1500));
    kill(pid, Signal::SIGCONT).expect("it is stopped");
    compare.wait_with_output().expect("it ends")
}
