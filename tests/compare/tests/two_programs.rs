//! Any two programs, and exercises beside their Python twins.

use std::fs;
use std::process::Output;

use compare::Chapter;
use tests::harness::Trial;
use tests::trials;

use crate::tool::{compare, errors, finish, fixture, folder, python, text};

pub fn trials() -> Vec<Trial> {
    let trial = |(program, words): (&'static str, &'static [&'static str])| {
        let check = move || assert_says(&compared(RIGHT, program, &[]), 1, words);
        Trial::new(format!("what differs from {program}"), check)
    };
    let mut trials: Vec<Trial> = DIFFERENT.into_iter().map(trial).collect();
    // Its parent must have a core when it wakes.
    let waits = "who waits is compared".to_owned();
    trials.push(Trial::new(waits, who_waits_is_compared).alone());
    trials.extend(trials![
        the_same_story_though_pids_and_times_differ,
        moments_and_addresses_are_not_compared,
        one_process_keeps_its_order,
        the_order_of_several_processes_may_be_chance,
        threads_are_not_processes,
        processes_that_get_no_task_are_no_difference,
        lines_that_only_one_prints_are_told,
        // Where a process has to wait for a core, compare is not sure.
        processes_one_after_the_other_and_at_once_are_told_apart: alone,
        what_both_print_is_no_pid,
        a_program_that_waits_is_explained,
        exercises_are_known_by_their_names,
        an_exercise_beside_its_twin,
        an_exercise_may_differ_as_its_lesson_says,
        of_many_lines_that_differ_three_are_quoted,
        a_changed_exercise_is_told_what_it_changed,
        another_program_is_not_the_exercise,
        a_program_in_place_of_an_exercise,
        one_program_alone_is_not_enough,
    ]);
    trials
}

const RIGHT: &str = "parent_and_child.sh";

/// Two programs of the folder `twins`, compared.
fn compared(one: &str, other: &str, options: &[&str]) -> Output {
    let (one, other) = (format!("twins/{one}"), format!("twins/{other}"));
    let (one, other) = (fixture(&one), fixture(&other));
    let programs = ["--", "/bin/sh", &one, "--", "/bin/sh", &other];
    let arguments = [options, &programs].concat();
    finish(compare(&arguments).env("COLUMNS", "200"))
}

#[track_caller]
fn assert_says(output: &Output, code: i32, words: &[&str]) {
    let text = text(output);
    assert_eq!(output.status.code(), Some(code), "{text}{}", errors(output));
    for words in words {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

fn the_same_story_though_pids_and_times_differ() {
    let output = compared(RIGHT, RIGHT, &[]);
    let same = [
        "tell the same story",
        "Both printed the same 4 lines, in the same order, and ended in the same way.",
        "process 2",
    ];
    assert_says(&output, 0, &same);
}

fn moments_and_addresses_are_not_compared() {
    let script = "import datetime, time\nstart = time.time()\n\
                  print('Time taken:', time.time() - start)\nprint(datetime.datetime.now())\n\
                  print(object())\nprint(f'用了 {time.time() - start:.9f}秒')";
    let python = python();
    let program = ["--", &python, "-c", script];
    let mut command = compare(&[program, program].concat());
    let output = finish(command.env("PYTHONIOENCODING", "gbk"));
    assert_says(&output, 0, &["tell the same story", "the same 4 lines"]);
}

/// Of two plain scripts no chance changes the order.
fn one_process_keeps_its_order() {
    let order = "The order of lines of one process or thread: `a` came before `b`";
    assert_says(&scripts("echo a; echo b", "echo b; echo a"), 1, &[order]);
}

/// Two scripts, compared.
fn scripts(one: &str, other: &str) -> Output {
    let programs = ["--", "/bin/sh", "-c", one, "--", "/bin/sh", "-c", other];
    finish(compare(&programs).env("COLUMNS", "200"))
}

fn the_order_of_several_processes_may_be_chance() {
    let words = [
        "print the same lines, in another order.",
        "Such as `a` before `b` from the first program. This may be chance; an order that a join \
         or a message fixes is none.",
        "Not compared: PIDs, times",
    ];
    let others = "(echo a); (echo b); echo end";
    assert_says(&scripts(others, "(echo b); (echo a); echo end"), 0, &words);
    // What a process prints of others comes as they do.
    let heard = "(echo c); echo a; echo b";
    assert_says(&scripts(heard, "(echo c); echo b; echo a"), 0, &words);
}

fn who_waits_is_compared() {
    let words = [
        "they differ in 1 point.",
        "`end` came from the first program after its other processes had ended, from the second \
         program before they had.",
        "→ Was join left out of the second program, or given a time limit?",
    ];
    let waits = "(echo a) & wait; echo end";
    assert_says(&scripts(waits, "(echo a) & echo end; wait"), 1, &words);
    let later = "(echo a) & wait; /bin/sleep 0.4; echo end";
    let unsure = "and who waits where it is not seen.";
    let words = ["tell the same story", unsure];
    assert_says(&scripts(waits, later), 0, &words);
}

fn threads_are_not_processes() {
    let threads = "import threading\nt = threading.Thread(target=print, args=('a',))\n\
                   t.start()\nt.join()\nprint('end')";
    let processes = ["--", "/bin/sh", "-c", "(echo a); echo end"];
    let python = python();
    let arguments = [&processes[..], &["--", &python, "-c", threads]].concat();
    let words = [
        "The lines of the second program are of one process, those of the first program of 2.",
        "→ Threads are used in the second program in place of processes.",
    ];
    assert_says(
        &finish(compare(&arguments).env("COLUMNS", "200")),
        1,
        &words,
    );
}

fn processes_that_get_no_task_are_no_difference() {
    let two = "echo starts; (echo a); (echo b)";
    let one = "echo starts; (echo a; echo b)";
    assert_says(&scripts(two, one), 0, &["tell the same story"]);
    let behind_a_shell = "(echo starts; echo a; echo b); :";
    assert_says(&scripts(two, behind_a_shell), 0, &["tell the same story"]);
}

fn processes_one_after_the_other_and_at_once_are_told_apart() {
    let (one, other) = ("/bin/sh -c 'echo a'", "/bin/sh -c '/bin/sleep 0.1; echo b'");
    let at_once = &format!("{one} & {other} & wait");
    let by_turns = &format!("{one} & wait; {other} & wait");
    let words = [
        "1. All processes of the first program were started before one had ended, those of the \
         second program each after the end of the one before.",
        "Is join called in the second program before the next start?",
    ];
    assert_says(&scripts(at_once, by_turns), 1, &words);
    assert_says(&scripts(at_once, at_once), 0, &[]);
    assert_says(&scripts(by_turns, by_turns), 0, &[]);
}

fn lines_that_only_one_prints_are_told() {
    let words = [
        "they differ in 2 points.",
        "Only the first program printed `a {PID}`.",
        "`b`: once from the first program, twice from the second program.",
    ];
    let one = "echo b; /bin/sh -c 'echo a $$'";
    assert_says(&scripts(one, "echo b; (echo b)"), 1, &words);
    let words = ["1. Only the first program printed to stderr."];
    assert_says(&scripts("echo a; echo b >&2", "echo a"), 1, &words);
    assert_says(&scripts("echo b >&2", "echo c >&2"), 0, &[]);
}

/// The second program prints the first one's PID.
fn what_both_print_is_no_pid() {
    let folder = folder();
    let file = folder.path().join("pid").display().to_string();
    let one = format!("echo $$ > {file}; echo $$");
    let other =
        format!("until [ -s {file} ]; do /bin/sleep 0.1; done; read pid < {file}; echo $pid");
    assert_says(&scripts(&one, &other), 0, &["tell the same story"]);
}

/// What must be said where the second program is another.
const DIFFERENT: [(&str, &[&str]); 3] = [
    (
        "without_child.sh",
        &[
            "they differ in 1 point.",
            "The lines of the second program are of one process, those of the first program of 2.",
        ],
    ),
    (
        "child_in_another_order.sh",
        &[
            "they differ in 1 point.",
            "`Run child process ({PID})...` came before `Child {PID} ran {time} s.` from the \
                 first program, and after it from the second program.",
        ],
    ),
    (
        "fails.sh",
        &[
            "they differ in 1 point.",
            "The first program ended with exit code 0. The second program ended with exit code 3.",
        ],
    ),
];

fn a_program_that_waits_is_explained() {
    let output = compared("waits.sh", RIGHT, &["--timeout", "7"]);
    let words = [
        "When it was ended, the first program still ran. The second program ended with exit",
        ": waiting for a child",
        ": sleeping.",
    ];
    assert_says(&output, 1, &words);
    let last = "the first program was ended after 7 s. If it only needs more time: --timeout 14.";
    assert_eq!(text(&output).lines().last(), Some(last));
}

fn exercises_are_known_by_their_names() {
    let output = finish(&mut compare(&["process-pool", "one-workr"]));
    assert_eq!(output.status.code(), Some(2));
    let known = "process-pool has no exercise `one-workr`; it has ";
    assert!(errors(&output).contains(known), "{}", errors(&output));

    let program = "stands behind `--`: `cargo compare process-pool -- python3 my_pool.py`";
    for words in [&["process-pool", "my_pool.py"][..], &["my_pool.py"]] {
        let output = finish(&mut compare(words));
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains(program), "{}", errors(&output));
    }

    let output = finish(&mut compare(&["process-pool", "--", "my_pool.py"]));
    assert_eq!(output.status.code(), Some(2));
    let python = "Python runs it: `-- python3 my_pool.py`.";
    assert!(errors(&output).contains(python), "{}", errors(&output));

    let output = finish(&mut compare(&["all", "one-worker"]));
    assert_eq!(output.status.code(), Some(2));
}

fn an_exercise_beside_its_twin() {
    let same = finish(&mut compare(&["process-basic", "own-copy"]));
    let place = "process-basic/README.md, \"own-copy\"";
    assert_says(
        &same,
        0,
        &["own-copy.py and own-copy tell the same story.", place],
    );

    let another_order = finish(compare(&["ipc-queue", "full"]).env("COLUMNS", "200"));
    let words = [
        "full.py and full differ, as the lesson says:",
        "The same lines come in another order.",
    ];
    assert_says(&another_order, 0, &words);
}

/// The lesson says of it that Python's pool waits for ever. It is ended early.
fn an_exercise_may_differ_as_its_lesson_says() {
    let output = finish(compare(&["process-pool", "killed-worker"]).env("COLUMNS", "200"));
    let words = [
        "killed-worker.py and killed-worker differ, as the lesson says:",
        "only killed-worker.py: `(waits for ever)`",
        "only killed-worker: `(exit code 1)`",
        "killed-worker.py was ended after 10 s.",
    ];
    assert_says(&output, 0, &words);
    let text = text(&output);
    assert!(!text.contains("`Run task 2 ("), "both print it: {text}");
    assert_eq!(text.matches("[2").count(), 2, "a bar on each side: {text}");
    assert_eq!(
        text.matches(['✗']).count(),
        3,
        "two deaths and the legend: {text}"
    );
}

/// The others can be read above, each traceback in its whole length.
fn of_many_lines_that_differ_three_are_quoted() {
    let output = finish(&mut compare(&["process-basic", "exit-status"]));
    let words = [
        "  only exit-status.py: 4 more lines\n",
        "  only exit-status: 4 more lines\n",
    ];
    assert_says(&output, 0, &words);
    let text = text(&output);
    let quoted = |name: &str| text.matches(&format!("only {name}: `")).count();
    let quoted = ["exit-status.py", "exit-status"].map(quoted);
    assert_eq!(quoted, [3, 3], "{text}");
}

/// Nothing else is pardoned.
fn a_changed_exercise_is_told_what_it_changed() {
    let twin = Chapter::ProcessPool.example("results.py");
    let twin = fs::read_to_string(twin).expect("the twin");
    let folder = folder();
    let changed = folder.path().join("changed.py");
    assert!(twin.contains("n * n"), "{twin}");
    fs::write(&changed, twin.replace("n * n", "n + n")).expect("it can be written");
    let (python, changed) = (python(), changed.display().to_string());
    let arguments = ["process-pool", "results", "--", &python, &changed];
    let output = finish(compare(&arguments).env("COLUMNS", "200"));
    let words = [
        "your program differs in 2 points.",
        "`The squares are [1, 4, 9, 16, 25].` is missing.",
        "`The squares are [2, 4, 6, 8, 10].` is not in the lesson.",
    ];
    assert_says(&output, 1, &words);
}

fn another_program_is_not_the_exercise() {
    let arguments = ["process-basic", "own-copy", "--", "/bin/echo", "hi"];
    let output = finish(compare(&arguments).env("COLUMNS", "200"));
    let words = ["Not this exercise: your program prints none of its lines."];
    assert_says(&output, 1, &words);
}

fn a_program_in_place_of_an_exercise() {
    let python = python();
    let file = Chapter::ProcessBasic.example("own-copy.py");
    let file = file.display().to_string();
    let arguments = ["process-basic", "own-copy", "--", &python, &file];
    let output = finish(&mut compare(&arguments));
    assert_says(&output, 0, &["tell the same story"]);
}

fn one_program_alone_is_not_enough() {
    for arguments in [&["--", "true"][..], &["--", "true", "--"]] {
        let output = finish(&mut compare(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(errors(&output).contains("name "), "{}", errors(&output));
    }
}
