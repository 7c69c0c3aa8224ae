//! The picture of what a program did.

mod tool;

use tool::{NO_PROGRAMS, compare, finish, fixture, text};

#[test]
fn the_bar_of_a_worker_that_ended_ends_there() {
    let program = fixture("twins/worker_ends_early.sh");
    let mut command = compare(&["process-pool", "--", "/bin/sh", &program]);
    let text = text(&finish(command.env("PATH", NO_PROGRAMS)));
    let lane = |worker: &str| {
        let begin = format!("  {worker} ");
        let line = text.lines().find(|line| line.starts_with(&begin));
        line.unwrap_or_else(|| panic!("no lane of {worker}:\n{text}"))
            .trim_end()
    };
    let [parent, ended, short] = ["parent", "worker 1", "worker 2"].map(lane);
    let columns = |lane: &str| lane.chars().count();
    assert!(ended.contains("[0═") && ended.ends_with('✗'), "{text}");
    assert!(columns(ended) < columns(parent) / 2 + 10, "{text}");
    assert!(short.ends_with(" [1]"), "{text}");
}
