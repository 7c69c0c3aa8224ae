//! What the exercises claim, and no text can be held to: numbers that fit
//! together, and the order of lines of several processes.
//!
//! What each prints is in the lessons, and tested there.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use compare::Ending;
use tests::harness::Trial;
use tests::transcript::{python, record};
use tests::trials;
use tests::workspace;

pub fn trials() -> Vec<Trial> {
    trials![
        one_worker_takes_as_long_as_its_tasks_together,
        each_worker_counts_in_a_copy_of_its_own,
        a_letter_is_got_after_it_was_put,
        the_items_of_each_writer_keep_their_order,
        a_full_queue_holds_its_writer_up,
    ]
}

/// A guard against hanging.
const LIMIT: Duration = Duration::from_secs(60);

/// What an exercise prints in Rust, and what its twin prints in Python.
fn run_both(chapter: &str, exercise: &str) -> [Vec<String>; 2] {
    let twin = workspace::path(format!("{chapter}/examples/{exercise}.py"));
    let rust = Command::new(workspace::exercise(exercise));
    [rust, python(&twin)].map(run)
}

fn run(command: Command) -> Vec<String> {
    let transcript = record(command, LIMIT);
    let ending = transcript.ending();
    assert!(matches!(ending, Some(Ending::Ended(_))), "{transcript:?}");
    let lines = transcript.all_lines().into_iter();
    lines.map(|line| line.text.clone()).collect()
}

/// Where the line with this text is.
fn place(lines: &[String], text: &str) -> usize {
    let place = lines.iter().position(|line| line.contains(text));
    place.unwrap_or_else(|| panic!("no {text:?} in {lines:?}"))
}

/// The numbers in the lines with this text.
fn numbers(lines: &[String], text: &str) -> Vec<Vec<f64>> {
    let numbers = |line: &String| {
        line.split(|part: char| !part.is_ascii_digit() && part != '.')
            .filter_map(|part| part.trim_end_matches('.').parse().ok())
            .collect()
    };
    let lines = lines.iter().filter(|line| line.contains(text));
    lines.map(numbers).collect()
}

fn one_worker_takes_as_long_as_its_tasks_together() {
    for lines in run_both("process-pool", "one-worker") {
        let tasks: f64 = numbers(&lines, "runs").iter().map(|line| line[1]).sum();
        let total = numbers(&lines, "All of it")[0][0];
        // Each is rounded to a hundredth.
        assert!(total + 0.05 > tasks, "{lines:?}");
    }
}

fn each_worker_counts_in_a_copy_of_its_own() {
    for lines in run_both("process-pool", "own-copies") {
        let mut counters = BTreeMap::new();
        for line in numbers(&lines, "Worker") {
            let counter = counters.entry(line[0] as u32).or_insert(0.0);
            *counter += 1.0;
            assert_eq!(line[1], *counter, "{lines:?}");
        }
        assert_eq!(counters.values().sum::<f64>(), 8.0);
        assert_eq!(numbers(&lines, "Parent")[0][1], 0.0);
    }
}

fn a_letter_is_got_after_it_was_put() {
    for lines in run_both("ipc-queue", "many-readers") {
        for letter in 'A'..='I' {
            let put = place(&lines, &format!("Put {letter} to queue..."));
            let got = place(&lines, &format!("gets {letter} from queue."));
            assert!(put < got, "{letter}: {lines:?}");
        }
    }
}

fn the_items_of_each_writer_keep_their_order() {
    for lines in run_both("ipc-queue", "many-writers") {
        for name in ['A', 'B', 'C'] {
            let places = (1..=3).map(|number| place(&lines, &format!("Get {name}{number} ")));
            assert!(places.is_sorted(), "{name}: {lines:?}");
        }
    }
}

fn a_full_queue_holds_its_writer_up() {
    let lines = run(Command::new(workspace::exercise("full")));
    assert!(place(&lines, "The reader starts.") < place(&lines, "1000 numbers"));
}
