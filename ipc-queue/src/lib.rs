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
//! Under it is one socket pair (unix(7), SOCK_SEQPACKET), which every process
//! inherits. An item is one packet, so it is never torn or mixed with another's,
//! and a process that is killed holds no lock that others wait for. What a packet
//! cannot hold travels in a file in memory, whose descriptor goes with it.
//!
//! [`Queue::close`] shuts the socket down (shutdown(2)), for all processes at
//! once: readers get what is in it and then `None`, and nobody can put more.
//!
//! ```
//! use ipc_queue::Queue;
//! use process_basic::Process;
//!
//! let queue = Queue::new()?;
//! let writer = Process::new(|| queue.put("hello".to_string()), ()).start()?;
//! writer.join()?;
//! queue.close()?;
//! assert_eq!(queue.get()?, Some("hello".to_string()));
//! assert_eq!(queue.get()?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order:
//! - [`Queue`] makes packets of items, and items of packets.
//! - `packet` sends and receives them.
//! - [`Error`] is what can go wrong.
//!
//! # What a child inherits
//!
//! Both ends of the socket, so that each process may put and get. The price
//! is that no process ever sees the other end vanish: readers wait until
//! somebody closes the queue, and writers, once it is full, until somebody
//! reads. Close it from a process that outlives the writers, after joining them. If
//! `main` returns an error before that, its readers wait, and the program waits for
//! them, unless they are [daemons](process_basic::Process::daemon).

#![warn(missing_docs)]

mod error;
mod packet;
mod queue;

pub use error::Error;
pub use queue::Queue;
