//! A closed pool that nobody joins terminates its workers: a warning says so.

#![deny(unused_must_use)]

use process_pool::{Pool, PoolError};

fn main() -> Result<(), PoolError> {
    let p = Pool::new(4)?;
    let q = Pool::new(4)?;
    p.close(); // does not compile: unused_must_use
    q.close().join()
}
