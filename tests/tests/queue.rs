//! What a queue promises, with processes that are killed, signalled and late.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::iter;
use std::path::Path;
use std::thread;
use std::time::Duration;

use ipc_queue::{Error, Queue};
use nix::sys::signal::Signal;
use process_basic::{Child, Process};
use rand::RngExt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tests::chance::{chance, times};
use tests::footprint::Footprint;
use tests::harness::Trial;
use tests::processes::memory;
use tests::signals::{let_interrupt, send};
use tests::tasks::nap;
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        threads_of_one_process_may_use_a_queue_too,
        an_item_may_put_another_while_it_is_put,
        items_of_every_size_arrive_whole_and_in_order,
        none_means_closed_and_empty_only,
        nothing_is_put_after_close_in_any_process,
        close_ends_a_wait_in_put_and_in_get,
        a_reader_killed_at_a_close_leaves_the_end_to_the_others,
        few_large_items_fit,
        a_huge_item_leaves_no_memory_taken,
        signals_interrupt_nothing,
        time_limits_hold_with_many_readers,
        a_reader_killed_among_large_items_holds_nobody_up,
        killed_processes_take_along_one_item_at_most,
        what_cannot_be_encoded_or_decoded_costs_its_own_item_only,
    ]
}

fn join(child: Child) {
    assert!(child.join().unwrap().success());
}

fn items_of_every_size_arrive_whole_and_in_order() {
    const PACKET: usize = 80 * 1024;
    let sizes = [0, 1, 1_000, 65_536, 1 << 20, 5_000_000];
    let sizes = || sizes.into_iter().chain(PACKET - 8..PACKET + 8);
    let bytes = |size: usize| -> Vec<u8> { (0..size).map(|n| (n * n % 251) as u8).collect() };
    let queue = Queue::new().unwrap();
    let write = || sizes().for_each(|size| queue.put(bytes(size)).unwrap());
    let writer = Process::new(write, ()).start().unwrap();
    for size in sizes() {
        assert!(queue.get().unwrap() == Some(bytes(size)), "{size} bytes");
    }
    join(writer);
    let queue = Queue::new().unwrap();
    queue.put(()).unwrap();
    assert_eq!(queue.get().unwrap(), Some(()));
}

fn none_means_closed_and_empty_only() {
    let queue = Queue::new().unwrap();
    assert!(matches!(queue.try_get(), Err(Error::Empty)));
    let short = Duration::from_millis(10);
    assert!(matches!(queue.get_timeout(short), Err(Error::Timeout)));
    for n in 0..3 {
        queue.put(n).unwrap();
    }
    queue.close().unwrap();
    queue.close().unwrap();
    assert_eq!(queue.get().unwrap(), Some(0));
    assert_eq!(queue.try_get().unwrap(), Some(1));
    assert_eq!(queue.get_timeout(Duration::MAX).unwrap(), Some(2));
    for _ in 0..2 {
        assert_eq!(queue.get().unwrap(), None);
        assert_eq!(queue.try_get().unwrap(), None);
        assert_eq!(queue.get_timeout(Duration::MAX).unwrap(), None);
    }
}

fn nothing_is_put_after_close_in_any_process() {
    let (queue, closed) = (Queue::new().unwrap(), Queue::new().unwrap());
    let put_late = || {
        closed.get().unwrap();
        for length in [1, 100_000] {
            let error = queue.put("x".repeat(length)).unwrap_err();
            assert!(matches!(error, Error::Closed), "{error}");
        }
    };
    let early = Process::new(put_late, ()).start().unwrap();
    queue.put("early".to_string()).unwrap();
    join(Process::new(|| queue.close().unwrap(), ()).start().unwrap());
    let late = Process::new(put_late, ()).start().unwrap();
    (0..2).for_each(|_| closed.put(()).unwrap());
    join(early);
    join(late);
    assert_eq!(queue.get().unwrap().as_deref(), Some("early"));
    assert_eq!(queue.get().unwrap(), None);
}

/// Puts numbers until the queue is closed, then puts how many into `count`.
fn put_until_closed(queue: &Queue<u64>, count: &Queue<u64>) {
    let mut number = 0;
    while let Ok(()) = queue.put(number) {
        number += 1;
    }
    assert!(matches!(queue.put(number), Err(Error::Closed)));
    count.put(number).unwrap();
}

fn close_ends_a_wait_in_put_and_in_get() {
    let (full, empty, count) = (
        Queue::new().unwrap(),
        Queue::<u64>::new().unwrap(),
        Queue::new().unwrap(),
    );
    let writer = Process::new(put_until_closed, (&full, &count))
        .start()
        .unwrap();
    let get = || assert_eq!(empty.get().unwrap(), None);
    let readers: Vec<Child> = (0..3)
        .map(|_| Process::new(get, ()).start().unwrap())
        .collect();
    nap(300);
    empty.close().unwrap();
    readers.into_iter().for_each(join);
    full.close().unwrap();
    join(writer);
    for number in 0..count.get().unwrap().unwrap() {
        assert_eq!(full.get().unwrap(), Some(number));
    }
    assert_eq!(full.get().unwrap(), None);
}

fn a_reader_killed_at_a_close_leaves_the_end_to_the_others() {
    let mut chance = chance();
    for _ in 0..200 * times() {
        let queue = Queue::<u64>::new().unwrap();
        let read = || while queue.get().unwrap().is_some() {};
        let [killed, other] = [0, 1].map(|_| Process::new(read, ()).start().unwrap());
        thread::sleep(Duration::from_micros(chance.random_range(0..500)));
        queue.close().unwrap();
        thread::sleep(Duration::from_micros(chance.random_range(0..50)));
        killed.kill().unwrap();
        join(other);
        killed.join().unwrap();
    }
}

fn few_large_items_fit() {
    const LARGE: usize = 5_000_000;
    let (queue, put) = (Queue::new().unwrap(), Queue::new().unwrap());
    let write = || loop {
        queue.put("x".repeat(LARGE)).unwrap();
        put.put(()).unwrap();
    };
    let writer = Process::new(write, ()).start().unwrap();
    put.get().unwrap();
    nap(1_000);
    writer.kill().unwrap();
    writer.join().unwrap();
    let mut fit = 0;
    while let Ok(item) = queue.try_get() {
        assert_eq!(item.map(|item| item.len()), Some(LARGE));
        fit += 1;
    }
    assert!((1..=5).contains(&fit), "{fit} items of 5 MB");
}

fn a_huge_item_leaves_no_memory_taken() {
    const HUGE: usize = 40 << 20;
    let queue = Queue::new().unwrap();
    let before = memory();
    queue.put("x".repeat(HUGE)).unwrap();
    assert_eq!(queue.get().unwrap().map(|item| item.len()), Some(HUGE));
    let (after, half) = (memory(), HUGE as u64 / 1024 / 2);
    assert!(after < before + half, "{before} KiB became {after} KiB");
}

fn signals_interrupt_nothing() {
    const ITEMS: u64 = 2_000;
    let_interrupt(Signal::SIGUSR1);
    let queue = Queue::new().unwrap();
    let put = || (0..ITEMS).for_each(|number| queue.put(number).unwrap());
    let get = || (0..ITEMS).for_each(|number| assert_eq!(queue.get().unwrap(), Some(number)));
    let get_in_time = || {
        for number in 0..ITEMS {
            let got = queue.get_timeout(Duration::from_secs(60));
            assert_eq!(got.unwrap(), Some(number));
        }
    };
    let writer = Process::new(put, ()).start().unwrap();
    for number in 0..ITEMS {
        interrupt_when_waiting(&writer, number);
        assert_eq!(queue.get().unwrap(), Some(number));
    }
    join(writer);
    let reader = Process::new(get, ()).start().unwrap();
    for number in 0..ITEMS {
        interrupt_when_waiting(&reader, number);
        queue.put(number).unwrap();
    }
    join(reader);
    let reader = Process::new(get_in_time, ()).start().unwrap();
    for number in 0..ITEMS {
        interrupt_when_waiting(&reader, number);
        queue.put(number).unwrap();
    }
    join(reader);
}

/// Signals a process now and then, when it has had time to use up what it can.
fn interrupt_when_waiting(child: &Child, number: u64) {
    if number.is_multiple_of(10) {
        thread::sleep(Duration::from_millis(1));
        send(child.pid(), Signal::SIGUSR1);
    }
}

/// Where processes leave numbers: eight bytes at a time are appended whole.
struct Notes {
    folder: tempfile::TempDir,
}

impl Notes {
    fn new() -> Notes {
        let folder = tempfile::tempdir().unwrap();
        Notes { folder }
    }

    fn open(&self, name: &str) -> File {
        let mut options = File::options();
        options.create(true).append(true);
        options.open(self.path(name)).unwrap()
    }

    /// How often each number is there.
    fn read(&self, name: &str) -> HashMap<u64, usize> {
        let mut count = HashMap::new();
        for number in fs::read(self.path(name)).unwrap().chunks_exact(8) {
            let number = u64::from_le_bytes(number.try_into().unwrap());
            *count.entry(number).or_default() += 1;
        }
        count
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.folder.path()).join(name)
    }
}

fn note(mut notes: &File, number: u64) {
    notes.write_all(&number.to_le_bytes()).unwrap();
}

fn time_limits_hold_with_many_readers() {
    const ITEMS: u64 = 5_000;
    let notes = Notes::new();
    let got = notes.open("got");
    let queue = Queue::new().unwrap();
    let read = |patience: u64| {
        loop {
            match queue.get_timeout(Duration::from_micros(patience)) {
                Ok(Some(number)) => note(&got, number),
                Ok(None) => break,
                Err(Error::Timeout) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let readers: Vec<Child> = [0, 1, 100, 10_000]
        .map(|patience| Process::new(read, (patience,)).start().unwrap())
        .into();
    for number in 0..ITEMS {
        queue.put(number).unwrap();
    }
    queue.close().unwrap();
    readers.into_iter().for_each(join);
    let once: HashMap<u64, usize> = (0..ITEMS).map(|number| (number, 1)).collect();
    assert_eq!(notes.read("got"), once);
}

fn a_reader_killed_among_large_items_holds_nobody_up() {
    let before = Footprint::now();
    let queue = Queue::new().unwrap();
    let writer = Process::new(write_large, (&queue,)).start().unwrap();
    for n in 0..20 {
        let reader = Process::new(read_large, (&queue,)).start().unwrap();
        nap(n);
        reader.kill().unwrap();
        reader.join().unwrap();
    }
    let reader = Process::new(read_large, (&queue,)).start().unwrap();
    join(writer);
    queue.close().unwrap();
    join(reader);
    drop(queue);
    before.check();
}

fn write_large(queue: &Queue<String>) {
    for _ in 0..100 {
        queue.put("x".repeat(4_000_000)).unwrap();
    }
}

fn read_large(queue: &Queue<String>) {
    while let Some(item) = queue.get().unwrap() {
        assert_eq!(item.len(), 4_000_000);
    }
}

/// A number, and bytes that make some items large.
type Item = (u64, Vec<u8>);

fn killed_processes_take_along_one_item_at_most() {
    let kills = 100 * times();
    let mut chance = chance();
    let notes = Notes::new();
    let (put, got) = (notes.open("put"), notes.open("got"));
    let queue = Queue::<Item>::new().unwrap();
    let write = |first: u64, items: u64| {
        for number in first..first + items {
            let length = if number % 50 == 0 { 200_000 } else { 10 };
            queue.put((number, vec![number as u8; length])).unwrap();
            note(&put, number);
        }
    };
    let read = || {
        while let Some((number, bytes)) = queue.get().unwrap() {
            assert!(bytes.iter().all(|&byte| byte == number as u8));
            note(&got, number);
        }
    };
    // No process gets to its end, but for the last writer and the last readers.
    let start_writer = |n: usize| {
        let first = n as u64 * 1_000_000;
        let items = if n == kills { 2_000 } else { 1_000_000 };
        Process::new(write, (first, items)).start().unwrap()
    };
    let start_reader = || Process::new(read, ()).start().unwrap();
    let (mut writers, mut readers) = (
        [start_writer(0), start_writer(1)],
        [start_reader(), start_reader()],
    );
    let (mut killed_writers, mut killed_readers) = (0, 0);
    for n in 2..kills {
        thread::sleep(Duration::from_micros(chance.random_range(0..5_000)));
        let place = chance.random_range(0..2);
        let killed = if chance.random() {
            killed_writers += 1;
            std::mem::replace(&mut writers[place], start_writer(n))
        } else {
            killed_readers += 1;
            std::mem::replace(&mut readers[place], start_reader())
        };
        killed.kill().unwrap();
        killed.join().unwrap();
    }
    for writer in writers {
        killed_writers += 1;
        writer.kill().unwrap();
        writer.join().unwrap();
    }
    join(start_writer(kills));
    queue.close().unwrap();
    readers.into_iter().for_each(join);
    let (put, got) = (notes.read("put"), notes.read("got"));
    let lost = put
        .keys()
        .filter(|number| !got.contains_key(number))
        .count();
    let unnoted = got
        .keys()
        .filter(|number| !put.contains_key(number))
        .count();
    eprintln!(
        "{} items, {lost} lost with {killed_readers} readers",
        got.len()
    );
    assert!(got.values().all(|&times| times == 1), "none comes twice");
    assert!(
        lost <= killed_readers,
        "{lost} lost, {killed_readers} readers killed"
    );
    assert!(
        unnoted <= killed_writers,
        "{unnoted} unnoted, {killed_writers} writers killed"
    );
}

/// A type that postcard can write but not read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Guess {
    Number(u8),
    Text(String),
}

/// A type of which postcard may write too little.
#[derive(Debug, Serialize, Deserialize)]
struct Gap {
    #[serde(skip_serializing_if = "is_zero")]
    number: u8,
    list: Vec<u8>,
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// A type that postcard cannot write.
#[derive(Debug, Serialize, Deserialize)]
struct Flat {
    number: u8,
    #[serde(flatten)]
    rest: HashMap<String, u8>,
}

fn what_cannot_be_encoded_or_decoded_costs_its_own_item_only() {
    let queue = Queue::new().unwrap();
    for guess in [Guess::Number(7), Guess::Text("seven".into())] {
        queue.put(guess).unwrap();
        let error = queue.get().unwrap_err();
        assert!(matches!(error, Error::Decode(..)), "{error}");
        check_sentence(&error, "Guess", "`untagged`");
    }
    let queue = Queue::new().unwrap();
    // Too few bytes, and too many.
    for list in [vec![], vec![0, 5]] {
        queue.put(Gap { number: 0, list }).unwrap();
        let error = queue.get().unwrap_err();
        assert!(matches!(error, Error::Decode(..)), "{error}");
        check_sentence(&error, "Gap", "`skip_serializing_if`");
    }
    let queue = Queue::new().unwrap();
    let rest = HashMap::from([("more".into(), 8)]);
    let error = queue.put(Flat { number: 7, rest }).unwrap_err();
    assert!(matches!(error, Error::Encode(..)), "{error}");
    check_sentence(&error, "Flat", "`flatten`");
    queue.close().unwrap();
    assert!(queue.get().unwrap().is_none(), "nothing was put");
}

/// The sentence names the type and what to look for. It has no source, which a
/// program that ends with the error would print as well.
fn check_sentence(error: &dyn std::error::Error, item: &str, attribute: &str) {
    let sentence = error.to_string();
    assert!(
        sentence.contains(item) && sentence.contains(attribute),
        "{sentence}"
    );
    assert!(error.source().is_none(), "the sentence is all of it");
}

fn threads_of_one_process_may_use_a_queue_too() {
    let queue = Queue::new().unwrap();
    let put = |n: u32| (0..1000).for_each(|_| queue.put(n).unwrap());
    let sum = thread::scope(|scope| {
        let reader = scope.spawn(|| iter::from_fn(|| queue.get().unwrap()).sum::<u32>());
        let writers = [1, 2, 3].map(|n| scope.spawn(move || put(n)));
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
        queue.close().unwrap();
        reader.join().unwrap()
    });
    assert_eq!(sum, 6 * 1000);
}

fn an_item_may_put_another_while_it_is_put() {
    thread_local! {
        static INNER: Queue<u32> = Queue::new().unwrap();
    }
    struct Outer;
    impl Serialize for Outer {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            INNER.with(|inner| inner.put(7)).unwrap();
            8.serialize(serializer)
        }
    }
    impl<'de> Deserialize<'de> for Outer {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Outer, D::Error> {
            assert_eq!(INNER.with(Queue::get).unwrap(), Some(7));
            assert_eq!(i32::deserialize(deserializer)?, 8);
            Ok(Outer)
        }
    }
    let outer = Queue::new().unwrap();
    outer.put(Outer).unwrap();
    assert!(outer.get().unwrap().is_some());
}
