//! The chapter with two threads at once. (Naps are shorter here.)
//!
//! Predict: how long does it all take? Do the lines of the two threads always
//! come in the same order?

use std::error::Error;
use std::thread;
use std::time::Duration;

use common::println;

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
        thread::sleep(Duration::from_millis(200));
    }
    println!("thread {} ended.", name());
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("thread {} is running...", name());
    let mut threads = Vec::new();
    for name in ["LoopThread-1", "LoopThread-2"] {
        let t = thread::Builder::new().name(name.to_string());
        threads.push(t.spawn(r#loop).map_err(|error| error.to_string())?);
    }
    for t in threads {
        t.join().map_err(|_| "a thread panicked")?;
    }
    println!("thread {} ended.", name());
    Ok(())
}
