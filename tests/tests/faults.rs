//! Each fault that a library promises an answer for, and that answer.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Seek, pipe as pipe_of_bytes};
use std::os::unix::process::{ExitStatusExt, parent_id};
use std::process::{self, Command, ExitCode, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use common::pid;
use ipc_pipe::{Connection, pipe};
use ipc_queue::Queue;
use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, kill, raise, signal as set_handler};
use nix::unistd::{Pid, dup2_stderr, dup2_stdout};
use process_basic::{Child, Process};
use process_pool::{AsyncResult, Failure, Pool, PoolError, TaskError};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tests::alone;
use tests::footprint::Footprint;
use tests::group::Group;
use tests::processes::{has_ended, is_stopped};

alone![
    a_panic_is_the_answer_and_the_worker_lives_on,
    a_panic_with_any_value_is_the_answer,
    a_failure_that_nobody_took_is_told_by_join,
    a_dead_worker_costs_its_own_task_only,
    a_worker_killed_by_a_real_time_signal_is_replaced,
    a_worker_killed_idle_costs_nothing,
    a_worker_killed_with_a_call_unread_costs_nothing,
    a_worker_killed_within_a_long_message_costs_at_most_its_task,
    what_cannot_be_encoded_or_decoded_costs_its_own_task_only,
    get_after_terminate_fails_at_once,
    a_dropped_pool_does_not_wait_for_its_tasks,
    a_pool_of_no_processes_is_refused,
    no_process_is_started_while_threads_run,
    a_dead_fork_server_is_told_and_nothing_waits,
    a_killed_parent_takes_its_busy_workers_and_theirs_along,
    a_child_tells_how_it_ended,
    a_child_killed_by_a_real_time_signal_can_be_joined,
    join_says_why_it_cannot_tell_when_sigchld_is_ignored,
    only_its_parent_can_signal_or_join_a_child,
    a_child_that_nobody_joined_is_waited_for,
    a_drop_that_waits_long_says_for_whom,
    get_timeout_gives_the_handle_back,
    a_reader_killed_among_large_items_holds_nobody_up,
    a_pipe_to_a_killed_process_is_closed,
    errors_read_as_sentences_in_both_forms,
];

fn a_panic_is_the_answer_and_the_worker_lives_on() {
    let pool = Pool::new(1).unwrap();
    let worker = pool.apply(pid, ()).unwrap();
    let error = pool.apply(divide, (1, 0)).unwrap_err();
    assert_eq!(
        error,
        TaskError::Panicked("attempt to divide by zero".into())
    );
    assert_eq!(pool.apply(divide, (6, 2)), Ok(3));
    assert_eq!(pool.apply(pid, ()), Ok(worker));
    pool.close().join().unwrap();
}

fn divide(a: u32, b: u32) -> u32 {
    a / b
}

fn a_panic_with_any_value_is_the_answer() {
    let pool = Pool::new(1).unwrap();
    let error = pool.apply(panic_with_a_number, ()).unwrap_err();
    let no_text = "with a value that is not text";
    assert_eq!(error, TaskError::Panicked(no_text.into()));
    let error = pool.apply(panic_twice, ()).unwrap_err();
    assert_eq!(error, TaskError::Panicked(no_text.into()));
    let error = pool.apply(panic_at_length, (1 << 20,));
    assert_eq!(error, Err(TaskError::Panicked("x".repeat(1 << 20))));
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

fn a_failure_that_nobody_took_is_told_by_join() {
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
    let PoolError::Failed(mut failures) = failed else {
        panic!("{failed}");
    };
    failures.sort_by_key(|failure| failure.task);
    let expected = [0, 2].map(|number| Failure {
        task: Some((number, "faults::divide")),
        error: TaskError::Panicked("attempt to divide by zero".into()),
    });
    assert_eq!(failures, expected);
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
            ExitStatus::from_raw(3 << 8),
        ),
        (
            |pool| pool.apply_async(|| process::exit(0), ()),
            ExitStatus::from_raw(0),
        ),
    ];
    let pool = Pool::new(3).unwrap();
    let mut sums = Vec::new();
    for (die, how) in deaths {
        sums.push(pool.apply_async(sum, (1, 2)));
        let dead = die(&pool);
        sums.push(pool.apply_async(sum, (1, 2)));
        let error = dead.get().unwrap_err();
        let TaskError::WorkerDied { pid, status } = error else {
            panic!("{error}");
        };
        assert_eq!(status, how);
        assert!(has_ended(pid));
    }
    for sum in sums {
        assert_eq!(sum.get(), Ok(3));
    }
    check_full_strength(&pool, 3);
    pool.close().join().unwrap();
}

fn die(pool: &Pool, signal: Signal) -> AsyncResult<()> {
    pool.apply_async(die_of, (signal as i32,))
}

fn die_of(signal: i32) {
    // Rust's own handler lets the first SIGSEGV pass, to fault again.
    loop {
        raise(Signal::try_from(signal).unwrap()).unwrap();
    }
}

fn sum(a: u32, b: u32) -> u32 {
    a + b
}

fn killed_by(signal: Signal) -> ExitStatus {
    ExitStatus::from_raw(signal as i32)
}

#[expect(unconditional_recursion, reason = "that is the fault")]
fn overflow(depth: u64) {
    overflow(black_box(depth + 1));
    black_box(depth);
}

/// As many tasks as the pool has workers can run at once, each on its own.
fn check_full_strength(pool: &Pool, workers: usize) {
    let tasks: Vec<_> = (0..workers)
        .map(|_| pool.apply_async(pid_later, ()))
        .collect();
    let mut pids: Vec<u32> = tasks.into_iter().map(|task| task.get().unwrap()).collect();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), workers);
}

fn pid_later() -> u32 {
    nap(200);
    pid()
}

fn nap(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

/// Sends a real-time signal, which nix cannot name.
fn signal_real_time(pid: u32) {
    let script = format!("kill -40 {pid}");
    assert!(
        Command::new("sh")
            .args(["-c", &script])
            .status()
            .unwrap()
            .success()
    );
}

fn a_worker_killed_by_a_real_time_signal_is_replaced() {
    let pool = Pool::new(1).unwrap();
    let worker = pool.apply(pid, ()).unwrap();
    let task = pool.apply_async(nap, (60_000,));
    nap(50);
    signal_real_time(worker);
    let error = task.get().unwrap_err().to_string();
    assert!(error.contains("real-time signal"), "{error}");
    assert_eq!(pool.apply(sum, (1, 2)), Ok(3));
    pool.close().join().unwrap();
}

fn a_worker_killed_idle_costs_nothing() {
    let pool = Pool::new(1).unwrap();
    for n in 0..20 {
        let worker = pool.apply(pid, ()).unwrap();
        signal(worker, Signal::SIGKILL);
        // One that is ending may still read a call, and has it then.
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
        signal(worker, Signal::SIGSTOP);
        while !is_stopped(worker) {
            nap(1);
        }
        let task = pool.apply_async(length_of, (vec![0; length],));
        nap(100);
        signal(worker, Signal::SIGKILL);
        assert_eq!(task.get(), Ok(length));
    }
    pool.close().join().unwrap();
}

fn length_of(bytes: Vec<u8>) -> usize {
    bytes.len()
}

fn a_worker_killed_within_a_long_message_costs_at_most_its_task() {
    const LONG: usize = 1_000_000;
    let pool = Pool::new(1).unwrap();
    let mut lost = 0;
    for microseconds in (0..10_000).step_by(500) {
        let worker = pool.apply(pid, ()).unwrap();
        let there_and_back = pool.apply_async(|bytes: Vec<u8>| bytes, (vec![7; LONG],));
        thread::sleep(Duration::from_micros(microseconds));
        signal(worker, Signal::SIGKILL);
        match there_and_back.get() {
            Ok(bytes) => assert!(bytes == vec![7; LONG]),
            Err(TaskError::WorkerDied { pid, status }) => {
                assert_eq!((pid, status), (worker, killed_by(Signal::SIGKILL)));
                lost += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    eprintln!("{lost} tasks were lost");
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
            "its arguments cannot be encoded",
        ),
        (
            pool.apply(accept, (Parcel::Rubbish,))
                .map(|()| Parcel::Fine),
            "its arguments cannot be decoded",
        ),
        (pool.apply(parcel, (1,)), "its result cannot be encoded"),
        (pool.apply(parcel, (2,)), "its result cannot be decoded"),
    ];
    for (result, why) in results {
        match result {
            Err(TaskError::Codec(error)) => assert!(error.starts_with(why), "{error}"),
            other => panic!("{other:?} instead of: {why}"),
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
    let mut undone: Vec<_> = (0..4).map(|_| pool.apply_async(nap, (60_000,))).collect();
    let waiting = undone.remove(0);
    let waiting = thread::spawn(|| waiting.get());
    nap(50);
    pool.terminate();
    assert_eq!(waiting.join().unwrap(), Err(TaskError::Terminated));
    for task in undone {
        assert_eq!(task.get(), Err(TaskError::Terminated));
    }
    assert_eq!(done.get(), Ok(3));
    before.check();
}

fn a_dropped_pool_does_not_wait_for_its_tasks() {
    let before = Footprint::now();
    for close in [false, true] {
        let pool = Pool::new(2).unwrap();
        let tasks: Vec<_> = (0..4).map(|_| pool.apply_async(nap, (60_000,))).collect();
        match close {
            false => drop(pool),
            true => drop(pool.close()),
        }
        for task in tasks {
            assert_eq!(task.get(), Err(TaskError::Terminated));
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
    assert!(error.contains("while 2 threads run"), "{error}");
    assert!(error.contains("join a pool first"), "{error}");
    let error = Pool::new(1).err().unwrap().to_string();
    assert!(error.contains("while 2 threads run"), "{error}");
    pool.close().join().unwrap();
    before.check();
    Process::new(|| (), ()).start().unwrap().join().unwrap();
}

fn a_dead_fork_server_is_told_and_nothing_waits() {
    let before = Footprint::now();
    let pool = Pool::new(2).unwrap();
    let server = pool.apply(parent_id, ()).unwrap();
    let tasks: Vec<_> = (0..4).map(|_| pool.apply_async(nap, (60_000,))).collect();
    nap(50);
    signal(server, Signal::SIGKILL);
    for task in tasks {
        check_no_server(&task.get().unwrap_err());
    }
    check_no_server(&pool.apply(sum, (1, 2)).unwrap_err());
    check_no_server(&pool.map(|n: u32| n, 0..100).unwrap_err());
    let error = pool.close().join().unwrap_err().to_string();
    assert!(error.contains("workers were not replaced"), "{error}");
    before.check();
}

fn check_no_server(error: &TaskError) {
    let told = error
        .to_string()
        .contains("the pool's fork server has ended");
    assert!(matches!(error, TaskError::NoWorker(_)) && told, "{error}");
}

fn a_killed_parent_takes_its_busy_workers_and_theirs_along() {
    let (lines, stdout) = pipe_of_bytes().unwrap();
    dup2_stdout(stdout).unwrap();
    let parent = Process::new(keep_workers_busy, ()).start().unwrap();
    // One line each of a worker, a worker's child, and a worker's worker.
    assert_eq!(BufReader::new(lines).lines().take(3).flatten().count(), 3);
    parent.kill().unwrap();
    parent.join().unwrap();
    // The harness finds whoever is left when this process has ended.
    let started = Instant::now();
    while Group::led_by(pid()).running().len() > 1 {
        assert!(started.elapsed() < Duration::from_secs(1), "some are left");
        nap(5);
    }
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

fn a_child_tells_how_it_ended() {
    let code = |code: i32| ExitStatus::from_raw(code << 8);
    let status =
        |target: fn() -> ExitCode| Process::new(target, ()).start().unwrap().join().unwrap();
    assert_eq!(status(|| ExitCode::SUCCESS), code(0));
    assert_eq!(status(|| ExitCode::from(7)), code(7));
    assert_eq!(status(|| process::exit(9)), code(9));
    assert_eq!(status(|| panic!("on purpose")), code(101));
    assert_eq!(
        Process::new(panic_twice, ())
            .start()
            .unwrap()
            .join()
            .unwrap(),
        code(101)
    );
    assert_eq!(status(|| process::abort()), killed_by(Signal::SIGABRT));
    let failing = Process::new(|| Err::<(), _>("on purpose"), ())
        .start()
        .unwrap();
    assert_eq!(failing.join().unwrap(), code(1));

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

fn a_child_killed_by_a_real_time_signal_can_be_joined() {
    let before = Footprint::now();
    let child = Process::new(nap, (60_000,)).start().unwrap();
    signal_real_time(child.pid());
    let error = child.join().unwrap_err().to_string();
    assert!(error.contains("real-time signal"), "{error}");
    let child = Process::new(nap, (60_000,)).start().unwrap();
    signal_real_time(child.pid());
    drop(child);
    before.check();
}

#[expect(unsafe_code, reason = "signal(2) has no safe form")]
fn join_says_why_it_cannot_tell_when_sigchld_is_ignored() {
    let before = Footprint::now();
    // SAFETY: to ignore a signal runs no code.
    unsafe { set_handler(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
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

fn a_reader_killed_among_large_items_holds_nobody_up() {
    let before = Footprint::now();
    let queue = Queue::new().unwrap();
    let writer = Process::new(write, (&queue,)).start().unwrap();
    for n in 0..20 {
        let reader = Process::new(read, (&queue,)).start().unwrap();
        nap(n);
        reader.kill().unwrap();
        reader.join().unwrap();
    }
    let reader = Process::new(read, (&queue,)).start().unwrap();
    assert!(writer.join().unwrap().success());
    queue.close().unwrap();
    assert!(reader.join().unwrap().success());
    drop(queue);
    before.check();
}

fn write(queue: &Queue<String>) {
    for _ in 0..100 {
        queue.put("x".repeat(4_000_000)).unwrap();
    }
}

fn read(queue: &Queue<String>) {
    while let Some(item) = queue.get().unwrap() {
        assert_eq!(item.len(), 4_000_000);
    }
}

fn a_pipe_to_a_killed_process_is_closed() {
    let (mut conn, child_conn) = pipe::<String, String>().unwrap();
    let listen = |mut conn: Connection<String, String>| while let Ok(Some(_)) = conn.recv() {};
    let child = Process::new(listen, (child_conn,)).start().unwrap();
    child.kill().unwrap();
    child.join().unwrap();
    assert!(matches!(conn.recv(), Ok(None)));
    let error = conn.send("hello").unwrap_err();
    assert!(matches!(error, ipc_pipe::Error::Closed(_)), "{error}");
}

fn a_drop_that_waits_long_says_for_whom() {
    let mut stderr = tempfile::tempfile().unwrap();
    dup2_stderr(&stderr).unwrap();
    let child = Process::new(nap, (2_500,)).start().unwrap();
    let pid = child.pid();
    drop(child);
    let mut told = String::new();
    stderr.rewind().unwrap();
    stderr.read_to_string(&mut told).unwrap();
    let sentence = format!("Still waiting for child process {pid}, which was not joined.\n");
    assert_eq!(told, sentence);
}

fn get_timeout_gives_the_handle_back() {
    let pool = Pool::new(1).unwrap();
    let task = pool.apply_async(nap, (500,));
    let task = task.get_timeout(Duration::from_millis(10)).unwrap_err();
    assert_eq!(task.get_timeout(Duration::from_secs(60)).unwrap(), Ok(()));
    pool.close().join().unwrap();
}

fn errors_read_as_sentences_in_both_forms() {
    let pool = Pool::new(1).unwrap();
    let died = die(&pool, Signal::SIGKILL).get().unwrap_err();
    drop(die(&pool, Signal::SIGKILL));
    let threads = Process::new(|| (), ()).start().unwrap_err();
    let failed = pool.close().join().unwrap_err();
    let errors: [&dyn std::error::Error; 6] = [
        &died,
        &threads,
        &failed,
        &process_basic::Error::Start(Errno::EAGAIN.into()),
        &PoolError::System(Errno::EMFILE.into()),
        &ipc_pipe::Error::CutOff,
    ];
    for error in errors {
        let sentence = error.to_string();
        assert_eq!(format!("{error:?}"), sentence);
        assert!(!sentence.contains(['{', '}']), "{sentence}");
    }
    assert!(
        failed.to_string().contains("task 1 (faults::die_of)"),
        "{failed}"
    );
    assert!(failed.to_string().contains("SIGKILL"), "{failed}");
}
