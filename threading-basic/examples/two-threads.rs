//! The chapter with two threads at once. (The sleeps are shorter here.)
//!
//! Predict: how long does it all take: 1 second, or 2? Do the lines of the two
//! threads always come in the same order?

use std::thread;

use anyhow::Result;
use common::{println, sleep, time};

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
        sleep(0.2);
    }
    println!("thread {} ended.", name());
}

fn main() -> Result<()> {
    println!("thread {} is running...", name());
    let start = time();
    let mut threads = Vec::new();
    for name in ["LoopThread-1", "LoopThread-2"] {
        let t = thread::Builder::new().name(name.to_string());
        threads.push(t.spawn(r#loop)?);
    }
    for t in threads {
        t.join().unwrap();
    }
    println!("All of it took {:.2} seconds.", time() - start);
    println!("thread {} ended.", name());
    Ok(())
}
