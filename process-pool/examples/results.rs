//! What tasks return: one result, many at once, and none from a task that fails.
//!
//! Predict: one task divides by zero. Does that end its worker, the pool or the
//! program? Which line of the parent learns of it?

use anyhow::Result;
use common::println;
use process_pool::Pool;

fn divide(a: i32, b: i32) -> i32 {
    a / b
}

fn square(n: i32) -> i32 {
    n * n
}

fn main() -> Result<()> {
    let p = Pool::new(4)?;
    let six = p.apply_async(divide, (42, 7));
    let none = p.apply_async(divide, (42, 0));
    println!("42 / 7 is {}.", six.get()?);
    match none.get() {
        Ok(result) => println!("42 / 0 is {result}."),
        Err(error) => println!("42 / 0 has no result: {error}."),
    }
    println!("The squares are {:?}.", p.map(square, 1..=5)?);
    p.close().join()?;
    Ok(())
}
