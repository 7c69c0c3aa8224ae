//! A thread with a name: start it, and wait for its end.

use std::thread;

use anyhow::Result;
use common::{println, sleep};

fn name() -> String {
    match thread::current().name() {
        // Rust calls the first thread main; Python, and so the notes, MainThread.
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

fn main() -> Result<()> {
    println!("thread {} is running...", name());
    let t = thread::Builder::new().name("LoopThread".to_string());
    let t = t.spawn(r#loop)?;
    t.join().unwrap();
    println!("thread {} ended.", name());
    Ok(())
}
