//! A thread with a name: start it, and wait for its end.

use std::error::Error;
use std::thread;
use std::time::Duration;

use common::println;

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
        thread::sleep(Duration::from_secs(1));
    }
    println!("thread {} ended.", name());
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("thread {} is running...", name());
    let t = thread::Builder::new().name("LoopThread".to_string());
    let t = t.spawn(r#loop).map_err(|error| error.to_string())?;
    t.join().map_err(|_| "LoopThread panicked")?;
    println!("thread {} ended.", name());
    Ok(())
}
