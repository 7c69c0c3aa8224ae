//! A pool is closed once.

use process_pool::{Pool, PoolError};

fn main() -> Result<(), PoolError> {
    let p = Pool::new(4)?;
    let closed = p.close();
    p.close().join()?; // does not compile: E0382
    closed.join()
}
