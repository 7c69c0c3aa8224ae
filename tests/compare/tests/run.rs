//! What is recorded of a run.

use std::process::Command;

use compare::{Limits, Output, Run, Stdout};
use tests::harness::Trial;
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![an_error_comes_after_what_was_printed_before_it,]
}

fn an_error_comes_after_what_was_printed_before_it() {
    const PAIRS: usize = 200;
    let mut command = Command::new("/bin/sh");
    command.arg("-c");
    command.arg(format!(
        "for i in $(seq {PAIRS}); do echo out; echo error >&2; sleep 0.002; done"
    ));
    // A terminal shows a line a moment after it was written. If both were terminals,
    // nobody could tell which line came first.
    let run = Run::start(command, Stdout::Pipe, Limits::default());
    let run = run.expect("the command starts");
    let (mut lines, mut errors) = (0, 0);
    for output in run.outputs() {
        match output {
            Output::Line(_) => lines += 1,
            Output::ErrorLine(_) => errors += 1,
            Output::End(_) => {}
        }
        assert!(errors <= lines, "error {errors} came before line {errors}");
    }
    assert_eq!((lines, errors), (PAIRS, PAIRS));
}
