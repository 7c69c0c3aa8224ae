//! Prints a random number from each of four children and four tasks, after
//! the parent has drawn one itself.

use std::error::Error;
use std::thread;
use std::time::Duration;

use common::println;
use process_basic::Process;
use process_pool::Pool;

fn draw() {
    println!("{}", rand::random::<u64>());
    // Long enough for each task to need a worker of its own.
    thread::sleep(Duration::from_millis(100));
}

fn main() -> Result<(), Box<dyn Error>> {
    draw();
    for _ in 0..4 {
        Process::new(draw, ()).start()?.join()?;
    }
    let p = Pool::new(4)?;
    for _ in 0..4 {
        p.apply_async(draw, ());
    }
    p.close().join()?;
    Ok(())
}
