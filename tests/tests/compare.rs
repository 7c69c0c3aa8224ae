//! The compare tool as its users call it: the chapters against their notes,
//! many wrong programs and what is said of them, and programs that misbehave.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::Pid;
use tests::{Chapter, Limits, Run, Stdout, pty, workspace};
use unicode_width::UnicodeWidthStr;

/// So many wrong programs are tried at once.
const AT_ONCE: usize = 4;

/// A folder without programs.
const NO_PROGRAMS: &str = "/nonexistent";

/// A wrong program, and the words that have to be said of it.
struct Wrong {
    chapter: &'static str,
    /// In tests/wrong.
    folder: &'static str,
    file: &'static str,
    /// Seconds.
    timeout: &'static str,
    words: &'static [&'static str],
}

const fn wrong(chapter: &'static str, file: &'static str, words: &'static [&'static str]) -> Wrong {
    Wrong {
        chapter,
        folder: chapter,
        file,
        timeout: "10",
        words,
    }
}

const fn endless(
    chapter: &'static str,
    file: &'static str,
    words: &'static [&'static str],
) -> Wrong {
    Wrong {
        chapter,
        folder: chapter,
        file,
        timeout: "4",
        words,
    }
}

#[test]
fn wrong_processes() {
    try_all(&[
        wrong(
            "process-basic",
            "called_directly.py",
            &["Was run_proc called directly"],
        ),
        wrong("process-basic", "capitals.py", &["Capital letters count."]),
        wrong(
            "process-basic",
            "child_left_behind.py",
            &["left 1 process running", "Was join"],
        ),
        wrong(
            "process-basic",
            "closes_stdout.py",
            &["It closed stdout at", "is lost"],
        ),
        wrong(
            "process-basic",
            "doubled.py",
            &["Line 4 `Child process end.` comes twice."],
        ),
        wrong(
            "process-basic",
            "exit_code.py",
            &["exit code 1", "ValueError: no child today"],
        ),
        wrong(
            "process-basic",
            "extra.py",
            &["Line 5 `Goodbye.` is none of this chapter's."],
        ),
        wrong(
            "process-basic",
            "killed.py",
            &["It was ended by signal 11 (SIGSEGV)."],
        ),
        wrong(
            "process-basic",
            "missing.py",
            &["`Child process end.` is missing.", "left out?"],
        ),
        wrong(
            "process-basic",
            "misspelt.py",
            &["should be `Child process will start.`"],
        ),
        wrong("process-basic", "no_join.py", &["Was p.join() left out?"]),
        wrong(
            "process-basic",
            "no_main_guard.py",
            &["is `if __name__ == \"__main__\"` left out?"],
        ),
        wrong("process-basic", "no_start.py", &["Was p.start() left out?"]),
        wrong(
            "process-basic",
            "not_flushed.py",
            &["comes twice", "Flush before the fork."],
        ),
        wrong(
            "process-basic",
            "out_of_order.py",
            &["came before line 3", "Was p.start() called"],
        ),
        wrong(
            "process-basic",
            "thread.py",
            &["in a thread, rather than in a process?"],
        ),
    ]);
}

#[test]
fn wrong_pools() {
    try_all(&[
        wrong(
            "process-pool",
            "eight_processes.py",
            &["ran on 5 processes", "5 or more"],
        ),
        wrong(
            "process-pool",
            "four_tasks.py",
            &["are missing", "every task submitted, range(5)?"],
        ),
        wrong(
            "process-pool",
            "guessed_duration.py",
            &["drawn rather than measured"],
        ),
        wrong(
            "process-pool",
            "in_the_parent.py",
            &["in the parent process", "called directly"],
        ),
        wrong(
            "process-pool",
            "no_close.py",
            &["Was p.close() left out before p.join()?"],
        ),
        wrong(
            "process-pool",
            "no_join.py",
            &["were running", "Was p.join() left out?"],
        ),
        wrong(
            "process-pool",
            "one_after_the_other.py",
            &["never two at once", "Was p.apply() used"],
        ),
        wrong(
            "process-pool",
            "one_process.py",
            &["Does the pool have 1 process in place of 4?"],
        ),
        wrong(
            "process-pool",
            "same_naps.py",
            &["5 tasks took the same time", "Is the nap random?"],
        ),
        wrong(
            "process-pool",
            "started_too_late.py",
            &["Is the time taken before the nap"],
        ),
        wrong(
            "process-pool",
            "threads.py",
            &["Were threads used in place of processes"],
        ),
        wrong(
            "process-pool",
            "two_processes.py",
            &["Does the pool have 2 in place of 4?"],
        ),
        endless(
            "process-pool",
            "waits_for_ever.py",
            &["after 4 s", "was p.close() left out?"],
        ),
    ]);
}

#[test]
fn wrong_queues() {
    try_all(&[
        wrong(
            "ipc-queue",
            "item_lost.py",
            &["B was put and never got.", "lost on its way"],
        ),
        wrong(
            "ipc-queue",
            "item_twice.py",
            &["`Get B from queue.` comes twice."],
        ),
        endless(
            "ipc-queue",
            "no_end.py",
            &["The reader waits for an item that never comes"],
        ),
        wrong(
            "ipc-queue",
            "one_after_the_other.py",
            &["Was pw.join() called before pr.start()?"],
        ),
        wrong(
            "ipc-queue",
            "reader_killed.py",
            &["never got.", "ended before the last item"],
        ),
        wrong(
            "ipc-queue",
            "stack.py",
            &["A queue keeps the order: is it a stack"],
        ),
        wrong(
            "ipc-queue",
            "threads.py",
            &["Were threads used in place of processes?"],
        ),
        wrong(
            "ipc-queue",
            "torn.sh",
            &["is several lines in one.", "is the output unbuffered"],
        ),
    ]);
}

#[test]
fn wrong_pipes() {
    try_all(&[
        endless("ipc-pipe", "no_close.py", &["was the pipe never closed"]),
        wrong("ipc-pipe", "no_join.py", &["Was p.join() left out?"]),
        endless(
            "ipc-pipe",
            "no_reply.py",
            &["No reply came through the pipe"],
        ),
        wrong(
            "ipc-pipe",
            "no_waiting.py",
            &["without waiting for the reply?"],
        ),
        wrong(
            "ipc-pipe",
            "not_upper.py",
            &["Was .upper() left out of the reply?"],
        ),
        wrong(
            "ipc-pipe",
            "thread.py",
            &["Was a thread used in place of a process?"],
        ),
    ]);
}

#[test]
fn wrong_threads() {
    try_all(&[
        wrong(
            "threading-basic",
            "counts_to_six.py",
            &["`thread LoopThread >>> 6` is none"],
        ),
        wrong("threading-basic", "no_join.py", &["Was t.join() left out?"]),
        wrong(
            "threading-basic",
            "no_name.py",
            &["`Thread-1 (loop)`", "without its name"],
        ),
        wrong(
            "threading-basic",
            "no_nap.py",
            &["Was time.sleep(1) left out?"],
        ),
        wrong(
            "threading-basic",
            "run_in_place_of_start.py",
            &["(or t.run() in place of t.start())"],
        ),
    ]);
}

#[test]
fn programs_that_misbehave() {
    let misbehaving = [
        wrong(
            "any",
            "daemon.py",
            &["left 1 process running, which had to be killed"],
        ),
        wrong("any", "megabyte_line.py", &["It has 1000000 bytes"]),
        endless(
            "any",
            "never_ends.sh",
            &["It was still running after 4 s, and was ended."],
        ),
        wrong("any", "not_text.py", &["bytes that are not text"]),
        wrong(
            "any",
            "one_line_without_end.py",
            &["It printed more and more, and was ended."],
        ),
        wrong(
            "any",
            "prints_nothing.sh",
            &["It printed nothing. It ended with exit code 0."],
        ),
        wrong(
            "any",
            "reads_stdin.py",
            &["reads stdin, which is empty here."],
        ),
        wrong(
            "any",
            "without_end.sh",
            &["comes 1000 times", "loop that does not end?"],
        ),
    ];
    try_all(&misbehaving.map(|wrong| Wrong {
        chapter: "process-basic",
        ..wrong
    }));
}

/// Every chapter against its notes.
#[test]
fn all_chapters_tell_the_story_of_their_notes() {
    if python().is_none() {
        return;
    }
    let output = finish(&mut compare(&["all"]));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for chapter in Chapter::ALL {
        let sentence = format!("notes.py and {chapter} tell the same story.");
        assert!(text.contains(&sentence), "{sentence}\n{text}");
        let summary = format!("\n{:<17}the same story\n", chapter.name());
        assert!(text.contains(&summary), "{summary}\n{text}");
    }
    fits(&text, 80);
}

/// Takes minutes: `cargo test -p tests --test compare -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn no_false_alarm_on_a_busy_machine() {
    const TIMES: usize = 30;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let compared = Chapter::ALL.map(|chapter| scope.spawn(move || alarms(chapter, TIMES)));
        let alarms = compared.map(|alarms| alarms.join());
        done.store(true, Ordering::Relaxed);
        let alarms: Vec<String> = alarms
            .into_iter()
            .flat_map(|a| a.expect("no panic"))
            .collect();
        assert!(
            alarms.is_empty(),
            "{} alarms:\n{}",
            alarms.len(),
            alarms.join("\n")
        );
    });
}

fn alarms(chapter: Chapter, times: usize) -> Vec<String> {
    let outputs = (0..times).map(|_| finish(&mut compare(&[chapter.name()])));
    let alarms = outputs.filter(|output| output.status.code() != Some(0));
    alarms
        .map(|output| text(&output) + &errors(&output))
        .collect()
}

#[test]
fn a_wrong_program_beside_the_notes() {
    let Some(python) = python() else { return };
    let file = wrong_file("process-pool", "two_processes.py");
    let mut command = compare(&["process-pool", "--", &python, &file]);
    let output = finish(command.env("COLUMNS", "160"));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("notes.py "), "{text}");
    assert!(
        text.contains("Not the same story: your program differs in 1 point."),
        "{text}"
    );
    assert!(text.contains("[4═"), "{text}");
    fits(&text, 160);
}

#[test]
fn without_python_the_rules_are_enough() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("without-python");
    // It may be left from an earlier run.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    for tool in ["cargo", "rustc"] {
        symlink(found(tool), folder.join(tool)).expect("a link can be made");
    }
    // Builds it, while all is there that a linker needs.
    finish(&mut compare(&["process-basic"]));
    let output = finish(compare(&["process-basic"]).env("PATH", &folder));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("There is no python3 here to run the notes"),
        "{text}"
    );
    assert!(text.contains("It is the chapter's story."), "{text}");
    assert!(!text.contains('┼'), "one column is enough: {text}");
}

#[test]
fn a_command_that_does_not_start() {
    let output = finish(&mut compare(&["process-basic", "--", "no-such-command"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("there is no such command: is it spelt right"));

    let file = wrong_file("any", "prints_nothing.sh");
    let output = finish(&mut compare(&["process-basic", "--", &file]));
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("chmod +x"), "{}", errors(&output));
}

#[test]
fn how_it_is_called() {
    // Through the alias, from some folder of the workspace.
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command
        .arg("compare")
        .current_dir(workspace().join("common").join("src"));
    let output = finish(&mut command);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    for chapter in Chapter::ALL {
        assert!(text(&output).contains(&format!("cargo compare {chapter} ")));
    }
    for (typed, meant) in [
        ("proces-pool", "process-pool"),
        ("queue", "ipc-queue"),
        ("thread", "threading-basic"),
    ] {
        let output = finish(&mut compare(&[typed]));
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains(&format!("did you mean `{meant}`?")));
    }
    for arguments in [
        &["all", "--", "true"][..],
        &["--", "true"],
        &["all", "--timeout", "0"],
    ] {
        assert_eq!(
            finish(&mut compare(arguments)).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
}

#[test]
fn on_a_terminal_it_is_live_and_in_colour() {
    let shown = |no_colour: &str| {
        let mut command = compare(&[
            "process-basic",
            "--",
            "/bin/sh",
            "-c",
            "echo 'Parent process 1.'",
        ]);
        command
            .env("PATH", NO_PROGRAMS)
            .env("NO_COLOR", no_colour)
            .env("TERM", "xterm");
        let run = Run::start(command, Stdout::Terminal, Limits::default());
        run.expect("it starts").finish().texts().join("\n")
    };
    // Control characters are shown as U+FFFD.
    let (hide, show, cyan) = ("\u{fffd}[?25l", "\u{fffd}[?25h", "\u{fffd}[36m");
    let coloured = shown("");
    assert!(
        coloured.contains(hide) && coloured.contains(show),
        "{coloured}"
    );
    assert!(coloured.contains(cyan), "{coloured}");
    let plain = shown("1");
    assert!(plain.contains(hide) && plain.contains(show), "{plain}");
    assert!(!plain.contains(cyan), "{plain}");
}

#[test]
fn ctrl_c_ends_both_and_restores_the_terminal() {
    let (mut screen, terminal) = pty::open().expect("a terminal can be opened");
    let mut before = tcgetattr(&terminal).expect("it is a terminal");
    before.local_flags.insert(LocalFlags::ECHO);
    tcsetattr(&terminal, SetArg::TCSANOW, &before).expect("it can be set");
    let side = || Stdio::from(terminal.try_clone().expect("it can be shared"));
    let file = wrong_file("any", "never_ends.sh");
    let mut command = compare(&["threading-basic", "--", "/bin/sh", &file]);
    command.stdin(side()).stdout(side()).env("TERM", "xterm");
    let child = command.spawn().expect("it starts");

    read_until(&mut screen, "Parent process");
    assert!(!echoes(&terminal));
    interrupt(&child);
    read_until(&mut screen, "\x1b[?25h");
    let pid = child.id();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(echoes(&terminal));
    assert_nothing_left(pid);
}

#[test]
fn nothing_is_left_when_nobody_reads() {
    let file = wrong_file("any", "never_ends.sh");
    let mut command = compare(&["threading-basic", "--timeout", "5", "--", "/bin/sh", &file]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let stdout = child.stdout.take().expect("it is a pipe");
    let mut title = String::new();
    BufReader::new(stdout)
        .read_line(&mut title)
        .expect("it prints");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(141));
    assert_nothing_left(child.id());
}

/// Tries wrong programs, some at once, and tells all that went wrong.
fn try_all(wrongs: &[Wrong]) {
    let Some(python) = python() else { return };
    let failures: Vec<String> = wrongs
        .chunks(AT_ONCE)
        .flat_map(|some| {
            thread::scope(|scope| {
                let tries = some
                    .iter()
                    .map(|wrong| scope.spawn(|| try_one(&python, wrong)));
                let tries: Vec<_> = tries.collect();
                let results = tries.into_iter().map(|one| one.join().expect("no panic"));
                results.filter_map(Result::err).collect::<Vec<_>>()
            })
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The notes are not run, since they take their time: without a Python in the
/// PATH the program is held to the rules alone.
fn try_one(python: &str, wrong: &Wrong) -> Result<(), String> {
    let file = wrong_file(wrong.folder, wrong.file);
    let runner = if file.ends_with(".py") {
        python
    } else {
        "/bin/sh"
    };
    let arguments = [
        wrong.chapter,
        "--timeout",
        wrong.timeout,
        "--",
        runner,
        &file,
    ];
    let output = finish(compare(&arguments).env("PATH", NO_PROGRAMS));
    let text = text(&output);
    let words: Vec<&str> = text.split_whitespace().collect();
    let sentence = words.join(" ");
    let said = wrong
        .words
        .iter()
        .all(|words| sentence.to_lowercase().contains(&words.to_lowercase()));
    if said && output.status.code() == Some(1) {
        return Ok(());
    }
    Err(format!(
        "{} {:?}:\n{text}{}",
        wrong.file,
        wrong.words,
        errors(&output)
    ))
}

fn wrong_file(chapter: &str, file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join("wrong");
    folder.join(chapter).join(file).display().to_string()
}

fn compare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(arguments).env("COLUMNS", "80");
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Runs it to its end; nothing may be left of what it ran.
fn finish(command: &mut Command) -> Output {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let pid = child.id();
    let output = child.wait_with_output().expect("it ends");
    assert_nothing_left(pid);
    output
}

/// Every process that the tool starts carries its PID in the environment.
#[track_caller]
fn assert_nothing_left(compare: u32) {
    let mark = format!("COMPARE_RUN={compare}-");
    let processes = fs::read_dir("/proc").expect("Linux has it").flatten();
    let left = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        environment
            .split(|&byte| byte == 0)
            .any(|variable| variable.starts_with(mark.as_bytes()))
    });
    assert_eq!(
        left.map(|process| process.path()).collect::<Vec<_>>(),
        Vec::<PathBuf>::new()
    );
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints text")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn fits(text: &str, width: usize) {
    let wide = text.lines().find(|line| line.width() > width);
    assert_eq!(wide, None);
    assert!(!text.contains('\x1b'), "plain text has no escape sequences");
}

/// The Python itself, which works whatever the PATH.
fn python() -> Option<String> {
    let script = "import sys; print(sys.executable)";
    let output = Command::new("python3").args(["-c", script]).output();
    assert!(
        output.is_ok() || env::var_os("CI").is_none(),
        "CI needs python3"
    );
    Some(text(&output.ok()?).trim().to_owned())
}

fn found(program: &str) -> PathBuf {
    let path = env::var_os("PATH").expect("there is a PATH");
    let mut places = env::split_paths(&path).map(|folder| folder.join(program));
    places
        .find(|place| place.exists())
        .expect("it is installed")
}

fn read_until(screen: &mut impl Read, text: &str) {
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&seen).contains(text) {
        let length = screen.read(&mut buffer).expect("it goes on");
        seen.extend(&buffer[..length]);
    }
}

fn echoes(terminal: impl AsFd) -> bool {
    let settings = tcgetattr(terminal).expect("it is a terminal");
    settings.local_flags.contains(LocalFlags::ECHO)
}

fn interrupt(child: &Child) {
    let pid = Pid::from_raw(child.id() as i32);
    kill(pid, Signal::SIGINT).expect("it runs");
}
