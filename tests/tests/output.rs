//! What reaches stdout, and what happens when nobody reads it.

use std::fs::File;
use std::io::{BufRead, BufReader, PipeReader, pipe};
use std::thread;
use std::time::Duration;

use common::println;
use nix::unistd::dup2_stdout;
use process_basic::{Child, Process};
use rand::RngExt;
use tests::alone;
use tests::chance::chance;
use tests::program::{CHAPTERS, Program};

alone![
    a_closed_stdout_ends_every_chapter_quietly,
    long_lines_of_many_processes_arrive_whole,
];

/// The exit codes of a chapter that could print all or not: 128 + SIGPIPE.
const ENDINGS: [Option<i32>; 2] = [Some(0), Some(141)];

const CLOSED: &str = "Error: the other side of the pipe has closed it, or its process has ended\n";

fn a_closed_stdout_ends_every_chapter_quietly() {
    for chapter in CHAPTERS {
        for lines_read in [0, 1, 3] {
            let mut program = Program::start(chapter, None);
            for _ in 0..lines_read {
                program.line();
            }
            program.close_stdout();
            let ended = program.end();
            let told = match chapter {
                // The parent may be told by its child's end, and not by its own stdout.
                "ipc-pipe" if ended.status.code() == Some(1) => CLOSED,
                _ => "",
            };
            assert_eq!(ended.stderr, told, "{chapter}");
            let quietly = ENDINGS.contains(&ended.status.code());
            assert!(quietly || !told.is_empty(), "{chapter}: {ended:?}");
            assert!(ended.left_behind.is_empty(), "{chapter}: {ended:?}");
        }
    }
}

const PRINTERS: u8 = 6;
const LINES: usize = 20;

/// More than the kernel's buffer of a pipe, which takes such a line in parts.
const LONGEST: usize = 150_000;

fn long_lines_of_many_processes_arrive_whole() {
    let (lines, stdout) = pipe().unwrap();
    dup2_stdout(&stdout).unwrap();
    drop(stdout);
    let printers: Vec<Child> = (0..PRINTERS)
        .map(|n| Process::new(print_lines, (n,)).start().unwrap())
        .collect();
    // Else the end of file would never come.
    dup2_stdout(File::open("/dev/null").unwrap()).unwrap();
    check_lines(lines);
    for printer in printers {
        assert!(printer.join().unwrap().success());
    }
}

/// Prints lines that tell their length, and then repeat one letter.
fn print_lines(n: u8) {
    let letter = char::from(b'a' + n).to_string();
    for _ in 0..LINES {
        let length = rand::rng().random_range(0..LONGEST);
        println!("{length}{}", letter.repeat(length));
    }
}

fn check_lines(lines: PipeReader) {
    let mut chance = chance();
    let (mut whole, mut torn) = (0, 0);
    // To the end in any case: the printers wait for it.
    for line in BufReader::new(lines).lines() {
        match is_whole(&line.unwrap()) {
            true => whole += 1,
            false => torn += 1,
        }
        // A slow reader: the pipe is full most of the time.
        thread::sleep(Duration::from_millis(chance.random_range(0..5)));
    }
    assert_eq!((whole, torn), (usize::from(PRINTERS) * LINES, 0));
}

fn is_whole(line: &str) -> bool {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let (length, letters) = line.split_at(digits);
    let first = letters.chars().next();
    letters.chars().all(|letter| Some(letter) == first) && length.parse() == Ok(letters.len())
}
