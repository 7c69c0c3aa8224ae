//! What `process-basic` promises when something goes wrong.

use std::os::unix::process::ExitStatusExt;
use std::panic::panic_any;
use std::process::{self, ExitCode, ExitStatus, Termination};
use std::time::Duration;

use nix::sys::signal::{SigHandler, Signal, signal};
use process_basic::{Child, Process};
use tests::footprint::Footprint;
use tests::harness::Trial;
use tests::processes::has_ended;
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
        a_child_that_nobody_joined_is_waited_for,
        a_drop_that_waits_long_names_the_child,
    ]
}

fn the_status_of_a_child_is_how_it_ended() {
    fn status<T: Termination>(target: fn() -> T) -> ExitStatus {
        Process::new(target, ()).start().unwrap().join().unwrap()
    }
    assert_eq!(status(|| ExitCode::SUCCESS), exited_with(0));
    assert_eq!(status(|| ExitCode::from(7)), exited_with(7));
    assert_eq!(status(|| process::exit(9)), exited_with(9));
    assert_eq!(status::<()>(|| panic!("on purpose")), exited_with(101));
    assert_eq!(status(panic_twice), exited_with(101));
    assert_eq!(status(|| Err::<(), _>("on purpose")), exited_with(1));
    assert_eq!(status(|| process::abort()), killed_by(Signal::SIGABRT));

    let mut child = Process::new(nap, (60_000,)).start().unwrap();
    assert!(child.is_alive().unwrap());
    assert_eq!(child.join_timeout(Duration::from_millis(10)).unwrap(), None);
    child.terminate().unwrap();
    assert_eq!(child.join().unwrap(), killed_by(Signal::SIGTERM));
    let mut child = Process::new(nap, (60_000,)).start().unwrap();
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
    let child = Process::new(nap, (60_000,)).start().unwrap();
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
    let mut child = Process::new(nap, (60_000,)).start().unwrap();
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
    let mut child = Process::new(nap, (60_000,)).start().unwrap();
    let try_both = |sibling: &mut Child| {
        sibling.terminate().unwrap_err();
        sibling.is_alive().unwrap_err();
    };
    let other = Process::new(try_both, (&mut child,)).start().unwrap();
    assert!(other.join().unwrap().success());
    child.kill().unwrap();
    assert_eq!(child.join().unwrap(), killed_by(Signal::SIGKILL));
}

fn a_child_that_nobody_joined_is_waited_for() {
    let before = Footprint::now();
    for _ in 0..20 {
        let child = Process::new(nap, (5,)).start().unwrap();
        let pid = child.pid();
        drop(child);
        assert!(has_ended(pid));
    }
    before.check();
}

fn a_drop_that_waits_long_names_the_child() {
    let mut pid = 0;
    let printed = stderr_of(|| {
        let child = Process::new(nap, (2_500,)).start().unwrap();
        pid = child.pid();
        drop(child);
    });
    let sentence = format!("Still waiting for child process {pid}, which was not joined.\n");
    assert_eq!(printed, sentence);
}
