//! Workers die at random moments, in all ways there are: every task still ends
//! exactly once, with its result or with the truth about its worker.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::{ExitStatusExt, parent_id};
use std::process::{self, ExitStatus};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use process_pool::TaskErrorKind::{Lost, NotRun, Panicked, WorkerDied};
use process_pool::{AsyncResult, Pool, PoolError};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use tests::chance::{chance, times};
use tests::footprint::Footprint;
use tests::harness::Trial;
use tests::signals::{exited_with, killed_by, send};
use tests::stderr::stderr_of;
use tests::tasks::{check_full_strength, die_of, nap, overflow};
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        every_task_ends_exactly_once_whatever_kills_its_worker,
        a_pool_ended_at_any_moment_answers_for_every_task,
    ]
}

const WORKERS: usize = 4;
const TASKS: usize = 3000;

/// So many tasks are lost before the system has given all its PIDs once
/// (proc_sys_kernel(5), pid_max).
const DISTINCT_PIDS: usize = 5_000;

/// What a task does, besides noting that it was run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Deed {
    Return,
    ReturnMuch(usize),
    NapMicros(u64),
    Panic,
    Raise(i32),
    Abort,
    Exit(u8),
    OverflowStack,
}

/// Where each task that is run leaves its number; every worker inherits it.
static RUNS: OnceLock<File> = OnceLock::new();

fn run(number: u32, deed: Deed) -> (u32, Vec<u8>) {
    // Four bytes at a time are appended whole.
    let mut runs = RUNS.get().unwrap();
    runs.write_all(&number.to_le_bytes()).unwrap();
    match deed {
        Deed::Return => {}
        Deed::ReturnMuch(length) => return (number, vec![7; length]),
        Deed::NapMicros(time) => thread::sleep(Duration::from_micros(time)),
        Deed::Panic => panic!("on purpose"),
        Deed::Raise(signal) => die_of(signal),
        Deed::Abort => process::abort(),
        Deed::Exit(code) => process::exit(code.into()),
        Deed::OverflowStack => overflow(1),
    }
    (number, Vec::new())
}

const SIGNALS: [Signal; 3] = [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGSEGV];

fn any_deed(chance: &mut StdRng) -> Deed {
    match chance.random_range(0..100) {
        0..60 => Deed::Return,
        60..65 => Deed::ReturnMuch(chance.random_range(0..300_000)),
        65..85 => Deed::NapMicros(chance.random_range(0..2_000)),
        85..90 => Deed::Panic,
        90..94 => Deed::Raise(*SIGNALS.choose(chance).unwrap() as i32),
        94..96 => Deed::Abort,
        96..99 => Deed::Exit(chance.random()),
        _ => Deed::OverflowStack,
    }
}

fn every_task_ends_exactly_once_whatever_kills_its_worker() {
    let before = Footprint::now();
    let mut chance = chance();
    let runs = tempfile::NamedTempFile::new().unwrap();
    let appended = File::options().append(true).open(runs.path()).unwrap();
    RUNS.set(appended).unwrap();
    let noted = Footprint::now();

    let pool = Pool::new(WORKERS).unwrap();
    let killer = Killer::new(pool.apply(parent_id, ()).unwrap(), chance.random());
    let mut outcomes = Outcomes::default();
    let mut ignored = HashMap::new();
    let (killed, pool) = thread::scope(|scope| {
        let killed = scope.spawn(|| killer.kill_until_stopped());
        let mut awaited = Vec::new();
        for number in 1..=(TASKS * times()) as u32 {
            let deed = any_deed(&mut chance);
            let result = pool.apply_async(run, (number, deed));
            match chance.random_ratio(1, 10) {
                true => drop(ignored.insert(number, deed)),
                false => awaited.push((number, deed, result)),
            }
            // Now and then the workers become idle.
            if chance.random_ratio(1, 50) {
                awaited.drain(..).for_each(|task| outcomes.note(task));
                thread::sleep(Duration::from_micros(chance.random_range(0..3_000)));
            }
        }
        awaited.into_iter().for_each(|task| outcomes.note(task));
        killer.stop();
        (killed.join().unwrap(), pool)
    });

    // A signal that was sent last may still hit a worker, and take its task.
    let naps: Vec<_> = (0..WORKERS)
        .map(|_| pool.apply_async(nap, (300,)))
        .collect();
    for nap in naps {
        let _ = nap.get();
    }
    check_full_strength(&pool, WORKERS);
    let (first, count) = match pool.close().join() {
        Ok(()) => (Vec::new(), 0),
        Err(PoolError::Failed { first, count }) => (first, count),
        Err(error) => panic!("{error}"),
    };
    let runs_of = count_runs(&runs);
    outcomes.check(&runs_of, &killed);
    // The first task asked for the fork server.
    for failure in first {
        let number = failure.number.unwrap() as u32;
        assert!(
            ignored.contains_key(&number),
            "task {number} was reported twice"
        );
    }
    let must_fail = |&(number, deed): &(&u32, &Deed)| fails(*deed) || !runs_of.contains_key(number);
    let failed_at_least = ignored.iter().filter(must_fail).count();
    assert!((failed_at_least..=ignored.len()).contains(&count));
    noted.check();
    drop(runs);
    assert_eq!(before.children, Footprint::now().children);
}

/// Kills workers, idle ones too.
struct Killer {
    fork_server: u32,
    seed: u64,
    stopped: AtomicBool,
}

impl Killer {
    fn new(fork_server: u32, seed: u64) -> Killer {
        let stopped = AtomicBool::new(false);
        Killer {
            fork_server,
            seed,
            stopped,
        }
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Gives the signals that each worker was sent.
    fn kill_until_stopped(&self) -> HashMap<u32, Vec<Signal>> {
        let mut chance = StdRng::seed_from_u64(self.seed);
        let mut killed: HashMap<u32, Vec<Signal>> = HashMap::new();
        let server = self.fork_server;
        let children = format!("/proc/{server}/task/{server}/children");
        while !self.stopped.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_micros(chance.random_range(0..5_000)));
            let workers = fs::read_to_string(&children).unwrap();
            let workers: Vec<&str> = workers.split_whitespace().collect();
            let Some(worker) = workers.choose(&mut chance) else {
                continue;
            };
            let worker: u32 = worker.parse().unwrap();
            let signal = *SIGNALS.choose(&mut chance).unwrap();
            if chance.random_ratio(1, 5) {
                stop_for_a_moment(Pid::from_raw(worker.cast_signed()));
            }
            if kill(Pid::from_raw(worker.cast_signed()), signal).is_ok() {
                killed.entry(worker).or_default().push(signal);
            }
        }
        killed
    }
}

/// A worker that is stopped loses nothing.
fn stop_for_a_moment(worker: Pid) {
    // One that has ended meanwhile cannot be stopped.
    let _ = kill(worker, Signal::SIGSTOP);
    thread::sleep(Duration::from_millis(1));
    let _ = kill(worker, Signal::SIGCONT);
}

/// What came of the tasks that were waited for.
#[derive(Default)]
struct Outcomes {
    /// Those that returned or panicked.
    ran: Vec<u32>,
    /// Those whose workers died, and how.
    lost: Vec<(u32, Deed, u32, ExitStatus)>,
}

type Awaited = (u32, Deed, AsyncResult<(u32, Vec<u8>)>);

impl Outcomes {
    fn note(&mut self, (number, deed, result): Awaited) {
        match (result.get().map_err(|error| error.kind), deed) {
            (Ok((returned, much)), Deed::ReturnMuch(length)) => {
                assert!(returned == number && much == vec![7; length]);
                self.ran.push(number);
            }
            (Ok((returned, much)), Deed::Return | Deed::NapMicros(_)) => {
                assert!(returned == number && much.is_empty());
                self.ran.push(number);
            }
            (Err(Panicked(message)), Deed::Panic) => {
                assert_eq!(message, "on purpose");
                self.ran.push(number);
            }
            (Err(WorkerDied { pid, status }), _) => {
                self.lost.push((number, deed, pid, status));
            }
            (other, _) => panic!("task {number}, {deed:?}: {other:?}"),
        }
    }

    fn check(&self, runs: &HashMap<u32, usize>, killed: &HashMap<u32, Vec<Signal>>) {
        eprintln!("{} ran, {} lost", self.ran.len(), self.lost.len());
        assert!(!self.ran.is_empty());
        for (number, &times) in runs {
            assert_eq!(times, 1, "task {number} was run {times} times");
        }
        for number in &self.ran {
            assert!(
                runs.contains_key(number),
                "task {number} has a result, but was not run"
            );
        }
        if self.lost.len() < DISTINCT_PIDS {
            let workers: BTreeSet<u32> = self.lost.iter().map(|lost| lost.2).collect();
            assert_eq!(workers.len(), self.lost.len(), "no worker loses two tasks");
        }
        for &(number, deed, worker, status) in &self.lost {
            let signals = killed.get(&worker).into_iter().flatten();
            let mut causes = signals.flat_map(ended_by).chain(ends_with(deed));
            assert!(
                causes.any(|cause| cause == status),
                "task {number}, {deed:?}: {status}"
            );
        }
    }
}

/// How a worker ends that is sent this signal.
fn ended_by(&signal: &Signal) -> Vec<ExitStatus> {
    match signal {
        // In a process that is about to end, Rust's own handler aborts.
        Signal::SIGSEGV => vec![killed_by(signal), killed_by(Signal::SIGABRT)],
        _ => vec![killed_by(signal)],
    }
}

/// Whether a task that does this has no result, whatever happens.
fn fails(deed: Deed) -> bool {
    !matches!(
        deed,
        Deed::Return | Deed::ReturnMuch(_) | Deed::NapMicros(_)
    )
}

/// How a worker ends that does this.
fn ends_with(deed: Deed) -> Vec<ExitStatus> {
    match deed {
        Deed::Return | Deed::ReturnMuch(_) | Deed::NapMicros(_) | Deed::Panic => Vec::new(),
        Deed::Raise(signal) => vec![ExitStatus::from_raw(signal)],
        Deed::Abort => vec![killed_by(Signal::SIGABRT)],
        Deed::Exit(code) => vec![exited_with(code)],
        // A SIGSEGV that came before has left it without Rust's own handler.
        Deed::OverflowStack => vec![killed_by(Signal::SIGABRT), killed_by(Signal::SIGSEGV)],
    }
}

fn count_runs(runs: &tempfile::NamedTempFile) -> HashMap<u32, usize> {
    let bytes = fs::read(runs.path()).unwrap();
    let mut count = HashMap::new();
    for number in bytes.chunks(size_of::<u32>()) {
        let number = u32::from_le_bytes(number.try_into().unwrap());
        *count.entry(number).or_default() += 1;
    }
    count
}

fn a_pool_ended_at_any_moment_answers_for_every_task() {
    const TASKS: u32 = 200;
    let before = Footprint::now();
    let mut chance = chance();
    let runs = tempfile::NamedTempFile::new().unwrap();
    let appended = File::options().append(true).open(runs.path()).unwrap();
    RUNS.set(appended).unwrap();
    let mut not_run = Vec::new();
    let printed = stderr_of(|| {
        let noted = Footprint::now();
        for round in 0..45 * times() as u32 {
            let pool = Pool::new(WORKERS).unwrap();
            let server = pool.apply(parent_id, ()).unwrap();
            let tasks: Vec<_> = (round * TASKS..(round + 1) * TASKS)
                .map(|number| {
                    let deed = any_deed(&mut chance);
                    (number, pool.apply_async(run, (number, deed)))
                })
                .collect();
            thread::sleep(Duration::from_micros(chance.random_range(0..20_000)));
            match round % 3 {
                0 => pool.terminate(),
                1 => pool.close().terminate(),
                _ => {
                    send(server, Signal::SIGKILL);
                    pool.close().join().unwrap();
                }
            }
            for (number, task) in tasks {
                match task.get().map_err(|error| error.kind) {
                    Ok((returned, _)) => assert_eq!(returned, number),
                    Err(NotRun(_)) => not_run.push(number),
                    Err(Panicked(_) | WorkerDied { .. } | Lost(_)) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            noted.check();
        }
    });
    let mut panics = printed.lines().filter(|line| line.contains("panicked at"));
    assert!(panics.all(|line| line.contains(file!())), "{printed}");
    let runs_of = count_runs(&runs);
    assert!(runs_of.values().all(|&times| times == 1));
    assert!(not_run.iter().all(|number| !runs_of.contains_key(number)));
    drop(runs);
    assert_eq!(before.children, Footprint::now().children);
}
