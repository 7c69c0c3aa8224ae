//! One process puts small items into a queue, this one gets them.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ipc_queue::Queue;
use nix::unistd::{read, write};
use process_basic::Process;

use crate::bare;
use crate::row::{Python, Result, Row, Unit};

pub const SMALL: Row = Row {
    title: "queue: one writer, one reader, small items",
    unit: Unit::Rate,
    operations: 20_000,
    one_core: false,
    ours: || ours(20_000),
    bare: Some(|| bare(20_000)),
    python: Python {
        source: PYTHON,
        call: "queue(20_000)",
    },
};

fn ours(items: u64) -> Result<Duration> {
    let queue = Queue::new()?;
    let writer = Process::new(write_numbers, (&queue, items)).start()?;
    assert_eq!(queue.get()?, Some(0)); // the writer has started
    let start = Instant::now();
    for n in 1..=items {
        assert_eq!(queue.get()?, Some(n));
    }
    let elapsed = start.elapsed();
    writer.join()?;
    Ok(elapsed)
}

fn write_numbers(queue: &Queue<u64>, items: u64) -> Result<(), ipc_queue::Error> {
    (0..=items).try_for_each(|n| queue.put(n))
}

fn bare(items: u64) -> Result<Duration> {
    let (reader, writer) = bare::socket_pair()?;
    let put = |n: u64| write(&writer, &n.to_le_bytes());
    let get = || {
        let mut item = [0; 8];
        read(&reader, &mut item)?;
        nix::Result::Ok(Some(u64::from_le_bytes(item)))
    };
    let pid = bare::fork_server(|| {
        let _ = (0..=items).try_for_each(|n| put(n).map(drop));
    })?;
    assert_eq!(get()?, Some(0));
    let start = Instant::now();
    for n in 1..=items {
        assert_eq!(get()?, Some(n));
    }
    let elapsed = start.elapsed();
    bare::wait(pid)?;
    Ok(elapsed)
}

const PYTHON: &str = "\
def queue(items):
    q = Queue()
    writer = Process(target=write_numbers, args=(q, items))
    writer.start()
    assert q.get() == 0
    start = perf_counter()
    for n in range(1, items + 1):
        assert q.get() == n
    elapsed = perf_counter() - start
    writer.join()
    return elapsed


def write_numbers(q, items):
    for n in range(items + 1):
        q.put(n)


def queue_texts(length, items):
    q = Queue()
    writer = Process(target=write_texts, args=(q, length, items))
    writer.start()
    q.get()
    start = perf_counter()
    for _ in range(items):
        assert len(q.get()) == length
    elapsed = perf_counter() - start
    writer.join()
    return elapsed


def write_texts(q, length, items):
    text = 'x' * length
    for _ in range(items + 1):
        q.put(text)
";

pub const TEXTS_64_KIB: Row = Row {
    title: "queue: one writer, one reader, 64 KiB texts",
    unit: Unit::Time,
    operations: 1_000,
    one_core: false,
    ours: || texts(64 << 10, 1_000),
    bare: Some(|| bare_texts(64 << 10, 1_000)),
    python: Python {
        source: "",
        call: "queue_texts(64 << 10, 1_000)",
    },
};

pub const TEXTS_1_MIB: Row = Row {
    title: "queue: one writer, one reader, 1 MiB texts",
    unit: Unit::Time,
    operations: 100,
    one_core: false,
    ours: || texts(1 << 20, 100),
    bare: Some(|| bare_texts(1 << 20, 100)),
    python: Python {
        source: "",
        call: "queue_texts(1 << 20, 100)",
    },
};

/// One process puts texts of this length.
pub fn texts(length: usize, items: u32) -> Result<Duration> {
    let queue = Queue::new()?;
    let writer = Process::new(write_texts, (&queue, length, items)).start()?;
    queue.get()?;
    let start = Instant::now();
    for _ in 0..items {
        assert_eq!(queue.get()?.map(|text| text.len()), Some(length));
    }
    let elapsed = start.elapsed();
    writer.join()?;
    Ok(elapsed)
}

fn write_texts(queue: &Queue<String>, length: usize, items: u32) -> Result<(), ipc_queue::Error> {
    let text = "x".repeat(length);
    (0..=items).try_for_each(|_| queue.put(text.clone()))
}

fn bare_texts(length: usize, items: u32) -> Result<Duration> {
    let (mut reader, mut writer) = UnixStream::pair()?;
    let mut text = vec![b'x'; length];
    let pid = bare::fork_server(|| {
        let _ = (0..=items).try_for_each(|_| writer.write_all(&text));
    })?;
    reader.read_exact(&mut text)?;
    let start = Instant::now();
    for _ in 0..items {
        reader.read_exact(&mut text)?;
    }
    let elapsed = start.elapsed();
    bare::wait(pid)?;
    Ok(elapsed)
}
