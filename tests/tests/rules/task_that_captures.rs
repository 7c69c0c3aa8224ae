//! A task is a plain function: a worker cannot see what a closure captures.

use process_pool::{Pool, PoolError};

fn main() -> Result<(), PoolError> {
    let p = Pool::new(4)?;
    let n = 7;
    p.apply_async(move || n + 1, ()); // does not compile: E0080
    p.apply_async(|n: u32| n + 1, (n,));
    p.close().join()
}
