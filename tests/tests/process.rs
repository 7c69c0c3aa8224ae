//! What `process-basic` promises when something goes wrong.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::panic::{self, panic_any};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode, ExitStatus};
use std::time::Duration;

use nix::sys::ptrace;
use nix::sys::signal::{SigHandler, Signal, raise, signal};
use nix::sys::stat::fstat;
use nix::unistd::Pid;
use process_basic::{Child, Outcome, Process};
use tests::footprint::Footprint;
use tests::harness::Trial;
use tests::processes::{children_of, has_ended, is_stopped};
use tests::signals::{REAL_TIME, exited_with, killed_by, send_real_time};
use tests::stderr::stderr_of;
use tests::tasks::nap;
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        the_status_of_a_child_is_how_it_ended,
        a_child_killed_by_a_real_time_signal_can_be_joined,
        join_with_sigchld_ignored_is_a_clear_error,
        only_its_parent_can_signal_or_join_a_child,
        whatever_ends_a_program_it_waits_for_its_children,
        an_error_is_printed_before_the_children_are_waited_for,
        children_whose_handles_are_dropped_run_side_by_side,
        the_next_start_reaps_a_child_whose_handle_is_dropped,
        a_program_that_waits_long_at_its_end_names_its_children,
        a_daemon_is_not_waited_for,
        a_child_is_not_lost_to_an_argument_that_panics,
        errors_of_many_children_at_once_are_whole,
        a_traced_child_that_stops_has_not_ended,
    ]
}

fn the_status_of_a_child_is_how_it_ended() {
    fn status<T: Outcome>(target: fn() -> T) -> ExitStatus {
        Process::new(target, ()).start().unwrap().join().unwrap()
    }
    assert_eq!(status(|| ExitCode::SUCCESS), exited_with(0));
    assert_eq!(status(|| ExitCode::from(7)), exited_with(7));
    assert_eq!(status(|| process::exit(9)), exited_with(9));
    assert_eq!(status::<()>(|| panic!("on purpose")), exited_with(101));
    assert_eq!(status(panic_twice), exited_with(101));
    assert_eq!(status(|| Err::<(), _>("on purpose")), exited_with(1));
    assert_eq!(status(|| process::abort()), killed_by(Signal::SIGABRT));

    let mut child = Process::new(nap, (600_000,)).start().unwrap();
    assert!(child.is_alive().unwrap());
    assert_eq!(child.join_timeout(Duration::from_millis(10)).unwrap(), None);
    child.terminate().unwrap();
    assert_eq!(child.join().unwrap(), killed_by(Signal::SIGTERM));
    let mut child = Process::new(nap, (600_000,)).start().unwrap();
    child.kill().unwrap();
    while child.is_alive().unwrap() {}
    child.kill().unwrap();
    assert_eq!(child.join().unwrap(), killed_by(Signal::SIGKILL));
}

/// What it panics with panics when it is dropped.
fn panic_twice() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("again");
        }
    }
    panic_any(Bomb);
}

fn a_child_killed_by_a_real_time_signal_can_be_joined() {
    let before = Footprint::now();
    let child = Process::new(nap, (600_000,)).start().unwrap();
    send_real_time(child.pid());
    assert_eq!(child.join().unwrap().signal(), Some(REAL_TIME));
    before.check();
}

#[expect(unsafe_code, reason = "signal(2) has no safe form")]
fn join_with_sigchld_ignored_is_a_clear_error() {
    let before = Footprint::now();
    // SAFETY: to ignore a signal runs no code.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
    let child = Process::new(nap, (50,)).start().unwrap();
    let pid = child.pid();
    let error = child.join().unwrap_err().to_string();
    assert!(has_ended(pid));
    assert!(error.contains("SIGCHLD ignored"), "{error}");
    let mut child = Process::new(nap, (600_000,)).start().unwrap();
    assert!(child.is_alive().unwrap());
    child.kill().unwrap();
    while !has_ended(child.pid()) {
        nap(1);
    }
    child.kill().unwrap_err();
    child.is_alive().unwrap_err();
    child.kill().unwrap_err();
    drop(child);
    before.check();
}

fn only_its_parent_can_signal_or_join_a_child() {
    let mut child = Process::new(nap, (600_000,)).start().unwrap();
    let try_both = |sibling: &mut Child| {
        sibling.terminate().unwrap_err();
        sibling.is_alive().unwrap_err();
    };
    let other = Process::new(try_both, (&mut child,)).start().unwrap();
    assert!(other.join().unwrap().success());
    child.kill().unwrap();
    assert_eq!(child.join().unwrap(), killed_by(Signal::SIGKILL));
}

/// Ways in which a program ends.
const ENDS: [fn() -> Result<(), &'static str>; 4] = [
    || Ok(()),
    || Err("the error of main"),
    || panic!("a panic in main"),
    || process::exit(3),
];

fn whatever_ends_a_program_it_waits_for_its_children() {
    for end in ENDS {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        let program = || {
            Process::new(create_late, (&one,)).start().unwrap();
            let _kept = Process::new(create_late, (&other,)).start().unwrap();
            end()
        };
        let program = Process::new(program, ()).start().unwrap();
        program.join().unwrap();
        assert!(one.exists() && other.exists());
    }
}

fn create_late(file: &Path) {
    nap(300);
    File::create(file).unwrap();
}

fn an_error_is_printed_before_the_children_are_waited_for() {
    let printed = stderr_of(|| {
        let program = || {
            let child = || {
                while fstat(io::stderr()).unwrap().st_size == 0 {
                    nap(1);
                }
                eprintln!("the child ends");
            };
            Process::new(child, ()).start().unwrap();
            Err::<(), _>("the error of main")
        };
        let program = Process::new(program, ()).start().unwrap();
        assert_eq!(program.join().unwrap(), exited_with(1));
    });
    assert_eq!(printed, "Error: \"the error of main\"\nthe child ends\n");
}

fn children_whose_handles_are_dropped_run_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..4).map(|n| folder.path().join(n.to_string())).collect();
    let meet = |mine: &PathBuf| {
        File::create(mine).unwrap();
        while !files.iter().all(|file| file.exists()) {
            nap(1);
        }
    };
    let program = || {
        for file in &files {
            Process::new(meet, (file,)).start().unwrap();
        }
    };
    Process::new(program, ()).start().unwrap().join().unwrap();
}

fn the_next_start_reaps_a_child_whose_handle_is_dropped() {
    let start = || Process::new(|| (), ()).start().unwrap();
    let (kept, dropped) = (start(), start());
    let forgotten = dropped.pid();
    drop(dropped);
    for pid in [kept.pid(), forgotten] {
        while !has_ended(pid) {
            nap(1);
        }
    }
    assert!(children_of(process::id()).contains(&forgotten));
    let next = start();
    assert!(!children_of(process::id()).contains(&forgotten));
    assert_eq!(kept.join().unwrap(), exited_with(0));
    next.join().unwrap();
}

fn a_program_that_waits_long_at_its_end_names_its_children() {
    let printed = stderr_of(|| {
        let program = || {
            let pids = [4_000, 4_100].map(|time| Process::new(nap, (time,)).start().unwrap().pid());
            eprintln!("{}, {}", pids[0], pids[1]);
        };
        Process::new(program, ()).start().unwrap().join().unwrap();
    });
    let (pids, printed) = printed.split_once('\n').unwrap();
    let sentence = format!("Still waiting for child processes {pids}, which were not joined.\n");
    assert_eq!(printed, sentence);
}

fn a_daemon_is_not_waited_for() {
    let program = || {
        Process::new(nap, (600_000,)).daemon().start().unwrap();
    };
    Process::new(program, ()).start().unwrap().join().unwrap();
}

fn a_child_is_not_lost_to_an_argument_that_panics() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    let start = || Process::new(|_bomb: Bomb| (), (Bomb,)).start();
    panic::catch_unwind(start).unwrap_err();
    let child = children_of(process::id())[0];
    while !has_ended(child) {
        nap(1);
    }
    Process::new(|| (), ()).start().unwrap().join().unwrap();
    assert!(children_of(process::id()).is_empty());
}

fn errors_of_many_children_at_once_are_whole() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "Debug reads the fields")]
    struct Detailed {
        one: &'static str,
        other: [u32; 4],
    }
    let error = Detailed {
        one: "printed in many pieces",
        other: [1, 2, 3, 4],
    };
    let line = format!("Error: {error:?}");
    let printed = stderr_of(|| {
        let fail = || Err::<(), _>(&error);
        let children: Vec<Child> = (0..100)
            .map(|_| Process::new(fail, ()).start().unwrap())
            .collect();
        for child in children {
            child.join().unwrap();
        }
    });
    assert_eq!(printed.lines().count(), 100);
    assert!(printed.lines().all(|printed| printed == line), "{printed}");
}

fn a_traced_child_that_stops_has_not_ended() {
    let stop = || {
        ptrace::traceme().unwrap();
        raise(Signal::SIGSTOP).unwrap();
        ExitCode::from(7)
    };
    let mut child = Process::new(stop, ()).start().unwrap();
    while !is_stopped(child.pid()) {
        nap(1);
    }
    // waitpid(2) tells of the stop once.
    assert_eq!(child.join_timeout(Duration::from_millis(10)).unwrap(), None);
    ptrace::detach(Pid::from_raw(child.pid().cast_signed()), None).unwrap();
    assert_eq!(child.join().unwrap(), exited_with(7));
}
