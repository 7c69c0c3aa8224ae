//! However a chapter is ended, and whichever of its processes: it comes to an
//! end, and nothing of it is left.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use procfs::process::FDTarget;
use rand::RngExt;
use tests::chance::{chance, times};
use tests::harness::Trial;
use tests::processes::{children_of, descriptors_of, parent_of};
use tests::program::{Ended, Program};
use tests::signals::send;
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        nothing_is_left_of_process_basic,
        nothing_is_left_of_process_pool,
        nothing_is_left_of_ipc_queue,
        nothing_is_left_of_ipc_pipe,
        nothing_is_left_of_threading_basic,
        a_killed_fork_server_ends_the_chapter_with_an_error,
        a_killed_writer_or_reader_ends_the_queue_chapter,
        a_killed_listener_ends_the_pipe_chapter_with_an_error,
        each_process_of_a_pool_has_no_other_sockets_than_it_should,
    ]
}

/// Chapters do all they do within that time, but for naps.
const MOMENTS: Duration = Duration::from_millis(300);

/// How often a chapter is ended in one way.
const ROUNDS: usize = 3;

fn nothing_is_left_of_process_basic() {
    nothing_is_left_of("process-basic", Duration::from_millis(5));
}

fn nothing_is_left_of_process_pool() {
    nothing_is_left_of("process-pool", MOMENTS);
}

fn nothing_is_left_of_ipc_queue() {
    nothing_is_left_of("ipc-queue", MOMENTS);
}

fn nothing_is_left_of_ipc_pipe() {
    nothing_is_left_of("ipc-pipe", Duration::from_millis(5));
}

fn nothing_is_left_of_threading_basic() {
    nothing_is_left_of("threading-basic", MOMENTS);
}

/// Signals the program, and all of its processes at once as a terminal does.
fn nothing_is_left_of(chapter: &str, moments: Duration) {
    let mut chance = chance();
    for _ in 0..ROUNDS * times() {
        for signal in [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT] {
            for to_all in [false, true] {
                let temporary = tempfile::tempdir().unwrap();
                let program = Program::start(chapter, Some(temporary.path()));
                thread::sleep(moments.mul_f64(chance.random()));
                match to_all {
                    true => program.signal_all(signal),
                    false => send(program.pid(), signal),
                }
                let ended = program.end();
                check_signalled(&ended, signal);
                let files = fs::read_dir(temporary.path()).unwrap();
                assert_eq!(files.count(), 0, "{chapter} left files");
            }
        }
    }
}

/// The signal has ended it at once and quietly, unless it came too late.
fn check_signalled(ended: &Ended, signal: Signal) {
    let by_signal = ended.status.signal() == Some(signal as i32);
    assert!(by_signal || ended.status.success(), "{ended:?}");
    assert_eq!(ended.stderr, "");
    assert!(ended.left_behind.is_empty(), "{ended:?}");
}

fn a_killed_fork_server_ends_the_chapter_with_an_error() {
    let mut chance = chance();
    for _ in 0..ROUNDS * times() {
        let mut program = Program::start("process-pool", None);
        let worker = number_behind(&program.line_with("Run task"), "(");
        let server = parent_of(worker);
        assert_eq!(parent_of(server), program.pid());
        thread::sleep(MOMENTS.mul_f64(chance.random()));
        send(server, Signal::SIGKILL);
        let ended = program.end();
        assert_eq!(ended.status.code(), Some(1));
        assert!(ended.left_behind.is_empty(), "{ended:?}");
        let report = "the pool's fork server has ended";
        assert!(ended.stderr.contains(report), "{ended:?}");
    }
}

fn a_killed_writer_or_reader_ends_the_queue_chapter() {
    let mut chance = chance();
    for round in 0..ROUNDS * times() {
        let victim = ["Process to write", "Process to read"][round % 2];
        let mut program = Program::start("ipc-queue", None);
        let victim = number_behind(&program.line_with(victim), ": ");
        thread::sleep(MOMENTS.mul_f64(chance.random()));
        send(victim, Signal::SIGKILL);
        let ended = program.end();
        assert!(ended.status.success(), "{ended:?}");
        assert!(ended.left_behind.is_empty(), "{ended:?}");
    }
}

fn a_killed_listener_ends_the_pipe_chapter_with_an_error() {
    for _ in 0..ROUNDS * times() {
        let mut program = Program::start("ipc-pipe", None);
        let child = number_behind(&program.line_with("is listening"), "process ");
        send(child, Signal::SIGKILL);
        let ended = program.end();
        assert!(ended.left_behind.is_empty(), "{ended:?}");
        if !ended.status.success() {
            assert_eq!(ended.status.code(), Some(1));
            let report = "the other side of the pipe has closed it, or its process has ended";
            assert_eq!(ended.stderr, format!("Error: {report}\n"));
        }
    }
}

/// A worker has two ends of its own mailbox; the fork server has those of all workers,
/// and its link to the program.
fn each_process_of_a_pool_has_no_other_sockets_than_it_should() {
    let mut program = Program::start("process-pool", None);
    let server = parent_of(number_behind(&program.line_with("Run task"), "("));
    let workers = children_of(server);
    assert_eq!(workers.len(), 4);
    let server = sockets(server);
    assert_eq!(server.len(), 4 * 2 + 1);
    assert_eq!(server.difference(&sockets(program.pid())).count(), 1);
    let mut own = BTreeSet::new();
    for worker in workers {
        let sockets = sockets(worker);
        assert_eq!(sockets.len(), 2);
        assert!(server.is_superset(&sockets));
        own.extend(sockets);
    }
    assert_eq!(own.len(), 4 * 2);
}

/// The sockets of a process that the test does not have as well.
fn sockets(pid: u32) -> BTreeSet<u64> {
    let of = |pid| descriptors_of(pid).into_iter().filter_map(socket);
    let inherited: BTreeSet<u64> = of(process::id()).collect();
    of(pid).filter(|inode| !inherited.contains(inode)).collect()
}

fn socket((_, target): (i32, FDTarget)) -> Option<u64> {
    match target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    }
}

/// The number that follows `mark`.
fn number_behind(line: &str, mark: &str) -> u32 {
    let (_, rest) = line.split_once(mark).unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}
