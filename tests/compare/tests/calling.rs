//! `compare` as its users call it: with the chapters, on a terminal, with
//! Ctrl-C, and with programs that do not start.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use compare::lesson::sections;
use compare::run::pty;
use compare::{Chapter, Ending, Limits, Run, Stdout, workspace};
use nix::sys::signal::{Signal, killpg};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::Pid;
use tests::chance::times;
use tests::harness::Trial;
use tests::signals::send;
use tests::trials;
use unicode_width::UnicodeWidthStr;

use crate::tool::{
    NO_PROGRAMS, assert_nothing_left, compare, errors, finish, fixture, folder, python, text,
};

pub fn trials() -> Vec<Trial> {
    let trial = |chapter: Chapter| {
        let check = move || tells_the_story_of_its_notes(chapter);
        Trial::new(format!("{chapter} beside its notes"), check)
    };
    let mut trials: Vec<Trial> = Chapter::ALL.into_iter().map(trial).collect();
    trials.extend(trials![
        no_false_alarm_on_a_busy_machine: alone ignored,
        a_wrong_program_beside_the_notes,
        a_program_of_ones_own_as_the_lessons_say,
        what_cannot_be_compared_holds_up_nothing_else,
        without_python_the_rules_are_enough,
        a_child_that_failed_is_not_said_to_be_left_out,
        a_command_that_does_not_start,
        a_program_that_cargo_does_not_build,
        how_it_is_called,
        on_a_terminal_it_is_live_and_in_colour,
        where_nothing_may_be_traced_the_lines_are_compared,
        ctrl_c_ends_both_and_restores_the_terminal,
        ctrl_c_while_cargo_builds,
        nothing_is_left_when_nobody_reads,
    ]);
    trials
}

fn tells_the_story_of_its_notes(chapter: Chapter) {
    let output = finish(&mut compare(&[chapter.name()]));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let sentence = format!("notes.py and {chapter} tell the same story.");
    assert!(text.contains(&sentence), "{text}");
    fits(&text, 80);
}

/// For some minutes: `TIMES=30 cargo test -p compare busy -- --ignored`.
fn no_false_alarm_on_a_busy_machine() {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let compared = Chapter::ALL.map(|chapter| scope.spawn(move || alarms(chapter)));
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

fn alarms(chapter: Chapter) -> Vec<String> {
    let outputs = (0..times()).map(|_| finish(&mut compare(&[chapter.name()])));
    let alarms = outputs.filter(|output| output.status.code() != Some(0));
    alarms
        .map(|output| text(&output) + &errors(&output))
        .collect()
}

/// In each language, what is said is what the front page in it shows.
fn a_wrong_program_beside_the_notes() {
    let python = python();
    let notes = fs::read_to_string(Chapter::ProcessPool.notes()).expect("the notes");
    let folder = folder();
    let program = folder.path().join("three_processes.py");
    // Long naps, of which no four are alike.
    let long_tasks = notes.replace("random.random() * 3", "0.6 + 0.07 * name");
    fs::write(&program, long_tasks.replace("Pool(4)", "Pool(3)")).expect("it can be written");
    let program = program.display().to_string();
    for (language, page) in [("en", "README.md"), ("zh", "README.zh-CN.md")] {
        let arguments = ["process-pool", "--lang", language, "--", &python, &program];
        let output = finish(compare(&arguments).env("COLUMNS", "160"));
        let text = text(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.starts_with("notes.py "), "{text}");
        assert!(text.contains("[4═"), "{text}");
        fits(&text, 160);
        let (said, shown) = (without_spaces(&text), without_spaces(&shown_on(page)));
        assert!(said.contains(&shown), "{shown}\n{text}");
    }
}

/// What this page shows of compare's words.
fn shown_on(page: &str) -> String {
    let page = fs::read_to_string(workspace().join(page)).expect("there is a page");
    let sections = sections(&page);
    let mut blocks = sections.iter().flat_map(|section| &section.blocks);
    let block = blocks.find(|block| block.is_marked("compare"));
    block.expect("it shows a verdict").text.clone()
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The program is the chapter with all the other libraries in it.
fn a_program_of_ones_own_as_the_lessons_say() {
    for chapter in Chapter::ALL {
        assert_eq!(own_program(chapter), own_program_commands(chapter));
    }
    let chapter = Chapter::ProcessBasic;
    let libraries = "use ipc_pipe as _; use ipc_queue as _; use process_pool as _; use serde as _;";
    let main = fs::read_to_string(chapter.main()).expect("the chapter");
    let _rust = Written::new(chapter.example(&format!("{OWN}.rs")), &(main + libraries));
    let notes = fs::read_to_string(chapter.notes()).expect("the notes");
    let _python = Written::new(chapter.example(&format!("{OWN}.py")), &notes);
    for command in own_program_commands(chapter).lines() {
        let output = shell(&command.replace("mine", OWN));
        let text = text(&output) + &errors(&output);
        assert_eq!(output.status.code(), Some(0), "{command}\n{text}");
        let expected = match command.starts_with("cargo run") {
            true => "Child process end.",
            false => "tell the same story.",
        };
        assert!(text.contains(expected), "{command}\n{text}");
    }
}

/// One program has no twin, another does not compile.
fn what_cannot_be_compared_holds_up_nothing_else() {
    let chapter = Chapter::ProcessBasic;
    let written = |file: &str, text| Written::new(chapter.example(file), text);
    let broken = "const _: () = assert!(option_env!(\"BROKEN\").is_none());\nfn main() {}\n";
    let _alone = written("mine-tested-1.rs", "fn main() {}");
    let _broken = ["mine-tested-2.rs", "mine-tested-2.py"].map(|file| written(file, broken));
    let output = finish(compare(&["process-basic", "all"]).env("BROKEN", "1"));
    let (text, errors) = (text(&output), errors(&output));
    assert_eq!(output.status.code(), Some(2), "{text}{errors}");
    for words in [
        "mine-tested-1.py to compare with",
        "mine-tested-2 does not compile",
    ] {
        assert!(errors.contains(words), "{words}\n{errors}");
    }
    for line in [
        "\n  mine-tested-1     could not be compared\n",
        "\n  mine-tested-2     could not be compared\n",
        "\n  own-copy          the same story",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

/// In place of `mine`, which may be there.
const OWN: &str = "mine-tested";

/// What a lesson says, at its end, of a program of one's own.
fn own_program(chapter: Chapter) -> String {
    let lesson = fs::read_to_string(chapter.lesson()).expect("the lesson");
    let section = sections(&lesson).pop().expect("it has sections");
    assert_eq!(section.title, "A program of your own");
    section.blocks.into_iter().map(|block| block.text).collect()
}

fn own_program_commands(chapter: Chapter) -> String {
    format!(
        "cargo run -p {chapter} --example mine\n\
         cargo compare {chapter} -- cargo run -q -p {chapter} --example mine\n\
         cargo compare {chapter} mine\n"
    )
}

/// Runs a command line in the workspace, as cargo built it for the trials.
fn shell(command: &str) -> Output {
    let command = command.replace("cargo compare", env!("CARGO_BIN_EXE_compare"));
    let mut shell = Command::new("/bin/sh");
    shell.env("LC_ALL", "C");
    shell.args(["-c", &command]).current_dir(workspace());
    finish(&mut shell)
}

/// A file that is there until this is dropped.
struct Written(PathBuf);

impl Written {
    fn new(file: PathBuf, text: &str) -> Written {
        fs::write(&file, text).expect("it can be written");
        Written(file)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        fs::remove_file(&self.0).expect("it was written");
    }
}

fn without_python_the_rules_are_enough() {
    let folder = folder();
    for tool in ["cargo", "rustc"] {
        symlink(found(tool), folder.path().join(tool)).expect("a link can be made");
    }
    let output = finish(compare(&["process-basic"]).env("PATH", folder.path()));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("There is no python3 here to run notes.py"),
        "{text}"
    );
    assert!(text.contains("It is the chapter's story."), "{text}");
    assert!(!text.contains('┼'), "one column is enough: {text}");
}

fn a_child_that_failed_is_not_said_to_be_left_out() {
    let script = "echo \"Parent process $$.\"; echo 'Child process will start.'; \
                  echo \"thread 'main' (7) panicked at src/main.rs:8:5:\" >&2; \
                  echo 'attempt to divide by zero' >&2; echo 'Child process end.'";
    let mut command = compare(&["process-basic", "--", "/bin/sh", "-c", script]);
    let text = text(&finish(command.env("PATH", NO_PROGRAMS)));
    assert!(text.contains("(…)...` is missing."), "{text}");
    assert!(
        text.contains("→ Its stderr says: `attempt to divide by zero`."),
        "{text}"
    );
    assert!(!text.contains("Was p.start() left out?"), "{text}");
}

fn a_command_that_does_not_start() {
    let output = finish(&mut compare(&["process-basic", "--", "no-such-command"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("There is no such command: is it spelt right"));

    let file = fixture("wrong/prints_nothing.sh");
    let output = finish(&mut compare(&["process-basic", "--", &file]));
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("chmod +x"), "{}", errors(&output));
}

fn a_program_that_cargo_does_not_build() {
    let errors = "error[E0425]: cannot find value `x`\nerror: could not compile `mine` (example)";
    let script = format!("echo '{errors}' >&2; exit 101");
    let output = finish(&mut compare(&["ipc-pipe", "--", "/bin/sh", "-c", &script]));
    let text = text(&output);
    let sentence = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cause = "says: `error[E0425]: cannot find value `x``. It does not compile.";
    assert!(sentence.contains(cause), "{text}");
}

fn how_it_is_called() {
    // Through the alias, from some folder of the workspace.
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["compare", "--lang", "en"])
        .current_dir(workspace().join("common").join("src"));
    let output = finish(&mut command);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    for chapter in Chapter::ALL {
        assert!(text(&output).contains(&format!("cargo compare {chapter} ")));
    }
    let output = finish(&mut compare(&["pool"]));
    assert_eq!(output.status.code(), Some(2));
    let known = "there is no chapter `pool`; there are process-basic, process-pool,";
    assert!(errors(&output).contains(known), "{}", errors(&output));
    for arguments in [&["all", "--", "true"][..], &["all", "--timeout", "0"]] {
        assert_eq!(
            finish(&mut compare(arguments)).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
}

fn on_a_terminal_it_is_live_and_in_colour() {
    let shown = |no_colour: &str| {
        let (mut screen, terminal) = pty::open().expect("a terminal can be opened");
        let script = "echo 'Parent process 1.'";
        let mut command = compare(&["process-basic", "--", "/bin/sh", "-c", script]);
        command.env("PATH", NO_PROGRAMS).env("TERM", "xterm");
        command.env("NO_COLOR", no_colour).stdout(terminal);
        let mut child = command.spawn().expect("it starts");
        // Nothing more can come when nobody has the terminal.
        drop(command);
        let shown = read_all(&mut screen);
        child.wait().expect("it ends");
        shown
    };
    let (hide, show, cyan) = ("\x1b[?25l", "\x1b[?25h", "\x1b[36m");
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

/// What a program is traced by cannot be traced by a second one: so is compare when
/// compare runs it.
fn where_nothing_may_be_traced_the_lines_are_compared() {
    let not_checked = [
        "Not checked: who wrote which line",
        "since compare may not trace programs here (ptrace).",
    ];
    let [right, wrong] = ["right/process-basic/fork.py", "wrong/stack.py"].map(fixture);
    let (python, basic) = (python(), "process-basic");
    let text = untraced(&[basic, "--", &python, &right], 0);
    assert!(!text.contains("had ended"), "{text}");
    for text in [text, untraced(&[basic, "own-copy"], 0)] {
        let says = |words: &&str| text.contains(words);
        assert!(not_checked.iter().all(says), "{text}");
    }
    untraced(&[basic, "--", &python, &wrong], 1);
    let program = ["--", &python, &right];
    let text = untraced(&[program, program].concat(), 0);
    let not_compared = "Not compared: who wrote which line, who waits for whom";
    assert!(text.contains(not_compared), "{text}");
}

/// What compare says with these arguments where it may not trace, with single spaces.
#[track_caller]
fn untraced(arguments: &[&str], code: i32) -> String {
    let run = Run::start(compare(arguments), Stdout::Pipe, Limits::default());
    let transcript = run.expect("it starts").finish();
    let text = transcript.texts().join(" ");
    let Some(Ending::Ended(status)) = transcript.ending() else {
        panic!("{text}")
    };
    assert_eq!(status.code(), Some(code), "{text}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn ctrl_c_ends_both_and_restores_the_terminal() {
    let (mut screen, terminal) = pty::open().expect("a terminal can be opened");
    let mut before = tcgetattr(&terminal).expect("it is a terminal");
    before.local_flags.insert(LocalFlags::ECHO);
    tcsetattr(&terminal, SetArg::TCSANOW, &before).expect("it can be set");
    let side = || Stdio::from(terminal.try_clone().expect("it can be shared"));
    let file = fixture("wrong/never_ends.sh");
    let mut command = compare(&["threading-basic", "--", "/bin/sh", &file]);
    command.stdin(side()).stdout(side()).env("TERM", "xterm");
    let child = command.spawn().expect("it starts");

    read_until(&mut screen, "Parent process");
    assert!(!echoes(&terminal));
    send(child.id(), Signal::SIGINT);
    let rest = thread::spawn(move || read_all(&mut screen));
    let pid = child.id();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(echoes(&terminal));
    assert_nothing_left(pid);
    // Nothing more can come when nobody has the terminal.
    drop((command, terminal));
    let rest = rest.join().expect("no panic");
    for words in [
        "\x1b[?25h",
        "Stopped: this is what was seen until then.",
        "It was still running when it was stopped after",
    ] {
        assert!(rest.contains(words), "{words}\n{rest}");
    }
}

/// A terminal sends it to all: cargo, too, may say that it failed.
fn ctrl_c_while_cargo_builds() {
    let folder = folder();
    let cargo = folder.path().join("cargo");
    let script = "#!/bin/sh\ntrap 'exit 101' INT\necho building >&2\nsleep 9 & wait\n";
    fs::write(&cargo, script).expect("it can be written");
    fs::set_permissions(&cargo, Permissions::from_mode(0o755)).expect("it is ours");
    let mut command = compare(&["process-basic"]);
    command.env("CARGO", cargo).process_group(0);
    let mut child = command.spawn().expect("it starts");
    let mut errors = child.stderr.take().expect("it is a pipe");
    read_until(&mut errors, "building");
    killpg(Pid::from_raw(child.id() as i32), Signal::SIGINT).expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

fn nothing_is_left_when_nobody_reads() {
    let file = fixture("wrong/never_ends.sh");
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

#[track_caller]
fn fits(text: &str, width: usize) {
    let wide = text.lines().find(|line| line.width() > width);
    assert_eq!(wide, None);
    assert!(!text.contains('\x1b'), "plain text has no escape sequences");
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
        assert!(length > 0, "it has ended without {text:?}");
        seen.extend(&buffer[..length]);
    }
}

fn read_all(screen: &mut impl Read) -> String {
    let mut seen = Vec::new();
    // The end of a terminal is an error.
    let _ = screen.read_to_end(&mut seen);
    String::from_utf8_lossy(&seen).into_owned()
}

fn echoes(terminal: impl AsFd) -> bool {
    let settings = tcgetattr(terminal).expect("it is a terminal");
    settings.local_flags.contains(LocalFlags::ECHO)
}
