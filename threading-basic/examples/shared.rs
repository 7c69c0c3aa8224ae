//! Two threads add 1 to one counter, a hundred times each: at first without a
//! lock, then with one.
//!
//! Predict: which two numbers are printed? (A thread sleeps for a moment
//! between its reading and its writing, so the other one has time to read.)

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

use common::{println, sleep};

fn add_without_lock(counter: &AtomicU32) {
    for _ in 0..100 {
        let n = counter.load(Relaxed);
        sleep(0.001);
        counter.store(n + 1, Relaxed);
    }
}

fn add_with_lock(counter: &Mutex<u32>) {
    for _ in 0..100 {
        let mut n = counter.lock().unwrap();
        sleep(0.001);
        *n += 1;
    }
}

fn main() {
    let counter = AtomicU32::new(0);
    thread::scope(|threads| {
        threads.spawn(|| add_without_lock(&counter));
        threads.spawn(|| add_without_lock(&counter));
    });
    println!("Without a lock, the counter is {}.", counter.into_inner());

    let counter = Mutex::new(0);
    thread::scope(|threads| {
        threads.spawn(|| add_with_lock(&counter));
        threads.spawn(|| add_with_lock(&counter));
    });
    println!(
        "With a lock, the counter is {}.",
        counter.into_inner().unwrap()
    );
}
