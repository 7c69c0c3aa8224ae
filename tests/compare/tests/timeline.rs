//! The timeline of what a program did.

use std::fs;

use tests::harness::Trial;
use tests::trials;

use crate::tool::{NO_PROGRAMS, compare, finish, fixture, folder, python, text};

pub fn trials() -> Vec<Trial> {
    trials![
        each_line_is_in_the_row_of_who_wrote_it,
        the_bar_of_a_worker_that_ended_ends_there,
        a_failed_task_ends_before_the_next_of_its_worker,
        a_task_that_runs_twice_ends_in_each_worker,
        a_child_that_replies_has_its_own_mark,
        a_held_back_end_is_explained,
        a_process_is_drawn_from_its_start_to_its_end,
    ]
}

/// Whatever it says. (A dot may stand for several lines.)
fn each_line_is_in_the_row_of_who_wrote_it() {
    let (sh, python) = ("/bin/sh", python());
    for (chapter, program, script, rows) in [
        (
            "process-basic",
            sh,
            "echo \"Parent process $$.\"; /bin/sh -c 'echo \"Parent process $$.\"; \
             echo \"Run child process test ($$)...\"'; echo 'Child process end.'",
            &[("parent", "•"), ("child", "•●")][..],
        ),
        (
            "threading-basic",
            &python,
            "import threading\nprint('thread MainThread is running...')\n\
             t = threading.Thread(target=lambda: print('thread A is running...\\nthread A >>> 1'))\n\
             t.start()\nt.join()\nprint('thread MainThread ended.')",
            &[("MainThread", "•"), ("thread 2", "•1")],
        ),
        (
            "threading-basic",
            sh,
            "echo 'thread MainThread is running...'; /bin/sh -c 'echo \"thread MainThread is \
             running...\"; echo \"thread MainThread >>> 1\"'; echo 'thread MainThread ended.'",
            &[("MainThread", "•"), ("process 2", "•1")],
        ),
        (
            "ipc-queue",
            sh,
            "echo \"Process to write: $$\"; echo 'Put A to queue...'; echo \"Process to read: $$\"",
            &[("parent", "•A•")],
        ),
        (
            "process-pool",
            sh,
            "echo \"Parent process $$.\"; echo \"Run task 0 ($$)...\"; \
             echo 'Task 0 runs 0.00 seconds.'; echo 'All subprocesses done.'",
            &[("parent", "•"), ("", "[0]")],
        ),
    ] {
        let mut command = compare(&[chapter, "--", program, "-c", script]);
        let text = text(&finish(command.env("PATH", NO_PROGRAMS)));
        let drawn = text.lines().skip_while(|line| !line.contains('┬')).skip(2);
        let is_row = |line: &&str| line.starts_with("  ");
        let drawn: Vec<(&str, String)> = drawn.take_while(is_row).map(name_and_marks).collect();
        let drawn: Vec<_> = drawn
            .iter()
            .map(|(name, marks)| (*name, marks.as_str()))
            .collect();
        assert_eq!(drawn, rows, "{text}");
    }
}

fn name_and_marks(row: &str) -> (&str, String) {
    let (name, drawn) = row.split_at(17);
    let mut marks: Vec<char> = drawn.chars().filter(|c| !"─┤═ ".contains(*c)).collect();
    marks.dedup();
    (name.trim(), marks.into_iter().collect())
}

fn the_bar_of_a_worker_that_ended_ends_there() {
    let program = fixture("twins/worker_ends_early.sh");
    let mut command = compare(&["process-pool", "--", "/bin/sh", &program]);
    let text = text(&finish(command.env("PATH", NO_PROGRAMS)));
    let [parent, ended, short] = ["parent", "worker 1", "worker 2"].map(|name| lane(&text, name));
    assert!(ended.contains("[0═") && ended.ends_with('✗'), "{text}");
    assert!(columns(ended) < columns(parent) / 2 + 10, "{text}");
    assert!(short.contains(" [1") && short.ends_with(']'), "{text}");
}

fn a_failed_task_ends_before_the_next_of_its_worker() {
    let folder = folder();
    let file = folder.path().join("page.html");
    let page = file.display().to_string();
    let program = fixture("twins/tasks_fail.sh");
    let mut command = compare(&["process-pool", "--page", &page, "--", "/bin/sh", &program]);
    let text = text(&finish(command.env("PATH", NO_PROGRAMS)));
    let worker = lane(&text, "worker 1");
    assert!(worker.contains("…[1═") && worker.ends_with("═…"), "{text}");
    assert!(!worker.contains('✗'), "{text}");
    assert!(text.contains("… no line of its end"), "{text}");

    let page = fs::read_to_string(file).expect("there is a page");
    assert_eq!(page.matches("class=\"task open\"").count(), 2, "{page}");
}

fn a_task_that_runs_twice_ends_in_each_worker() {
    let worker = |pause: &str, seconds: &str| {
        let run = format!("echo \"Run task 2 ($$)...\"; /bin/sleep {seconds}");
        let runs = format!("echo \"Task 2 runs {seconds} seconds.\"");
        format!("/bin/sh -c '/bin/sleep {pause}; {run}; {runs}' &")
    };
    let (long, short) = (worker("0", "1.00"), worker("0.20", "0.30"));
    let script = format!("echo \"Parent process $$.\"; {long} {short} wait");
    let mut command = compare(&["process-pool", "--", "/bin/sh", "-c", &script]);
    let text = text(&finish(command.env("PATH", NO_PROGRAMS)));
    let [long, short] = ["worker 1", "worker 2"].map(|name| columns(lane(&text, name)));
    assert!(long > short + 10, "{text}");
}

fn a_child_that_replies_has_its_own_mark() {
    let script = "echo 'Send hello to pipe...'; \
                  /bin/sh -c 'echo \"Child received hello, reply HELLO...\"'; \
                  echo 'Receive HELLO from pipe.'; /bin/sleep 0.3";
    let mut command = compare(&["ipc-pipe", "--", "/bin/sh", "-c", script]);
    let text = text(&finish(command.env("PATH", NO_PROGRAMS)));
    let [parent, child] = ["parent", "child"].map(|name| lane(&text, name));
    assert!(parent.contains('>') && parent.contains('<'), "{text}");
    assert!(child.contains('↔') && child.ends_with('┤'), "{text}");
    assert!(text.contains("↔ received and replied"), "{text}");
}

fn a_held_back_end_is_explained() {
    const HELD_BACK: &str =
        "Compare holds back each child's end by 0.15 s, to see whether its parent waits.";
    let folder = folder();
    let file = folder.path().join("page.html");
    let page = file.display().to_string();
    for (script, holds) in [("(:) & wait; echo 1", true), ("echo 1", false)] {
        let program = ["--", "/bin/sh", "-c", script];
        let arguments = [&["--page", &page][..], &program, &program].concat();
        let text = text(&finish(&mut compare(&arguments)));
        assert_eq!(text.contains(HELD_BACK), holds, "{text}");
        let page = fs::read_to_string(&file).expect("there is a page");
        assert_eq!(page.contains(HELD_BACK), holds, "{page}");
    }
}

fn a_process_is_drawn_from_its_start_to_its_end() {
    let script = "echo main; (sleep 1; echo child; exec sleep 1) & wait; sleep 1; echo main";
    let program = ["--", "/bin/sh", "-c", script];
    let text = text(&finish(&mut compare(&[program, program].concat())));
    let [main, child] = ["main", "process 2"].map(|name| lane(&text, name));
    assert!(child.contains("───•───") && child.ends_with('┤'), "{text}");
    assert!(columns(child) + 10 < columns(main), "{text}");
}

/// The first lane of this name.
fn lane<'t>(text: &'t str, name: &str) -> &'t str {
    let begin = format!("  {name} ");
    let line = text.lines().find(|line| line.starts_with(&begin));
    let line = line.unwrap_or_else(|| panic!("no lane of {name}:\n{text}"));
    line.trim_end()
}

fn columns(lane: &str) -> usize {
    lane.chars().count()
}
