//! A pool of processes that run tasks, as Python's `multiprocessing.Pool`.
//!
//! ```no_run
//! use process_pool::Pool;
//!
//! fn square(n: u64) -> u64 {
//!     n * n
//! }
//!
//! let pool = Pool::new(4)?;
//! let nine = pool.apply_async(square, (3,));
//! assert_eq!(nine.get()?, 9);
//! assert_eq!(pool.map(square, 1..=4)?, [1, 4, 9, 16]);
//! pool.close().join()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it works
//!
//! ```text
//! main ── apply_async ──► task queue ──► one dispatcher thread per worker
//!                                           │ call ▲ answer
//!                                           ▼      │
//! fork server ── forks on order ─────────► worker process
//! ```
//!
//! A dispatcher hands its worker a call, waits for the answer, and takes the
//! next from the queue. (While hundreds of short ones wait there, it hands out
//! several at a time, which saves most of the system calls.) A worker that dies
//! closes its end of the channel; its dispatcher reports the task that was
//! lost, and orders a new worker.
//!
//! Forking is safe only while a process has one thread, and the program has
//! dispatchers as soon as it has a pool. So [`Pool::new`] first forks a *fork server*, which stays
//! single-threaded and forks every worker. (Python calls this way of starting
//! processes `forkserver`.)
//!
//! Both rules of the notes are types: [`Pool::close`] consumes the pool, so
//! nothing can be submitted after it, and [`ClosedPool`] alone has a `join`.
//!
//! In reading order:
//! - `pool`: [`Pool`] and [`ClosedPool`], what a program uses.
//! - `async_result`: [`AsyncResult`], and the slot where an answer arrives.
//! - `call`: a task and its arguments as bytes, and back in a worker.
//! - `dispatcher`: the threads between the queue and the workers.
//! - `worker`: the loop of a worker process, and a dispatcher's hold on it.
//! - `fork_server`: the process that forks workers, and what orders it.
//! - `shared`: what all these threads share.
//! - `message`: bytes of any length through an ipc-channel.
//! - `error`: [`PoolError`] and [`TaskError`].
//!
//! # What each process inherits
//!
//! - The fork server: the standard streams, and both ends of the two channels
//!   between it and the pool. It cannot close the pool's ends, so it never sees
//!   their end of file, and is told to stop.
//! - A worker: what the fork server has at that moment, which is the above and
//!   this worker's own two channel ends. Those of other workers are never open
//!   there, so the end of file on a worker's channel tells just one thing: that
//!   worker is gone. The server's ends do not outlive the server in a worker,
//!   since a worker dies with it.
//! - Each of them dies with its parent: the workers with the fork server, that
//!   with the program.

mod async_result;
mod call;
mod dispatcher;
mod error;
mod fork_server;
mod message;
mod pool;
mod shared;
mod worker;

pub use async_result::AsyncResult;
pub use error::{Failure, PoolError, TaskError};
pub use pool::{ClosedPool, Pool};
