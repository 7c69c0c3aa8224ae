//! A pool of processes that run tasks, as Python's `multiprocessing.Pool`.
//!
//! ```
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
//! main ── apply_async ──► task queue ──► one dispatcher thread for each place
//!                                           │ calls ▲ answers
//!                                           ▼       │
//! fork server ── forks and reaps ───────► worker process
//!      ▲
//!      └── waits for its end ── watcher thread
//! ```
//!
//! The pool has a fixed number of *places*. Each has a *mailbox*, two channels,
//! and a worker that answers what comes in there: one call at a time. When a
//! worker dies, the next one takes over the same mailbox, and its first message
//! says how the ones before it ended. So a call that the dead worker had not read
//! is not lost: the next one reads it. A call that it had read is lost, and the
//! task's result is [`TaskError::WorkerDied`].
//!
//! Forking is safe only while a process has one thread, and the program has
//! dispatchers as soon as it has a pool. So [`Pool::new`] first forks a *fork
//! server*, which stays single-threaded and forks all workers. It takes no
//! orders: it waits for the end of its children, and for the end of the pool.
//! (Python calls this way of starting processes `forkserver`.)
//!
//! Both rules of the notes are types: [`Pool::close`] consumes the pool, so
//! nothing can be submitted after it, and [`ClosedPool`] alone has a `join`.
//!
//! In reading order:
//! - `pool`: [`Pool`] and [`ClosedPool`], what a program uses.
//! - `async_result`: [`AsyncResult`], and the slot where an outcome arrives.
//! - `running`: a pool's processes and threads, from start to end.
//! - `call`: a task and its arguments as bytes, and back in a worker.
//! - `dispatcher`: the threads between the task queue and the workers.
//! - `message`: what a dispatcher and a worker say to each other.
//! - `worker`: the life of a worker process.
//! - `fork_server`: the process that forks them, and waits for their end.
//! - `watcher`: the thread that wakes the dispatchers when it has ended.
//! - `mailbox`, `signals`, `shared`: what these have in common.
//! - `error`: [`PoolError`] and [`TaskError`].
//!
//! # Signals
//!
//! Ctrl-C reaches all processes of a program. It ends a program without a
//! handler, and the pool's processes then end, too. A program with a handler
//! decides for itself: until it ends the pool, fork server and workers go on.
//!
//! Other signals that are sent to the whole group, such as SIGTERM by `timeout`,
//! end the workers, and with them their tasks; the fork server goes on. Handlers
//! that the program had before the pool are inherited: keep them harmless in a
//! worker, or set them after [`Pool::new`].
//!
//! # What a worker inherits
//!
//! What any [child of this program](process_basic#what-a-child-inherits) does, as
//! it was at [`Pool::new`]. So a descriptor that was open then stays open in the
//! pool's processes: whoever waits for its end of file waits for the pool's end.
//! When the program dies, the kernel kills server and workers, but no worker
//! whose task has changed its user (prctl(2), `PR_SET_PDEATHSIG`).
//!
//! # What to know
//!
//! - A task that waits for another task keeps its worker busy. When all workers
//!   wait for tasks in the queue, the pool stands still, as in Python.
//! - Keep the pool in `main`, not in a `static` (`LazyLock`). `Pool::new` forks
//!   the workers while the `static` is being made; in their copy it is never
//!   finished, so a task that uses it waits for ever.
//! - A process that a task starts and leaves behind may outlive the pool. When
//!   its parent has died, the first process of the system or the container has
//!   to reap it: in a container, let that be an init (`docker run --init`).
//! - What a task prints is flushed before its result is told. (If the task has
//!   left threads behind, the worker waits at most a second for the flush.)
//! - A worker prints no panic of a task: the result, or `join`, tells it. One that
//!   the task catches itself is printed when the task ends.
//! - A task must not touch descriptors that it has not opened: the worker's own
//!   are among them.

#![warn(missing_docs)]

mod async_result;
mod call;
mod dispatcher;
mod error;
mod fork_server;
mod mailbox;
mod message;
mod pool;
mod running;
mod shared;
mod signals;
mod watcher;
mod worker;

pub use async_result::AsyncResult;
pub use error::{Failure, PoolError, TaskError};
pub use pool::{ClosedPool, Pool};
