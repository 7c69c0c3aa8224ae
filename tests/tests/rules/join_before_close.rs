//! A pool is closed before it is waited for.

use process_pool::{Pool, PoolError};

fn main() -> Result<(), PoolError> {
    let p = Pool::new(4)?;
    p.join()?; // does not compile: E0599
    p.close().join()
}
