//! What reaches stdout, and what happens when nobody reads it.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, Read, Seek, pipe};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::println;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::sys::signal::Signal;
use nix::unistd::dup2_stdout;
use process_basic::{Child, Process};
use rand::RngExt;
use tests::chance::chance;
use tests::harness::Trial;
use tests::program::{Ended, Program};
use tests::signals::{exited_with, let_interrupt, send};
use tests::stderr::stderr_of;
use tests::trials;
use tests::workspace::CHAPTERS;

pub fn trials() -> Vec<Trial> {
    trials![
        sigpipe_ends_every_chapter_quietly,
        lines_on_a_pipe_arrive_whole,
        lines_on_a_socket_arrive_whole,
        lines_on_a_stdout_that_does_not_block_arrive_whole,
        lines_in_a_file_arrive_whole_with_what_print_has_begun,
        what_c_code_prints_is_printed_once,
        a_child_fails_when_its_text_cannot_be_written,
        a_child_flushes_stdout_at_its_end,
        a_child_with_a_thread_waits_for_a_slow_reader,
        a_child_ends_although_its_thread_holds_stdout,
        no_child_starts_with_text_that_cannot_be_written,
        sigpipe_ends_a_program_whose_socket_was_closed_unread,
    ]
}

fn sigpipe_ends_every_chapter_quietly() {
    for chapter in CHAPTERS {
        for lines_read in [0, 1, 3] {
            let mut program = Program::start(chapter, None);
            for _ in 0..lines_read {
                program.line();
            }
            program.close_stdout();
            let ended = program.end();
            assert!(ended.left_behind.is_empty(), "{chapter}: {ended:?}");
            match ended.status.code() {
                // The signal ended another of its processes, and the chapter reports that.
                Some(1) => check_report(chapter, &ended),
                _ => check_quiet(chapter, &ended),
            }
        }
    }
}

/// It has ended by SIGPIPE, unless it had printed all by then.
fn check_quiet(chapter: &str, ended: &Ended) {
    let by_signal = ended.status.signal() == Some(Signal::SIGPIPE as i32);
    assert!(by_signal || ended.status.success(), "{chapter}: {ended:?}");
    assert_eq!(ended.stderr, "", "{chapter}");
}

fn check_report(chapter: &str, ended: &Ended) {
    let report = match chapter {
        "process-pool" => "ended with signal: 13 (SIGPIPE)",
        "ipc-pipe" => "the other side of the pipe has closed it, or its process has ended",
        _ => panic!("{chapter}: {ended:?}"),
    };
    assert!(ended.stderr.contains(report), "{chapter}: {ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{chapter}: {ended:?}");
}

const PRINTERS: usize = 6;
const LINES: usize = 20;

/// More than a pipe takes in one piece (PIPE_BUF), and more than it holds.
const LONGEST: [usize; 2] = [6_000, 200_000];

fn lines_on_a_pipe_arrive_whole() {
    let (lines, stdout) = pipe().unwrap();
    lines_arrive_whole(lines, stdout);
}

fn lines_on_a_socket_arrive_whole() {
    let (lines, stdout) = UnixStream::pair().unwrap();
    lines_arrive_whole(lines, stdout);
}

fn lines_on_a_stdout_that_does_not_block_arrive_whole() {
    let (lines, stdout) = pipe().unwrap();
    fcntl(&stdout, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    lines_arrive_whole(lines, stdout);
}

/// Many processes print at once, and signals interrupt their waiting.
fn lines_arrive_whole(lines: impl Read, stdout: impl AsFd) {
    let_interrupt(Signal::SIGALRM);
    dup2_stdout(&stdout).unwrap();
    drop(stdout);
    let printers: Vec<Child> = (0..PRINTERS)
        .map(|n| Process::new(print_lines, (n,)).start().unwrap())
        .collect();
    // Otherwise the end of file would never come.
    dup2_stdout(File::open("/dev/null").unwrap()).unwrap();
    check_lines(lines, &printers);
    for printer in printers {
        assert!(printer.join().unwrap().success());
    }
}

/// Prints lines that begin with their length, and then repeat one letter.
fn print_lines(n: usize) {
    let letter = char::from(b'a' + n as u8).to_string();
    for _ in 0..LINES {
        let length = rand::rng().random_range(0..LONGEST[n % 2]);
        println!("{length}{}", letter.repeat(length));
    }
}

fn check_lines(lines: impl Read, printers: &[Child]) {
    let mut chance = chance();
    let (mut whole, mut torn) = (0, 0);
    // To the end in any case: the printers wait for it.
    for line in BufReader::new(lines).lines() {
        match is_whole(&line.unwrap()) {
            true => whole += 1,
            false => torn += 1,
        }
        // A slow reader: stdout is full most of the time, and the printers wait.
        thread::sleep(Duration::from_millis(chance.random_range(0..5)));
        for printer in printers {
            send(printer.pid(), Signal::SIGALRM);
        }
    }
    assert_eq!((whole, torn), (PRINTERS * LINES, 0));
}

fn is_whole(line: &str) -> bool {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let (length, letters) = line.split_at(digits);
    let first = letters.chars().next();
    letters.chars().all(|letter| Some(letter) == first) && length.parse() == Ok(letters.len())
}

fn lines_in_a_file_arrive_whole_with_what_print_has_begun() {
    let mut file = tempfile::tempfile().unwrap();
    dup2_stdout(&file).unwrap();
    let print_lines = |n: usize| {
        let letter = char::from(b'a' + n as u8).to_string();
        for length in (0..LONGEST[0]).step_by(LONGEST[0] / LINES) {
            print!("{length}");
            println!("{}", letter.repeat(length));
        }
    };
    let printers: Vec<Child> = (0..PRINTERS)
        .map(|n| Process::new(print_lines, (n,)).start().unwrap())
        .collect();
    for printer in printers {
        assert!(printer.join().unwrap().success());
    }
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), PRINTERS * LINES);
    assert!(text.lines().all(is_whole));
}

fn what_c_code_prints_is_printed_once() {
    let stdout = redirect_stdout();
    puts(c"the parent's");
    let child = Process::new(puts, (c"the child's",)).start().unwrap();
    child.join().unwrap();
    assert_eq!(end_of(stdout), "the parent's\nthe child's\n");
}

#[expect(unsafe_code, reason = "a C function")]
fn puts(text: &CStr) {
    // SAFETY: the text ends with a zero, and puts keeps no pointer to it.
    assert!(unsafe { libc::puts(text.as_ptr()) } >= 0);
}

fn a_child_fails_when_its_text_cannot_be_written() {
    dup2_stdout(File::create("/dev/full").unwrap()).unwrap();
    let half_a_line = || print!("half a line");
    let printed = stderr_of(|| {
        let child = Process::new(half_a_line, ()).start().unwrap();
        assert_eq!(child.join().unwrap(), exited_with(1));
    });
    let why = "cannot write to stdout: No space left on device (os error 28)\n";
    assert!(
        printed.starts_with("Child process ") && printed.ends_with(why),
        "{printed}"
    );
}

fn a_child_flushes_stdout_at_its_end() {
    let stdout = redirect_stdout();
    let half_a_line = |with_a_thread: bool| {
        if with_a_thread {
            thread::spawn(thread::park);
        }
        print!("half a line");
    };
    for with_a_thread in [false, true] {
        let child = Process::new(half_a_line, (with_a_thread,)).start();
        assert!(child.unwrap().join().unwrap().success());
    }
    assert_eq!(end_of(stdout), "half a line".repeat(2));
}

fn a_child_with_a_thread_waits_for_a_slow_reader() {
    let stdout = redirect_stdout();
    let fill_stdout = || {
        thread::spawn(thread::park);
        // As much as a pipe holds (pipe(7)).
        print!("{}half a line", "\n".repeat(65_536));
    };
    let child = Process::new(fill_stdout, ()).start().unwrap();
    // Longer than the child would wait for a lock.
    thread::sleep(Duration::from_millis(1_500));
    assert!(end_of(stdout).ends_with("\nhalf a line"));
    assert!(child.join().unwrap().success());
}

fn no_child_starts_with_text_that_cannot_be_written() {
    dup2_stdout(File::create("/dev/full").unwrap()).unwrap();
    print!("half a line");
    let error = Process::new(|| (), ()).start().unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot start a process: what this one has printed cannot be written: No space left on \
         device (os error 28)"
    );
}

fn sigpipe_ends_a_program_whose_socket_was_closed_unread() {
    let print = || {
        let (mut reader, stdout) = UnixStream::pair().unwrap();
        dup2_stdout(&stdout).unwrap();
        thread::spawn(move || {
            reader.read_exact(&mut [0; 8]).unwrap();
            // By then, the next line waits for room.
            thread::sleep(Duration::from_millis(100));
        });
        loop {
            println!("a line");
        }
    };
    let child = Process::new(print, ()).start().unwrap();
    let status = child.join().unwrap();
    assert_eq!(status.signal(), Some(Signal::SIGPIPE as i32));
}

fn a_child_ends_although_its_thread_holds_stdout() {
    let mut pid = 0;
    let printed = stderr_of(|| {
        let child = Process::new(leave_stdout_locked, ()).start().unwrap();
        pid = child.pid();
        assert!(child.join().unwrap().success());
    });
    let sentence = format!(
        "Child process {pid} could not flush stdout within a second: what it has not \
         written yet may be lost.\n"
    );
    assert_eq!(printed, sentence);
}

fn leave_stdout_locked() {
    let (locked, lock) = mpsc::channel();
    thread::spawn(move || {
        let _stdout = io::stdout().lock();
        locked.send(()).unwrap();
        loop {
            thread::park();
        }
    });
    lock.recv().unwrap();
}

fn redirect_stdout() -> PipeReader {
    let (reader, stdout) = pipe().unwrap();
    dup2_stdout(stdout).unwrap();
    reader
}

/// What is left to read, once this process has closed its stdout.
fn end_of(mut stdout: PipeReader) -> String {
    dup2_stdout(File::open("/dev/null").unwrap()).unwrap();
    let mut text = String::new();
    stdout.read_to_string(&mut text).unwrap();
    text
}
