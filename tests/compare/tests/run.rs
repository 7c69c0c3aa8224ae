//! What is recorded of a run.

use std::process::Command;
use std::time::Duration;

use compare::{Ending, Limits, Line, Output, Run, Stdout, Transcript};

use tests::harness::Trial;
use tests::trials;

use crate::tool::python;

pub fn trials() -> Vec<Trial> {
    trials![
        an_error_comes_after_what_was_printed_before_it,
        each_line_has_the_process_that_wrote_it,
        each_line_has_the_thread_that_wrote_it,
        a_line_may_have_two_writers,
        what_goes_into_a_pipe_is_of_the_one_that_hands_it_on,
        bytes_without_a_write_are_nobodys,
        an_interrupted_write_counts_as_far_as_it_came,
        a_stopped_process_stays_stopped,
        a_program_is_ended_at_its_limit,
    ]
}

fn run(mut command: Command, stdout: Stdout) -> Transcript {
    command.env("PYTHONUNBUFFERED", "");
    let run = Run::start(command, stdout, Limits::default());
    run.expect("the command starts").finish()
}

fn shell(script: &str) -> Transcript {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    run(command, Stdout::Terminal)
}

/// What Python prints.
fn python_runs(script: &str) -> Transcript {
    let mut command = Command::new(python());
    command.args(["-c", script]);
    run(command, Stdout::Terminal)
}

/// The process that wrote the line, by the kernel.
#[track_caller]
fn process(line: &Line) -> u32 {
    let writer = line.writer();
    writer
        .unwrap_or_else(|| panic!("no writer: {line:?}"))
        .process
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

fn each_line_has_the_process_that_wrote_it() {
    let script = "echo $$; /bin/sh -c 'echo $$; echo $$ >&2'; echo $$";
    for stdout in [Stdout::Terminal, Stdout::Pipe] {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let transcript = run(command, stdout);
        let lines = transcript.lines.iter().chain(&transcript.errors);
        let lines: Vec<&Line> = lines.collect();
        assert_eq!(lines.len(), 4, "{transcript:?}");
        for line in lines {
            assert_eq!(process(line).to_string(), line.text);
        }
    }
}

fn each_line_has_the_thread_that_wrote_it() {
    let script = "import threading\ndef tell(): print(threading.get_native_id())\n\
                  tell()\nt = threading.Thread(target=tell); t.start(); t.join()";
    let transcript = python_runs(script);
    let writers = transcript.lines.iter().map(|line| line.writer().unwrap());
    let writers: Vec<_> = writers.collect();
    let [main, other] = writers.as_slice() else {
        panic!("{transcript:?}")
    };
    assert_eq!(main.process, other.process);
    let threads = [main, other].map(|writer| writer.thread.to_string());
    assert_eq!(transcript.texts(), threads);
}

fn a_line_may_have_two_writers() {
    let transcript = shell("printf 'I am '; /bin/sh -c 'echo $$'");
    let line = &transcript.lines[0];
    assert_eq!(line.writer(), None, "{line:?}");
    let (first, last) = (line.writer_at(0), line.writer_at(5));
    assert_ne!(first, last);
    let last = last.expect("it is known").process;
    assert_eq!(line.text, format!("I am {last}"));
}

fn what_goes_into_a_pipe_is_of_the_one_that_hands_it_on() {
    let transcript = shell("/bin/sh -c 'echo $$' | /bin/cat");
    let (line, end) = (&transcript.lines[0], transcript.end.as_ref().unwrap());
    let pid: u32 = line.text.parse().expect("a PID");
    assert_ne!(process(line), pid);
    assert!(end.elsewhere.contains(&pid), "{transcript:?}");
}

/// sendfile(2) is no write.
fn bytes_without_a_write_are_nobodys() {
    let script = "import os\nprint('mine', flush=True)\n\
                  import tempfile; f = tempfile.TemporaryFile()\n\
                  f.write(b'sent\\n'); f.flush()\nos.sendfile(1, f.fileno(), 0, 5)\n\
                  print('mine again')";
    let transcript = python_runs(script);
    assert_eq!(transcript.texts(), ["mine", "sent", "mine again"]);
    let known = transcript.lines.iter().map(|line| line.writer().is_some());
    assert_eq!(known.collect::<Vec<_>>(), [true, false, true]);
}

/// Signals interrupt the write, and the program writes the rest again.
fn an_interrupted_write_counts_as_far_as_it_came() {
    let script = "import os, signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\n\
                  text = (b'x' * 999 + b'\\n') * 200\n\
                  while text:\n    signal.setitimer(signal.ITIMER_REAL, 0.001)\n    \
                  text = text[os.write(1, text):]\n\
                  signal.setitimer(signal.ITIMER_REAL, 0)\nprint('end')";
    let transcript = python_runs(script);
    assert_eq!(transcript.lines.len(), 201);
    let all_known = transcript.lines.iter().all(|line| line.writer().is_some());
    assert!(all_known, "{:?}", transcript.end);
}

/// Its parent sees it stopped, and continues it.
fn a_stopped_process_stays_stopped() {
    let script = "import os, signal\npid = os.fork()\n\
                  if pid == 0:\n    os.kill(os.getpid(), signal.SIGSTOP)\n    print('on', flush=True)\n    \
                  os._exit(0)\n\
                  _, status = os.waitpid(pid, os.WUNTRACED)\n\
                  print(os.WIFSTOPPED(status), flush=True)\nos.kill(pid, signal.SIGCONT)\n\
                  print(os.waitpid(pid, 0)[1])";
    let transcript = python_runs(script);
    assert_eq!(transcript.texts(), ["True", "on", "0"]);
}

/// It leaves nothing behind: that would be its own doing.
fn a_program_is_ended_at_its_limit() {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "echo Waiting; /bin/sleep 100"]);
    let limits = Limits {
        time: Duration::from_secs(3),
        ..Limits::default()
    };
    let run = Run::start(command, Stdout::Terminal, limits).expect("it starts");
    let transcript = run.finish();
    assert_eq!(transcript.texts(), ["Waiting"]);
    let end = transcript.end.expect("it has ended");
    assert!(matches!(end.ending, Ending::TimeLimit(_)), "{end:?}");
    assert_eq!(end.left_behind, 0);
}
