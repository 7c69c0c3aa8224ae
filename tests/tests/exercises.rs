//! Each exercise shows what its first lines claim.

use tests::alone;
use tests::program::Program;

alone![
    fork_runs_both_branches_and_the_last_line_once,
    without_join_the_program_still_waits_for_its_child,
    exit_status_shows_how_each_child_ended,
    one_worker_runs_the_tasks_one_after_the_other,
    without_close_no_task_comes_to_its_end,
    results_reach_the_parent_and_so_does_a_panic,
    a_killed_worker_costs_its_own_task_only,
    many_readers_share_the_letters_and_all_end,
    a_pipe_closed_early_ends_the_parent_with_an_error,
    two_threads_each_keep_their_own_order,
    a_thread_without_join_is_cut_off_by_the_end_of_the_program,
];

fn position(lines: &[&str], start: &str) -> Option<usize> {
    lines.iter().position(|line| line.starts_with(start))
}

fn count(lines: &[&str], part: &str) -> usize {
    lines.iter().filter(|line| line.contains(part)).count()
}

/// The number in parentheses.
fn pid(line: &str) -> &str {
    let (_, rest) = line.split_once('(').expect("a PID");
    rest.split_once(')').expect("a PID").0
}

fn fork_runs_both_branches_and_the_last_line_once() {
    let ended = Program::run_exercise("fork");
    let lines = ended.lines();
    assert!(ended.status.success());
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].starts_with("Parent process "));
    assert_eq!(lines[1], "Child process will start.");
    assert!(lines[2].starts_with("Run child process test ("));
    assert_ne!(lines[0], format!("Parent process {}.", pid(lines[2])));
    assert_eq!(lines[3], "Child process end.");
}

fn without_join_the_program_still_waits_for_its_child() {
    for _ in 0..10 {
        let ended = Program::run_exercise("without-join");
        let lines = ended.lines();
        assert!(ended.status.success());
        assert_eq!(count(&lines, "Run child process test"), 1, "{lines:?}");
        assert_eq!(count(&lines, "Child process end."), 1, "{lines:?}");
    }
}

fn exit_status_shows_how_each_child_ended() {
    let ended = Program::run_exercise("exit-status");
    let lines = ended.lines();
    assert!(ended.status.success());
    assert_eq!(
        lines,
        [
            "The child that failed ended with exit status: 1.",
            "The child that panicked ended with exit status: 101.",
            "The child that was killed ended with signal: 9 (SIGKILL).",
        ]
    );
    assert!(ended.stderr.contains("Error: \"this child failed\""));
    assert!(ended.stderr.contains("this child panicked"));
}

fn one_worker_runs_the_tasks_one_after_the_other() {
    let ended = Program::run_exercise("one-worker");
    let mut lines = ended.lines();
    assert!(ended.status.success());
    lines.retain(|&line| line != "Waiting for all subprocesses done...");
    assert_eq!(lines.len(), 12, "{lines:?}");
    let worker = pid(lines[1]).to_string();
    for task in 0..5 {
        let run = format!("Run task {task} ({worker})...");
        assert_eq!(lines[2 * task + 1], run, "{lines:?}");
        let runs = format!("Task {task} runs ");
        assert!(lines[2 * task + 2].starts_with(&runs), "{lines:?}");
    }
    assert_eq!(lines[11], "All subprocesses done.");
}

fn without_close_no_task_comes_to_its_end() {
    let ended = Program::run_exercise("without-close");
    let lines = ended.lines();
    assert!(ended.status.success());
    assert_eq!(count(&lines, "Run task"), 4, "{lines:?}");
    assert_eq!(count(&lines, "runs 3 seconds"), 0, "{lines:?}");
    assert_eq!(lines.last(), Some(&"All subprocesses done."));
}

fn results_reach_the_parent_and_so_does_a_panic() {
    let ended = Program::run_exercise("results");
    let lines = ended.lines();
    assert!(ended.status.success());
    assert_eq!(
        lines,
        [
            "42 / 7 is 6.",
            "42 / 0 has no result: it panicked at process-pool/examples/results.rs:11:5: attempt to divide by zero.",
            "The squares are [1, 4, 9, 16, 25].",
        ]
    );
}

fn a_killed_worker_costs_its_own_task_only() {
    let ended = Program::run_exercise("killed-worker");
    let lines = ended.lines();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(count(&lines, "Run task"), 5, "{lines:?}");
    for task in [0, 1, 3, 4] {
        assert_eq!(count(&lines, &format!("Task {task} runs")), 1, "{lines:?}");
    }
    assert_eq!(count(&lines, "Task 2 runs"), 0, "{lines:?}");
    assert_eq!(count(&lines, "All subprocesses done."), 0, "{lines:?}");
    let task = "task 2 (killed_worker::long_time_task)";
    assert!(ended.stderr.contains(task), "{ended:?}");
    assert!(ended.stderr.contains("SIGABRT"), "{ended:?}");
}

fn many_readers_share_the_letters_and_all_end() {
    let ended = Program::run_exercise("many-readers");
    let lines = ended.lines();
    assert!(ended.status.success());
    for letter in 'A'..='I' {
        let put = position(&lines, &format!("Put {letter} to queue..."));
        let gets = format!("gets {letter} from queue.");
        assert_eq!(count(&lines, &gets), 1, "{lines:?}");
        let got = lines.iter().position(|line| line.ends_with(&gets));
        assert!(put < got, "{letter} was got before it was put: {lines:?}");
    }
    assert_eq!(count(&lines, "Process to read"), 3, "{lines:?}");
    assert_eq!(count(&lines, " ends."), 3, "{lines:?}");
}

fn a_pipe_closed_early_ends_the_parent_with_an_error() {
    let ended = Program::run_exercise("closed-early");
    let lines = ended.lines();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(count(&lines, "Receive HELLO"), 1, "{lines:?}");
    assert_eq!(count(&lines, "Receive WORLD"), 0, "{lines:?}");
    assert_eq!(count(&lines, "Child process end."), 0, "{lines:?}");
    assert!(
        ended
            .stderr
            .contains("the other side of the pipe has closed it")
    );
}

fn two_threads_each_keep_their_own_order() {
    let ended = Program::run_exercise("two-threads");
    let lines = ended.lines();
    assert!(ended.status.success());
    for name in ["LoopThread-1", "LoopThread-2"] {
        let own = lines.iter().filter(|line| line.contains(name));
        let steps = (1..=5).map(|n| format!("thread {name} >>> {n}"));
        let story: Vec<String> = [format!("thread {name} is running...")]
            .into_iter()
            .chain(steps)
            .chain([format!("thread {name} ended.")])
            .collect();
        assert!(own.eq(&story), "{lines:?}");
    }
    assert_eq!(lines.last(), Some(&"thread MainThread ended."));
}

fn a_thread_without_join_is_cut_off_by_the_end_of_the_program() {
    let ended = Program::run_exercise("low-level");
    let lines = ended.lines();
    assert!(ended.status.success());
    assert_eq!(count(&lines, "thread ? is running..."), 1, "{lines:?}");
    assert_eq!(count(&lines, "thread ? >>> 1"), 1, "{lines:?}");
    assert_eq!(count(&lines, "thread ? ended."), 0, "{lines:?}");
    assert_eq!(lines.last(), Some(&"thread MainThread ended."));
}
