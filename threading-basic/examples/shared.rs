//! Two threads add 1 to one counter, a hundred times each: at first without a
//! lock, then with one.
//!
//! Predict: which two numbers are printed?

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Barrier, Mutex};
use std::thread;

use common::println;

fn add_without_lock(counter: &AtomicU32, both_have_read: &Barrier) {
    for _ in 0..100 {
        let n = counter.load(Relaxed);
        both_have_read.wait();
        counter.store(n + 1, Relaxed);
    }
}

fn add_with_lock(counter: &Mutex<u32>) {
    for _ in 0..100 {
        let mut n = counter.lock().unwrap();
        *n += 1;
    }
}

fn main() {
    let counter = AtomicU32::new(0);
    let both_have_read = Barrier::new(2);
    thread::scope(|threads| {
        threads.spawn(|| add_without_lock(&counter, &both_have_read));
        threads.spawn(|| add_without_lock(&counter, &both_have_read));
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
