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
//! main ── apply_async ──► task queue ──► one thread for each place ──► AsyncResult
//!                                          │ call ▲ answer   │ order ▲ the worker's end
//!                                          ▼      │          ▼       │
//!                                          worker ◄── forks ── fork server
//! ```
//!
//! The pool has a fixed number of *places*. Each is a thread of the program with a
//! mailbox and at most one worker process. It orders a worker, takes a task from the
//! queue, sends the call, and waits for the answer.
//!
//! Forking is safe only while a process has one thread, and the program has one for
//! each place. So [`Pool::new`] first forks a *fork server*, which stays
//! single-threaded. It forks a worker when a place orders one, and when a worker has
//! ended, it tells the place how. (Python calls this way of starting processes
//! `forkserver`.)
//!
//! A place that learns of its worker's end looks whether its call is still in the
//! mailbox. If the call, or a piece of it, is there, no worker has begun it, and the next
//! worker gets it. Otherwise the worker had the call: the task's result is
//! [`TaskErrorKind::WorkerDied`].
//!
//! The workers end with the fork server, and each place learns of its end. So to end the
//! pool before its time is to end the server. A task that a worker had by then is lost,
//! the others are not run.
//!
//! The compiler checks two rules: nothing can be submitted after [`Pool::close`], which
//! consumes the pool, and only what it returns, a [`ClosedPool`], has a `join`.
//!
//! Who wants to read the source begins with `pool.rs`, and goes on with `closed_pool.rs`,
//! `place.rs`, `message.rs`, `worker.rs`, `fork_server.rs` and `async_result.rs`.
//!
//! # Signals
//!
//! Ctrl-C reaches all processes of a program. It ends a program without a
//! handler, and the pool's processes then end, too. A program with a handler
//! decides for itself: until it ends the pool, fork server and workers go on. (So
//! SIGINT and SIGQUIT do nothing in a worker.)
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
//! When the program dies, the kernel kills server and workers, except a worker
//! whose task has changed its user (prctl(2), `PR_SET_PDEATHSIG`).
//!
//! # What to know
//!
//! - A task that waits for another task keeps its worker busy. When all workers
//!   wait for tasks in the queue, the pool stands still, as in Python.
//! - A worker that dies while it has nothing to do is replaced when its place gets
//!   the next task.
//! - Keep the pool in `main`, not in a `static` (`LazyLock`). `Pool::new` forks
//!   the workers while the `static` is being made; in their copy it is never
//!   finished, so a task that uses it waits for ever.
//! - A child [`Process`](process_basic::Process) that a task has not joined is joined
//!   before the task's result is told, unless it is a daemon. Another program that a task
//!   runs, or a bare fork(2), may outlive the pool. When its parent has died, the first
//!   process of the system or the container has to reap it: in a container, let that be
//!   an init (`docker run --init`).
//! - What a task prints is flushed before its result is told. Other writers, in a
//!   `static` for instance, the task has to flush itself: at the pool's end, workers are
//!   killed, and drop nothing. A thread that a task has left behind, and that keeps
//!   stdout locked, costs each later task of that worker a second and a thread.
//! - A panic of a task is printed where it happens, as every panic. The result says
//!   that the task panicked, and with what. If the task held a `Mutex` in a `static`, it
//!   is poisoned for later tasks of that worker.
//! - A task must not touch descriptors that it has not opened: the worker's own
//!   are among them.

#![warn(missing_docs)]

mod async_result;
mod call;
mod closed_pool;
mod error;
mod fork_server;
mod message;
mod place;
mod pool;
mod settings;
mod state;
mod travel;
mod worker;

pub use async_result::AsyncResult;
pub use closed_pool::ClosedPool;
pub use error::{PoolError, TaskError, TaskErrorKind};
pub use pool::Pool;
pub use travel::{Args, CapturesNothing, Returned, Value};
