//! After many processes, pools, items and messages, this process holds no more
//! than before.
//!
//! `cargo test` takes a hundredth of the whole; the whole is
//!
//! ```text
//! TIMES=100 cargo test --release -p tests soak::
//! ```
//!
//! 10,000 processes, 500 pools, 1,000,000 items through a queue, and 100,000
//! round trips through a pipe.

use std::collections::HashMap;

use ipc_pipe::{Connection, pipe};
use ipc_queue::Queue;
use process_basic::{Child, Process};
use process_pool::Pool;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use tests::chance::{chance, times};
use tests::footprint::Footprint;
use tests::harness::Trial;
use tests::processes::memory;
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![processes, pools, a_queue, a_pipe]
}

/// The allocator may keep this much more memory, in KiB; more is a leak.
const NOISE: u64 = 4 * 1024;

/// Does something this often. A first round makes what is made only once.
fn soak(rounds: usize, round: impl Fn()) {
    round();
    let (footprint, before) = (Footprint::now(), memory());
    for _ in 0..rounds {
        round();
    }
    footprint.check();
    let after = memory();
    assert!(after < before + NOISE, "{before} KiB became {after} KiB");
}

fn processes() {
    soak(100 * times(), || {
        let child = Process::new(|n: u8| assert_eq!(n, 7), (7,))
            .start()
            .unwrap();
        assert!(child.join().unwrap().success());
    });
}

fn pools() {
    soak(5 * times(), || {
        let pool = Pool::new(4).unwrap();
        let tasks: Vec<_> = (0..5)
            .map(|n: u32| pool.apply_async(|n| n + 1, (n,)))
            .collect();
        for (n, task) in (0..5).zip(tasks) {
            assert_eq!(task.get(), Ok(n + 1));
        }
        pool.close().join().unwrap();
    });
}

const WRITERS: usize = 4;
const READERS: usize = 4;

/// A writer's number, and random bytes with that number as their seed.
#[derive(Serialize, Deserialize)]
struct Item {
    writer: usize,
    number: usize,
    bytes: Vec<u8>,
}

impl Item {
    fn new(seed: u64, writer: usize, number: usize) -> Item {
        let mut chance = StdRng::seed_from_u64(seed ^ (writer * 1_000_000 + number) as u64);
        // Most items have a few bytes; now and then one has up to 1 MiB.
        let length = match chance.random_range(0..1_000) {
            0 => chance.random_range(0..=1 << 20),
            1..20 => chance.random_range(0..100_000),
            _ => chance.random_range(0..100),
        };
        let mut bytes = vec![0; length];
        chance.fill_bytes(&mut bytes);
        Item {
            writer,
            number,
            bytes,
        }
    }
}

/// What a reader got: the numbers of each writer, in the order they came.
type Got = HashMap<usize, Vec<usize>>;

fn a_queue() {
    let seed = chance().random();
    let items = 10_000 * times() / WRITERS;
    let (footprint, before) = (Footprint::now(), memory());
    let (queue, results) = (Queue::new().unwrap(), Queue::new().unwrap());
    let start_reader = |_| {
        Process::new(read, (&queue, &results, seed))
            .start()
            .unwrap()
    };
    let readers: Vec<Child> = (0..READERS).map(start_reader).collect();
    let start_writer = |n| {
        Process::new(write, (&queue, seed, n, items))
            .start()
            .unwrap()
    };
    let writers: Vec<Child> = (0..WRITERS).map(start_writer).collect();
    join(writers);
    queue.close().unwrap();
    let got: Vec<Got> = (0..READERS)
        .map(|_| results.get().unwrap().unwrap())
        .collect();
    join(readers);
    drop((queue, results));
    for writer in 0..WRITERS {
        let parts = got.iter().filter_map(|got| got.get(&writer));
        for numbers in parts.clone() {
            assert!(
                numbers.is_sorted(),
                "a reader gets a writer's items in order"
            );
        }
        let mut numbers: Vec<usize> = parts.flatten().copied().collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..items).collect::<Vec<_>>(), "each exactly once");
    }
    drop(got);
    footprint.check();
    // This process held the numbers in four places.
    let most = before + NOISE + (items * WRITERS * 4 * size_of::<usize>() / 1024) as u64;
    assert!(memory() < most, "{before} KiB became {} KiB", memory());
}

fn write(queue: &Queue<Item>, seed: u64, writer: usize, items: usize) {
    for number in 0..items {
        queue.put(Item::new(seed, writer, number)).unwrap();
    }
}

fn read(queue: &Queue<Item>, results: &Queue<Got>, seed: u64) {
    let mut got = Got::new();
    while let Some(item) = queue.get().unwrap() {
        let whole = item.bytes == Item::new(seed, item.writer, item.number).bytes;
        assert!(whole, "item {} of writer {}", item.number, item.writer);
        got.entry(item.writer).or_default().push(item.number);
    }
    results.put(got).unwrap();
}

fn join(children: Vec<Child>) {
    for child in children {
        assert!(child.join().unwrap().success());
    }
}

fn a_pipe() {
    let (mut conn, child_conn) = pipe().unwrap();
    let child = Process::new(echo, (child_conn,)).start().unwrap();
    let round_trips = 1_000 * times();
    let (footprint, before) = (Footprint::now(), memory());
    for n in 0..round_trips {
        let message = format!("message {n} of {round_trips}");
        conn.send(message.as_str()).unwrap();
        assert_eq!(conn.recv().unwrap(), Some(message));
    }
    footprint.check();
    assert!(memory() < before + NOISE);
    conn.close().unwrap();
    assert!(child.join().unwrap().success());
}

fn echo(mut conn: Connection<String, String>) -> Result<(), ipc_pipe::Error> {
    while let Some(message) = conn.recv()? {
        conn.send(&message)?;
    }
    Ok(())
}
