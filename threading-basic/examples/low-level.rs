//! A thread as Python's low-level `_thread` starts it: without a name, and
//! with nothing to join. (It prints `?` for the name.)
//!
//! Predict: how far does the loop count before the program ends? Does its
//! last line come?

use std::thread;

use common::{println, sleep};

fn name() -> String {
    match thread::current().name() {
        Some("main") => "MainThread".to_string(),
        name => name.unwrap_or("?").to_string(),
    }
}

fn r#loop() {
    println!("thread {} is running...", name());
    let mut n = 0;
    while n < 5 {
        n += 1;
        println!("thread {} >>> {n}", name());
        sleep(1.0);
    }
    println!("thread {} ended.", name());
}

fn main() {
    println!("thread {} is running...", name());
    thread::spawn(r#loop);
    sleep(2.5);
    println!("thread {} ended.", name());
}
