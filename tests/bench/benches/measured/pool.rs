//! A pool: many small tasks, one small task, a map, and the whole life of a pool.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::{Shutdown, shutdown};
use nix::unistd::{Pid, read, write};
use process_pool::Pool;

use crate::bare;
use crate::row::{Python, Result, Row, Unit};

pub const TASKS: Row = Row {
    title: "pool: 20,000 small tasks",
    unit: Unit::Rate,
    operations: 20_000,
    one_core: false,
    ours: || tasks(4, 20_000),
    bare: Some(|| bare_tasks(4, 20_000)),
    python: Python {
        source: PYTHON_TASKS,
        call: "pool_tasks(4, 20_000)",
    },
};

fn square(n: u64) -> u64 {
    n * n
}

pub fn tasks(workers: usize, tasks: u64) -> Result<Duration> {
    let pool = Pool::new(workers)?;
    pool.apply(square, (0,))?;
    let start = Instant::now();
    let results: Vec<_> = (0..tasks).map(|n| pool.apply_async(square, (n,))).collect();
    for (result, n) in results.into_iter().zip(0..) {
        assert_eq!(result.get()?, n * n);
    }
    let elapsed = start.elapsed();
    pool.close().join()?;
    Ok(elapsed)
}

/// A thread for each worker, which sends it one task at a time.
pub fn bare_tasks(workers: usize, tasks: u64) -> Result<Duration> {
    let workers: Vec<_> = (0..workers)
        .map(|_| Worker::start())
        .collect::<Result<_>>()?;
    let share = tasks / workers.len() as u64;
    let start = Instant::now();
    thread::scope(|scope| {
        for (worker, first) in workers.iter().zip((0..).step_by(share as usize)) {
            scope.spawn(move || {
                for n in first..first + share {
                    assert_eq!(worker.square(n), Ok(n * n));
                }
            });
        }
    });
    let elapsed = start.elapsed();
    workers.into_iter().try_for_each(Worker::end)?;
    Ok(elapsed)
}

const PYTHON_TASKS: &str = "\
def square(n):
    return n * n


def pool_tasks(workers, tasks):
    with Pool(workers) as pool:
        pool.apply(square, (0,))
        start = perf_counter()
        results = [pool.apply_async(square, (n,)) for n in range(tasks)]
        for n, result in enumerate(results):
            assert result.get() == n * n
        elapsed = perf_counter() - start
        pool.close()
        pool.join()
    return elapsed
";

pub const ONE_TASK: Row = Row {
    title: "pool: one small task and its result",
    unit: Unit::Time,
    operations: ONES,
    one_core: false,
    ours: one_task,
    bare: Some(bare_one_task),
    python: Python {
        source: PYTHON_ONE_TASK,
        call: "pool_one_task(500)",
    },
};

const ONES: u32 = 500;

fn one_task() -> Result<Duration> {
    let pool = Pool::new(4)?;
    pool.apply(square, (0,))?;
    let start = Instant::now();
    for n in 0..u64::from(ONES) {
        assert_eq!(pool.apply(square, (n,))?, n * n);
    }
    let elapsed = start.elapsed();
    pool.close().join()?;
    Ok(elapsed)
}

/// One thread between this one and a worker.
fn bare_one_task() -> Result<Duration> {
    let worker = Worker::start()?;
    let (tasks, queue) = mpsc::channel();
    let (results, answers) = mpsc::channel();
    let elapsed = thread::scope(|scope| -> Result<Duration> {
        let worker = &worker;
        scope.spawn(move || {
            for n in queue {
                let _ = results.send(worker.square(n));
            }
        });
        let start = Instant::now();
        for n in 0..u64::from(ONES) {
            tasks.send(n)?;
            assert_eq!(answers.recv()?, Ok(n * n));
        }
        drop(tasks);
        Ok(start.elapsed())
    })?;
    worker.end()?;
    Ok(elapsed)
}

const PYTHON_ONE_TASK: &str = "\
def pool_one_task(tasks):
    with Pool(4) as pool:
        pool.apply(square, (0,))
        start = perf_counter()
        for n in range(tasks):
            assert pool.apply(square, (n,)) == n * n
        elapsed = perf_counter() - start
        pool.close()
        pool.join()
    return elapsed
";

pub const MAP: Row = Row {
    title: "pool: map 200,000 integers",
    unit: Unit::Rate,
    operations: 200_000,
    one_core: false,
    ours: map,
    bare: None,
    python: Python {
        source: PYTHON_MAP,
        call: "pool_map(200_000)",
    },
};

fn map() -> Result<Duration> {
    let pool = Pool::new(4)?;
    pool.map(square, 0..200_000)?; // memory is there now
    let start = Instant::now();
    let squares = pool.map(square, 0..200_000)?;
    let elapsed = start.elapsed();
    assert_eq!(squares.last(), Some(&(199_999 * 199_999)));
    pool.close().join()?;
    Ok(elapsed)
}

const PYTHON_MAP: &str = "\
def pool_map(integers):
    with Pool(4) as pool:
        pool.map(square, range(integers))
        start = perf_counter()
        squares = pool.map(square, range(integers))
        elapsed = perf_counter() - start
        assert squares[-1] == (integers - 1) ** 2
        pool.close()
        pool.join()
    return elapsed
";

pub const START: Row = Row {
    title: "pool: create, 5 tasks, close, join",
    unit: Unit::Time,
    operations: STARTS,
    one_core: false,
    ours: start,
    bare: Some(bare_start),
    python: Python {
        source: PYTHON_START,
        call: "pool_start(2)",
    },
};

const STARTS: u32 = 2;

fn start() -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..STARTS {
        let pool = Pool::new(4)?;
        for n in 0..5 {
            pool.apply_async(square, (n,));
        }
        pool.close().join()?;
    }
    Ok(start.elapsed())
}

/// As many forks as a pool of four takes: its workers and their parent.
fn bare_start() -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..STARTS {
        let children: Vec<Pid> = (0..5)
            .map(|_| bare::fork(|| {}))
            .collect::<nix::Result<_>>()?;
        children.into_iter().try_for_each(bare::wait)?;
    }
    Ok(start.elapsed())
}

const PYTHON_START: &str = "\
def pool_start(pools):
    start = perf_counter()
    for _ in range(pools):
        pool = Pool(4)
        for n in range(5):
            pool.apply_async(square, (n,))
        pool.close()
        pool.join()
    return perf_counter() - start
";

/// A process that squares numbers, at the other end of a socket.
struct Worker {
    pid: Pid,
    socket: OwnedFd,
}

/// A call and an answer of a small task take about as many bytes in ours.
const MESSAGE: usize = 28;

impl Worker {
    fn start() -> Result<Worker> {
        let (socket, other) = bare::socket_pair()?;
        let pid = bare::fork_server(|| {
            while let Ok(Some(n)) = receive(&other) {
                let _ = send(&other, square(n));
            }
        })?;
        Ok(Worker { pid, socket })
    }

    fn square(&self, n: u64) -> nix::Result<u64> {
        send(&self.socket, n)?;
        Ok(receive(&self.socket)?.unwrap_or_default())
    }

    fn end(self) -> Result {
        shutdown(self.socket.as_raw_fd(), Shutdown::Both)?;
        Ok(bare::wait(self.pid)?)
    }
}

fn send(socket: &OwnedFd, n: u64) -> nix::Result<usize> {
    let mut message = [0; MESSAGE];
    message[..8].copy_from_slice(&n.to_le_bytes());
    write(socket, &message)
}

fn receive(socket: &OwnedFd) -> nix::Result<Option<u64>> {
    let mut message = [0; MESSAGE];
    let length = read(socket, &mut message)?;
    Ok(message
        .first_chunk()
        .filter(|_| length > 0)
        .map(|&n| u64::from_le_bytes(n)))
}
