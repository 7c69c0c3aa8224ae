//! A queue that processes share, as Python's `multiprocessing.Queue`.
//!
//! Make a [`Queue`] before the processes that use it, and lend it to each. Any
//! number of them may put and get; every item reaches exactly one reader:
//!
//! ```text
//! put ──► ┌─────────────────────┐ ──► get
//! put ──► │ C  B  A   in kernel │ ──► get
//! put ──► └─────────────────────┘ ──► get
//! ```
//!
//! Under it is one `ipc_channel` channel, both ends of which every process
//! inherits. An item is one packet of it, so it is never torn or mixed with
//! another's, and a process that is killed holds no lock that others wait for.
//!
//! The end is a packet too: [`Queue::close`] puts an end mark behind the last
//! item. The reader that meets it puts it back for the next one, and stops. So
//! it does not matter in which order processes start, and nothing that was put
//! before is lost. (A reader killed at the very moment when it holds the mark
//! takes it along; another process's `close` puts another.)
//!
//! ```no_run
//! use ipc_queue::Queue;
//!
//! let queue = Queue::new()?;
//! queue.put("one".to_string())?;
//! queue.put("two".to_string())?;
//! queue.close()?;
//! for item in &queue {
//!     println!("{}", item?);
//! }
//! # Ok::<(), ipc_queue::Error>(())
//! ```
//!
//! # What a child inherits
//!
//! Both ends of the channel, so that each process may put and get. The price
//! is that no process ever sees the other end vanish: readers wait until
//! somebody closes the queue, and writers, once it is full, until somebody
//! reads. Close it from a process that outlives the writers, after joining them.

mod error;
mod packet;
mod queue;

pub use error::Error;
pub use queue::{Iter, Queue};
