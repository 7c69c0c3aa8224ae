//! A closed pool takes no more tasks, whatever it is called.

use process_pool::{Pool, PoolError};

fn long_time_task() {}

fn main() -> Result<(), PoolError> {
    let p = Pool::new(4)?;
    p.apply_async(long_time_task, ());
    let p = p.close();
    p.apply_async(long_time_task, ()); // does not compile: E0599
    p.join()
}
