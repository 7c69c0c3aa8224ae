//! What `process-pool` promises when something goes wrong.

use std::any;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read, Write, pipe};
use std::iter;
use std::os::unix::process::{CommandExt, ExitStatusExt, parent_id};
use std::panic;
use std::path::PathBuf;
use std::process::{self, Command, ExitStatus};
use std::sync::{LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use common::pid;
use ipc_queue::Queue;
use nix::errno::Errno;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction, signal};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, dup2_stderr, dup2_stdout, fork};
use process_basic::Process;
use process_pool::TaskErrorKind::{self, Codec, Lost, NotRun, Panicked, WorkerDied};
use process_pool::{AsyncResult, Pool, PoolError, TaskError};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tests::footprint::Footprint;
use tests::group::Group;
use tests::harness::Trial;
use tests::processes::{children_of, has_ended, is_stopped};
use tests::signals::{REAL_TIME, exited_with, killed_by, send, send_real_time};
use tests::stderr::stderr_of;
use tests::tasks::{check_full_strength, die_of, length_of, nap, overflow, sum};
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        a_panic_is_the_answer_and_the_worker_lives_on,
        a_panic_with_any_value_is_the_answer,
        join_reports_a_failure_that_nobody_took,
        join_reports_ten_of_many_failures_and_counts_all,
        an_error_names_its_task,
        a_dead_worker_costs_its_own_task_only,
        a_worker_killed_by_a_real_time_signal_is_replaced,
        a_worker_killed_idle_costs_nothing,
        a_worker_killed_with_a_call_unread_costs_nothing,
        a_worker_killed_within_a_long_message_costs_at_most_its_task,
        calls_and_answers_about_a_piece_long_arrive_whole,
        what_cannot_be_encoded_or_decoded_costs_its_own_task_only,
        get_after_terminate_fails_at_once,
        a_dropped_pool_does_not_wait_for_its_tasks,
        a_pool_of_no_processes_is_refused,
        no_process_is_started_while_threads_run,
        a_dead_fork_server_is_reported_and_nothing_waits,
        a_killed_parent_takes_its_busy_workers_and_their_children_along: alone,
        get_timeout_can_be_called_again,
        a_task_may_wait_for_a_later_task,
        a_process_that_a_task_left_behind_holds_nothing_up,
        a_task_that_returns_twice_answers_once,
        tasks_lost_to_a_closed_stdout_are_reported,
        a_pool_works_with_sigchld_ignored,
        ctrl_c_leaves_a_pool_to_a_program_that_handles_it,
        a_thread_that_holds_stdout_holds_nothing_up,
        a_dropped_pool_reports_the_tasks_that_were_not_done,
        a_worker_that_outlives_the_fork_server_holds_nothing_up,
        a_task_is_not_lost_to_a_worker_that_died_idle,
        #[cfg(debug_assertions)]
        a_pool_is_dropped_quietly_without_stderr,
        errors_read_as_sentences_in_both_forms,
        terminate_waits_until_the_workers_are_gone,
        terminate_reports_the_failures_that_nobody_took,
        the_end_of_the_program_reports_the_tasks_that_were_not_done,
        a_child_that_a_task_has_not_joined_comes_to_its_end,
        a_worker_has_the_programs_action_for_sigchld,
        a_program_that_a_task_runs_ignores_what_the_pools_program_ignores,
        the_fork_server_ends_when_the_program_executes_another,
        a_copy_of_the_program_leaves_its_pool_alone,
        workers_share_a_queue_that_was_made_before_the_pool,
        a_result_survives_a_stdout_that_takes_nothing,
    ]
}

fn a_panic_is_the_answer_and_the_worker_lives_on() {
    let printed = stderr_of(|| {
        let pool = Pool::new(1).unwrap();
        let worker = pool.apply(pid, ()).unwrap();
        let text = panic_of(pool.apply(divide, (1, 0)));
        assert_eq!(text, "attempt to divide by zero");
        assert_eq!(pool.apply(divide, (6, 2)), Ok(3));
        assert_eq!(pool.apply(pid, ()), Ok(worker));
        pool.close().join().unwrap();
    });
    // Rust's own hook prints it.
    let place = format!("panicked at {}:", file!());
    assert!(printed.contains(&place), "{printed}");
}

/// Why a task has no result.
#[track_caller]
fn failure<R: Debug>(result: Result<R, TaskError>) -> TaskErrorKind {
    result.unwrap_err().kind
}

#[track_caller]
fn panic_of<R: Debug>(result: Result<R, TaskError>) -> String {
    match failure(result) {
        Panicked(text) => text,
        other => panic!("{other}"),
    }
}

fn divide(a: u32, b: u32) -> u32 {
    a / b
}

fn a_panic_with_any_value_is_the_answer() {
    let pool = Pool::new(1).unwrap();
    let no_text = "a value that is not text";
    assert_eq!(panic_of(pool.apply(panic_with_a_number, ())), no_text);
    assert_eq!(panic_of(pool.apply(panic_twice, ())), no_text);
    let text = panic_of(pool.apply(panic_at_length, (1 << 20,)));
    assert!(text == "x".repeat(1 << 20));
    pool.close().join().unwrap();
}

/// The value of this panic panics again when it is dropped.
fn panic_twice() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("again");
        }
    }
    std::panic::panic_any(Bomb);
}

fn panic_with_a_number() {
    std::panic::panic_any(7);
}

fn panic_at_length(length: usize) {
    panic!("{}", "x".repeat(length));
}

fn join_reports_a_failure_that_nobody_took() {
    let pool = Pool::new(2).unwrap();
    drop(pool.apply_async(divide, (1, 0)));
    pool.apply_async(divide, (4, 2)).get().unwrap();
    let kept = pool.apply_async(divide, (3, 0));
    let taken = pool.apply_async(divide, (4, 0));
    while !kept.ready() {
        nap(1);
    }
    drop(kept);
    taken.get().unwrap_err();
    let failed = pool.close().join().unwrap_err();
    let PoolError::Failed { mut first, count } = failed else {
        panic!("{failed}");
    };
    first.sort_by_key(|failure| failure.number);
    let reports: Vec<String> = first.iter().map(TaskError::to_string).collect();
    let divide = type_name_of(divide);
    let why = "failed: it panicked: attempt to divide by zero";
    let expected = [0, 2].map(|number| format!("task {number} ({divide}) {why}"));
    assert_eq!((reports, count), (expected.to_vec(), 2));
}

fn type_name_of<T>(_: T) -> &'static str {
    any::type_name::<T>()
}

fn join_reports_ten_of_many_failures_and_counts_all() {
    let pool = Pool::new(2).unwrap();
    for _ in 0..30 {
        pool.apply_async(divide, (1, 0));
    }
    let failed = pool.close().join().unwrap_err();
    assert_eq!(failed.to_string().lines().count(), 11, "{failed}");
    assert!(failed.to_string().ends_with("\nand 20 more"), "{failed}");
}

fn an_error_names_its_task() {
    let pool = Pool::new(2).unwrap();
    pool.map(|n: u32| n, 0..100).unwrap();
    pool.apply(sum, (1, 2)).unwrap();
    let error = pool.apply(divide, (1, 0)).unwrap_err();
    let divide = type_name_of(divide);
    let why = "failed: it panicked: attempt to divide by zero";
    assert_eq!(error.to_string(), format!("task 1 ({divide}) {why}"));
    let error = pool.map(half, [2, 0]).unwrap_err();
    let half = type_name_of(half);
    assert_eq!(error.to_string(), format!("a task of map ({half}) {why}"));
    pool.close().join().unwrap();
}

fn half(n: u32) -> u32 {
    2 / n
}

fn a_dead_worker_costs_its_own_task_only() {
    type Die = fn(&Pool) -> AsyncResult<()>;
    let deaths: [(Die, ExitStatus); 7] = [
        (
            |pool| die(pool, Signal::SIGKILL),
            killed_by(Signal::SIGKILL),
        ),
        (
            |pool| die(pool, Signal::SIGTERM),
            killed_by(Signal::SIGTERM),
        ),
        (
            |pool| die(pool, Signal::SIGSEGV),
            killed_by(Signal::SIGSEGV),
        ),
        (
            |pool| pool.apply_async(|| process::abort(), ()),
            killed_by(Signal::SIGABRT),
        ),
        (
            |pool| pool.apply_async(overflow, (1,)),
            killed_by(Signal::SIGABRT),
        ),
        (
            |pool| pool.apply_async(|| process::exit(3), ()),
            exited_with(3),
        ),
        (
            |pool| pool.apply_async(|| process::exit(0), ()),
            exited_with(0),
        ),
    ];
    let pool = Pool::new(3).unwrap();
    let mut sums = Vec::new();
    for (die, how) in deaths {
        sums.push(pool.apply_async(sum, (1, 2)));
        let dead = die(&pool);
        sums.push(pool.apply_async(sum, (1, 2)));
        let (pid, status) = death_of(dead.get());
        assert_eq!(status, how);
        assert!(has_ended(pid));
    }
    for sum in sums {
        assert_eq!(sum.get(), Ok(3));
    }
    check_full_strength(&pool, 3);
    pool.close().join().unwrap();
}

/// Which worker died, and how.
#[track_caller]
fn death_of<R: Debug>(result: Result<R, TaskError>) -> (u32, ExitStatus) {
    match failure(result) {
        WorkerDied { pid, status } => (pid, status),
        other => panic!("{other}"),
    }
}

fn die(pool: &Pool, signal: Signal) -> AsyncResult<()> {
    pool.apply_async(die_of, (signal as i32,))
}

fn a_worker_killed_by_a_real_time_signal_is_replaced() {
    let pool = Pool::new(1).unwrap();
    let worker = pool.apply(pid, ()).unwrap();
    let task = long_tasks(&pool, 1, 1).remove(0);
    send_real_time(worker);
    let status = ExitStatus::from_raw(REAL_TIME);
    assert_eq!(death_of(task.get()), (worker, status));
    assert_eq!(pool.apply(sum, (1, 2)), Ok(3));
    pool.close().join().unwrap();
}

fn a_worker_killed_idle_costs_nothing() {
    let pool = Pool::new(1).unwrap();
    for n in 0..20 {
        let worker = pool.apply(pid, ()).unwrap();
        send(worker, Signal::SIGKILL);
        // A worker that is ending may still read a call, and loses it then.
        while !has_ended(worker) {
            nap(1);
        }
        assert_eq!(pool.apply(sum, (n, 2)), Ok(n + 2));
    }
    pool.close().join().unwrap();
}

fn a_worker_killed_with_a_call_unread_costs_nothing() {
    let pool = Pool::new(1).unwrap();
    for length in [0, 100_000, 10_000_000] {
        let worker = pool.apply(pid, ()).unwrap();
        send(worker, Signal::SIGSTOP);
        while !is_stopped(worker) {
            nap(1);
        }
        let task = pool.apply_async(length_of, (vec![0; length],));
        nap(100);
        send(worker, Signal::SIGKILL);
        assert_eq!(task.get(), Ok(length));
    }
    pool.close().join().unwrap();
}

fn a_worker_killed_within_a_long_message_costs_at_most_its_task() {
    const LONG: usize = 300_000;
    let pool = Pool::new(1).unwrap();
    let mut lost = 0;
    for microseconds in (0..10_000).step_by(500) {
        let worker = pool.apply(pid, ()).unwrap();
        let there_and_back = pool.apply_async(|bytes: Vec<u8>| bytes, (vec![7; LONG],));
        thread::sleep(Duration::from_micros(microseconds));
        send(worker, Signal::SIGKILL);
        match there_and_back.get() {
            Ok(bytes) => assert!(bytes == vec![7; LONG]),
            error => {
                assert_eq!(death_of(error), (worker, killed_by(Signal::SIGKILL)));
                lost += 1;
            }
        }
        // A worker that is ending may still read the next call.
        while !has_ended(worker) {
            nap(1);
        }
    }
    eprintln!("{lost} tasks were lost");
    pool.close().join().unwrap();
}

fn calls_and_answers_about_a_piece_long_arrive_whole() {
    // They travel in pieces of 16,000 bytes.
    let lengths = (15_980..=16_010).chain(31_980..=32_010).chain([5_000_000]);
    let pool = Pool::new(1).unwrap();
    for length in lengths {
        let bytes: Vec<u8> = (0..length).map(|n: usize| (n * n % 251) as u8).collect();
        let there_and_back = pool.apply(|bytes: Vec<u8>| bytes, (bytes.clone(),));
        assert!(there_and_back == Ok(bytes), "{length} bytes");
    }
    pool.close().join().unwrap();
}

/// Something that may refuse to be encoded, or to be decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Parcel {
    Fine,
    Closed,
    Rubbish,
}

impl Serialize for Parcel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Parcel::Fine => serializer.serialize_bool(true),
            Parcel::Closed => Err(S::Error::custom("it cannot be opened")),
            Parcel::Rubbish => serializer.serialize_bool(false),
        }
    }
}

impl<'de> Deserialize<'de> for Parcel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Parcel, D::Error> {
        match bool::deserialize(deserializer)? {
            true => Ok(Parcel::Fine),
            false => Err(D::Error::custom("it is rubbish")),
        }
    }
}

fn what_cannot_be_encoded_or_decoded_costs_its_own_task_only() {
    let parcel = |number| [Parcel::Fine, Parcel::Closed, Parcel::Rubbish][number];
    let pool = Pool::new(1).unwrap();
    let worker = pool.apply(pid, ()).unwrap();
    let results = [
        (
            pool.apply(accept, (Parcel::Closed,)).map(|()| Parcel::Fine),
            "its arguments of type (main::pool::Parcel,) cannot be encoded",
        ),
        (
            pool.apply(accept, (Parcel::Rubbish,))
                .map(|()| Parcel::Fine),
            "its arguments of type (main::pool::Parcel,) cannot be decoded",
        ),
        (
            pool.apply(parcel, (1,)),
            "its result of type main::pool::Parcel cannot be encoded",
        ),
        (
            pool.apply(parcel, (2,)),
            "its result of type main::pool::Parcel cannot be decoded",
        ),
    ];
    for (result, why) in results {
        match failure(result) {
            Codec(error) => assert!(error.starts_with(why), "{error}"),
            other => panic!("{other} instead of: {why}"),
        }
    }
    assert_eq!(pool.apply(parcel, (0,)), Ok(Parcel::Fine));
    assert_eq!(pool.apply(pid, ()), Ok(worker));
    pool.close().join().unwrap();
}

fn accept(_: Parcel) {}

fn get_after_terminate_fails_at_once() {
    let before = Footprint::now();
    let pool = Pool::new(2).unwrap();
    let done = pool.apply_async(sum, (1, 2));
    while !done.ready() {
        nap(1);
    }
    let mut undone = long_tasks(&pool, 4, 2);
    let waiting = undone.remove(0);
    let waiting = thread::spawn(|| waiting.get());
    pool.terminate();
    let why = "the pool was terminated".to_string();
    let (lost, not_run) = (Lost(why.clone()), NotRun(why));
    assert_eq!(failure(waiting.join().unwrap()), lost);
    let undone: Vec<_> = undone.into_iter().map(|task| failure(task.get())).collect();
    assert_eq!(undone, [lost, not_run.clone(), not_run]);
    assert_eq!(done.get(), Ok(3));
    before.check();
}

/// Submits tasks that do not end by themselves, and waits until the first of them run.
fn long_tasks(pool: &Pool, submitted: usize, running: usize) -> Vec<AsyncResult<()>> {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = (0..submitted)
        .map(|n| folder.path().join(n.to_string()))
        .collect();
    let begin = |file| {
        create(file);
        nap(600_000);
    };
    let tasks = files
        .iter()
        .map(|file| pool.apply_async(begin, (file.clone(),)));
    let tasks = tasks.collect();
    files.into_iter().take(running).for_each(wait_for);
    tasks
}

fn a_dropped_pool_does_not_wait_for_its_tasks() {
    let before = Footprint::now();
    for close in [false, true] {
        let pool = Pool::new(2).unwrap();
        let tasks: Vec<_> = (0..4).map(|_| pool.apply_async(nap, (600_000,))).collect();
        match close {
            false => drop(pool),
            true => drop(pool.close()),
        }
        for task in tasks {
            let error = task.get().unwrap_err().to_string();
            assert!(error.contains("the pool was dropped"), "{error}");
        }
        before.check();
    }
}

fn a_pool_of_no_processes_is_refused() {
    let error = Pool::new(0).err().unwrap();
    assert_eq!(error.to_string(), "a pool needs at least one process");
}

fn no_process_is_started_while_threads_run() {
    let before = Footprint::now();
    let pool = Pool::new(1).unwrap();
    let child = Process::new(|| (), ()).start();
    let error = child.unwrap_err().to_string();
    assert!(error.contains("threads run"), "{error}");
    assert!(error.contains("join a pool first"), "{error}");
    let error = Pool::new(1).err().unwrap().to_string();
    assert!(error.contains("join that pool first: only one"), "{error}");
    pool.close().join().unwrap();
    before.check();
    Process::new(|| (), ()).start().unwrap().join().unwrap();
}

fn a_dead_fork_server_is_reported_and_nothing_waits() {
    let before = Footprint::now();
    let pool = Pool::new(2).unwrap();
    let server = pool.apply(parent_id, ()).unwrap();
    let tasks = long_tasks(&pool, 4, 2);
    send(server, Signal::SIGKILL);
    let errors: Vec<_> = tasks.into_iter().map(|task| failure(task.get())).collect();
    let why = "the pool's fork server has ended with signal: 9 (SIGKILL)".to_string();
    let (lost, not_run) = (Lost(why.clone()), NotRun(why));
    assert_eq!(errors[..2], [lost.clone(), lost]);
    assert_eq!(errors[2..], [not_run.clone(), not_run.clone()]);
    assert_eq!(failure(pool.apply(sum, (1, 2))), not_run);
    assert_eq!(failure(pool.map(|n: u32| n, 0..100)), not_run);
    drop(pool.apply_async(sum, (1, 2)));
    let error = pool.close().join().unwrap_err().to_string();
    assert!(
        error.contains("it was not run: the pool's fork server"),
        "{error}"
    );
    before.check();
}

fn a_killed_parent_takes_its_busy_workers_and_their_children_along() {
    let (lines, stdout) = pipe().unwrap();
    dup2_stdout(stdout).unwrap();
    let parent = Process::new(keep_workers_busy, ()).start().unwrap();
    // A worker, a child of a worker, and a worker of a worker print a line each.
    assert_eq!(BufReader::new(lines).lines().take(3).flatten().count(), 3);
    parent.kill().unwrap();
    parent.join().unwrap();
    // The harness finds whoever is left when this process has ended.
}

fn keep_workers_busy() {
    let pool = Pool::new(3).unwrap();
    pool.apply_async(spin, ());
    pool.apply_async(
        || {
            Process::new(spin, ())
                .start()
                .unwrap()
                .join()
                .map(drop)
                .unwrap()
        },
        (),
    );
    pool.apply_async(|| Pool::new(1).unwrap().apply(spin, ()).unwrap(), ());
    pool.close().join().unwrap();
}

fn spin() {
    println!("busy");
    while black_box(true) {}
}

fn get_timeout_can_be_called_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let pool = Pool::new(1).unwrap();
    let mut task = pool.apply_async(wait_for, (file.clone(),));
    assert_eq!(task.get_timeout(Duration::from_millis(10)), Ok(None));
    create(file);
    assert_eq!(task.get_timeout(Duration::from_secs(60)), Ok(Some(())));
    pool.close().join().unwrap();
}

fn errors_read_as_sentences_in_both_forms() {
    let pool = Pool::new(1).unwrap();
    let died = die(&pool, Signal::SIGKILL).get().unwrap_err();
    drop(die(&pool, Signal::SIGKILL));
    let threads = Process::new(|| (), ()).start().unwrap_err();
    let failed = pool.close().join().unwrap_err();
    let errors: [&dyn std::error::Error; 8] = [
        &died,
        &threads,
        &failed,
        &process_basic::Error::Start(Errno::EAGAIN.into()),
        &PoolError::System(Errno::EMFILE.into()),
        &ipc_pipe::Error::from(ipc_pipe::Closed),
        &ipc_queue::Error::Closed,
        &ipc_queue::Error::Io(Errno::EMFILE.into()),
    ];
    for error in errors {
        let sentence = error.to_string();
        assert_eq!(format!("{error:?}"), sentence);
        // Else anyhow prints a part of the sentence twice.
        assert!(error.source().is_none(), "{sentence}");
        assert!(!sentence.contains(['{', '}']), "{sentence}");
    }
    assert!(
        failed.to_string().contains("task 1 (tests::tasks::die_of)"),
        "{failed}"
    );
    assert!(failed.to_string().contains("SIGKILL"), "{failed}");
}

fn a_task_may_wait_for_a_later_task() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::new(2).unwrap();
    pool.map(|n: u32| n, 0..1000).unwrap();
    let mut tasks = Vec::new();
    for number in 0..100 {
        let file = folder.path().join(number.to_string());
        tasks.push(pool.apply_async(wait_for, (file.clone(),)));
        tasks.push(pool.apply_async(create, (file,)));
    }
    for task in tasks {
        task.get().unwrap();
    }
    pool.close().join().unwrap();
}

fn wait_for(file: PathBuf) {
    while !file.exists() {
        nap(1);
    }
}

fn create(file: PathBuf) {
    File::create(file).unwrap();
}

fn a_process_that_a_task_left_behind_holds_nothing_up() {
    let before = Footprint::now();
    let pool = Pool::new(1).unwrap();
    let daemon = pool.apply(leave_a_daemon, ()).unwrap();
    let died = die(&pool, Signal::SIGKILL).get();
    pool.close().join().unwrap();
    let pool = Pool::new(1).unwrap();
    let another = pool.apply(leave_a_daemon, ()).unwrap();
    let task = pool.apply_async(nap, (600_000,));
    send(fork_server(), Signal::SIGKILL);
    let lost = task.get();
    pool.close().join().unwrap();
    assert!(!has_ended(daemon) && !has_ended(another));
    assert!(
        matches!(failure(died), WorkerDied { .. }),
        "a daemon's worker has died"
    );
    // The server may die before a worker has the task.
    assert!(matches!(failure(lost), Lost(_) | NotRun(_)));
    send(daemon, Signal::SIGKILL);
    send(another, Signal::SIGKILL);
    before.check();
}

/// Forks a process that lives on with all that the worker has open.
#[expect(unsafe_code, reason = "the bare fork is the fault")]
fn leave_a_daemon() -> u32 {
    // SAFETY: a worker has one thread, so no other thread can hold a lock that
    // the child would wait for.
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child.as_raw().cast_unsigned(),
        ForkResult::Child => loop {
            nap(600_000);
        },
    }
}

fn a_task_that_returns_twice_answers_once() {
    let pool = Pool::new(1).unwrap();
    for number in 0..100 {
        assert_eq!(pool.apply(fork_and_return, (number,)), Ok(number));
    }
    pool.close().join().unwrap();
}

#[expect(unsafe_code, reason = "the bare fork is the fault")]
fn fork_and_return(number: u32) -> u32 {
    // SAFETY: as in `leave_a_daemon`.
    unsafe { fork() }.unwrap();
    number
}

fn tasks_lost_to_a_closed_stdout_are_reported() {
    let (lines, stdout) = pipe().unwrap();
    dup2_stdout(&stdout).unwrap();
    drop((lines, stdout));
    let pool = Pool::new(2).unwrap();
    for number in 0..20 {
        pool.apply_async(print, (number,));
    }
    let Err(PoolError::Failed { first, count }) = pool.close().join() else {
        panic!("nothing was reported");
    };
    assert_eq!(count, 20);
    for TaskError { kind, .. } in first {
        let by_sigpipe = |status| status == killed_by(Signal::SIGPIPE);
        assert!(
            matches!(kind, WorkerDied { status, .. } if by_sigpipe(status)),
            "{kind}"
        );
    }
}

fn print(number: u32) {
    common::println!("Run task {number}...");
}

#[expect(unsafe_code, reason = "signal(2) has no safe form")]
fn a_pool_works_with_sigchld_ignored() {
    // SAFETY: to ignore a signal runs no code.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
    let before = Footprint::now();
    let pool = Pool::new(2).unwrap();
    for _ in 0..20 {
        let (_, status) = death_of(die(&pool, Signal::SIGKILL).get());
        assert_eq!(status, killed_by(Signal::SIGKILL));
        assert_eq!(pool.apply(sum, (1, 2)), Ok(3));
    }
    pool.close().join().unwrap();
    before.check();
}

/// The PID of the pool's fork server: this process has no other child.
fn fork_server() -> u32 {
    let children = children_of(pid());
    assert_eq!(children.len(), 1, "{children:?}");
    children[0]
}

#[expect(unsafe_code, reason = "signal(2) has no safe form")]
fn ctrl_c_leaves_a_pool_to_a_program_that_handles_it() {
    extern "C" fn handle(_: i32) {}
    let pool = Pool::new(2).unwrap();
    // SAFETY: a handler that does nothing may run at any moment.
    unsafe { signal(Signal::SIGINT, SigHandler::Handler(handle)) }.unwrap();
    let task = pool.apply_async(nap, (300,));
    nap(100);
    Group::led_by(pid()).signal(Signal::SIGINT);
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        send(fork_server(), signal);
    }
    assert_eq!(task.get(), Ok(()));
    die(&pool, Signal::SIGKILL).get().unwrap_err();
    check_full_strength(&pool, 2);
    pool.close().join().unwrap();
}

fn a_thread_that_holds_stdout_holds_nothing_up() {
    let pool = Pool::new(1).unwrap();
    assert_eq!(pool.apply(leave_a_thread_with_stdout, ()), Ok(()));
    pool.close().join().unwrap();
}

fn leave_a_thread_with_stdout() {
    let (locked, wait) = mpsc::channel();
    thread::spawn(move || {
        let _stdout = io::stdout().lock();
        locked.send(()).unwrap();
        nap(600_000);
    });
    wait.recv().unwrap();
}

fn a_dropped_pool_reports_the_tasks_that_were_not_done() {
    let printed = stderr_of(|| {
        let pool = Pool::new(1).unwrap();
        drop(pool.apply_async(exit, (3,)));
        pool.apply(sum, (1, 2)).unwrap();
        let _kept = pool.apply_async(nap, (600_000,));
        for _ in 0..4 {
            pool.apply_async(nap, (600_000,));
        }
        drop(pool.close());
        Pool::new(1).unwrap().terminate();
    });
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 2, "{printed}");
    assert!(
        lines[0].starts_with("Error: task 0 (main::pool::exit) failed: "),
        "{printed}"
    );
    assert!(
        lines[1].contains("dropped before it was joined, with 5 tasks undone"),
        "{printed}"
    );
}

/// A place that learns of the server's end takes its call back, and such a worker may
/// read the call at the same moment.
fn a_worker_that_outlives_the_fork_server_holds_nothing_up() {
    const WORKERS: usize = 32;
    let outlive = || {
        set_pdeathsig(None).unwrap();
        // Each worker gets one of these tasks.
        nap(20);
    };
    for _ in 0..20 {
        let pool = Pool::new(WORKERS).unwrap();
        let outliving: Vec<_> = (0..WORKERS)
            .map(|_| pool.apply_async(outlive, ()))
            .collect();
        outliving.into_iter().for_each(|task| task.get().unwrap());
        send(fork_server(), Signal::SIGKILL);
        while !children_of(pid()).is_empty() {
            nap(1);
        }
        let tasks: Vec<_> = (0..WORKERS)
            .map(|_| pool.apply_async(sum, (1, 2)))
            .collect();
        for task in tasks {
            // A place may learn of the server's end after its worker's answer.
            if let Err(error) = task.get() {
                assert!(matches!(error.kind, Lost(_) | NotRun(_)), "{error}");
            }
        }
        pool.close().join().unwrap();
    }
}

fn a_task_is_not_lost_to_a_worker_that_died_idle() {
    let pool = Pool::new(1).unwrap();
    for _ in 0..20 {
        let idle = pool.apply(pid, ()).unwrap();
        send(idle, Signal::SIGKILL);
        while children_of(fork_server()).contains(&idle) {
            nap(1);
        }
        let task = pool.apply_async(|| process::exit(3), ());
        let (pid, status) = death_of(AsyncResult::<()>::get(task));
        assert_eq!(status, exited_with(3));
        assert_ne!(pid, idle);
    }
    pool.close().join().unwrap();
}

fn a_pool_is_dropped_quietly_without_stderr() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    dup2_stderr(&full).unwrap();
    let pool = Pool::new(1).unwrap();
    pool.apply_async(nap, (600_000,));
    drop(pool);
}

fn terminate_waits_until_the_workers_are_gone() {
    let pool = Pool::new(1).unwrap();
    // Else the kernel would kill it when the fork server ends.
    let outlive = || {
        set_pdeathsig(None).unwrap();
        pid()
    };
    let worker = pool.apply(outlive, ()).unwrap();
    let _busy = long_tasks(&pool, 1, 1);
    pool.terminate();
    assert!(has_ended(worker));
}

fn terminate_reports_the_failures_that_nobody_took() {
    let printed = stderr_of(|| {
        let pool = Pool::new(1).unwrap();
        pool.apply_async(exit, (3,));
        let kept = pool.apply_async(exit, (4,));
        let waiting = pool.apply_async(nap, (600_000,));
        while !kept.ready() {
            nap(1);
        }
        pool.terminate();
        drop((kept, waiting));
    });
    let printed: Vec<&str> = printed.lines().collect();
    assert_eq!(printed.len(), 2, "{printed:?}");
    assert!(printed[0].starts_with("Error: task 0 (") && printed[0].ends_with("exit status: 3"));
    assert!(printed[1].starts_with("Error: task 1 (") && printed[1].ends_with("exit status: 4"));
}

fn exit(code: i32) {
    process::exit(code);
}

fn the_end_of_the_program_reports_the_tasks_that_were_not_done() {
    let printed = stderr_of(|| {
        let program = || {
            let pool = Pool::new(1).unwrap();
            pool.apply_async(exit, (3,));
            pool.apply(sum, (1, 2)).unwrap();
            pool.apply_async(nap, (600_000,));
            process::exit(5)
        };
        let program = Process::new(program, ()).start().unwrap();
        assert_eq!(program.join().unwrap(), exited_with(5));
    });
    let printed: Vec<&str> = printed.lines().collect();
    assert_eq!(printed.len(), 2, "{printed:?}");
    assert!(printed[0].starts_with("Error: task 0 (") && printed[0].ends_with("exit status: 3"));
    assert!(
        printed[1].contains("joined, with 1 task undone"),
        "{printed:?}"
    );
}

fn a_child_that_a_task_has_not_joined_comes_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let start_a_child = |file: PathBuf| {
        let create_late = || {
            nap(300);
            create(file);
        };
        Process::new(create_late, ()).start().unwrap();
    };
    let pool = Pool::new(1).unwrap();
    pool.apply(start_a_child, (file.clone(),)).unwrap();
    assert!(file.exists());
    pool.close().join().unwrap();
}

/// Otherwise the fork server's own would interrupt what a task waits for.
#[expect(unsafe_code, reason = "sigaction(2) has no safe form")]
fn a_worker_has_the_programs_action_for_sigchld() {
    let is_default = || {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        // SAFETY: the default action runs no code.
        let before = unsafe { sigaction(Signal::SIGCHLD, &default) };
        matches!(before.unwrap().handler(), SigHandler::SigDfl)
    };
    let pool = Pool::new(1).unwrap();
    assert_eq!(pool.apply(is_default, ()), Ok(true));
    pool.close().join().unwrap();
}

#[expect(unsafe_code, reason = "signal(2) has no safe form")]
fn a_program_that_a_task_runs_ignores_what_the_pools_program_ignores() {
    // SAFETY: neither action runs code of this program.
    unsafe { signal(Signal::SIGINT, SigHandler::SigIgn) }.unwrap();
    // SAFETY: as above.
    unsafe { signal(Signal::SIGQUIT, SigHandler::SigDfl) }.unwrap();
    let signal_itself = |signal: String| {
        let script = format!("ulimit -c 0; kill -{signal} $$");
        let status = Command::new("sh").args(["-c", &script]).status();
        status.unwrap().code()
    };
    let pool = Pool::new(1).unwrap();
    assert_eq!(pool.apply(signal_itself, ("INT".to_string(),)), Ok(Some(0)));
    assert_eq!(pool.apply(signal_itself, ("QUIT".to_string(),)), Ok(None));
    pool.close().join().unwrap();
}

fn the_fork_server_ends_when_the_program_executes_another() {
    let (mut printed, tell) = pipe().unwrap();
    let program = || {
        let pool = Pool::new(1).unwrap();
        let server = pool.apply(parent_id, ()).unwrap();
        (&tell).write_all(&server.to_le_bytes()).unwrap();
        Command::new("sleep").arg("600").exec()
    };
    let program = move || Err::<(), _>(program());
    let program = Process::new(program, ()).start().unwrap();
    let mut server = [0; 4];
    printed.read_exact(&mut server).unwrap();
    while !has_ended(u32::from_le_bytes(server)) {
        nap(1);
    }
    program.kill().unwrap();
    program.join().unwrap();
}

fn a_result_survives_a_stdout_that_takes_nothing() {
    dup2_stdout(File::options().write(true).open("/dev/full").unwrap()).unwrap();
    let print = || {
        print!("half a line");
        7
    };
    let mut result = None;
    let printed = stderr_of(|| {
        let pool = Pool::new(1).unwrap();
        result = Some(pool.apply(print, ()));
        pool.close().join().unwrap();
    });
    assert_eq!(result, Some(Ok(7)));
    assert!(
        printed.contains("cannot write to stdout: No space left"),
        "{printed}"
    );
}

#[expect(unsafe_code, reason = "the bare fork is the fault")]
fn a_copy_of_the_program_leaves_its_pool_alone() {
    let pool = Pool::new(1).unwrap();
    // SAFETY: the copy takes no lock: it drops the pool, and ends.
    let copy = match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            drop(pool);
            process::exit(0);
        }
    };
    waitpid(copy, None).unwrap();
    assert_eq!(pool.apply(sum, (1, 2)), Ok(3));
    pool.close().join().unwrap();
}

static QUEUE: LazyLock<Queue<u32>> = LazyLock::new(|| Queue::new().unwrap());

fn workers_share_a_queue_that_was_made_before_the_pool() {
    LazyLock::force(&QUEUE);
    let pool = Pool::new(2).unwrap();
    let put = pool.map(|n: u32| QUEUE.put(n).is_ok(), 0..20).unwrap();
    assert!(put.into_iter().all(|put| put));
    pool.close().join().unwrap();
    QUEUE.close().unwrap();
    let got: BTreeSet<u32> = iter::from_fn(|| QUEUE.get().unwrap()).collect();
    assert_eq!(got, (0..20).collect());
}
