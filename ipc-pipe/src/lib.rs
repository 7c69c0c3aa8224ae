//! A pipe between two processes, as Python's `multiprocessing.Pipe`.
//!
//! [`pipe`] gives two [`Connection`]s. What one sends, the other receives; the
//! types say which way each message goes:
//!
//! ```text
//! Connection<A, B>            Connection<B, A>
//!     send A ───────────────────► recv A
//!     recv B ◄─────────────────── send B
//! ```
//!
//! Under it is a socket pair (socketpair(2)), which carries bytes and knows of
//! no messages. So each message travels as a frame: four bytes that tell the
//! length of the rest, and the rest, encoded with postcard. `recv` reads one frame
//! and no byte more: what a process has read ahead, a child of it would
//! have too, and receive once more.
//!
//! ```
//! use ipc_pipe::{Connection, Error, pipe};
//! use process_basic::Process;
//!
//! fn double(mut conn: Connection<u64, u32>) -> Result<(), Error> {
//!     while let Some(number) = conn.recv()? {
//!         conn.send(&(2 * u64::from(number)))?;
//!     }
//!     Ok(())
//! }
//!
//! let (mut conn, child_conn) = pipe()?;
//! let child = Process::new(double, (child_conn,)).start()?;
//! conn.send(&21)?;
//! assert_eq!(conn.recv()?, Some(42));
//! conn.close()?;
//! child.join()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order:
//! - [`Connection`] is one end of a pipe; [`pipe`] makes two.
//! - `frame` writes and reads one message.
//! - [`Error`] is what can go wrong.
//!
//! # What a child inherits
//!
//! One connection goes to the child as an argument, and the parent drops its
//! own copy when it starts the child. The child keeps a copy of the parent's
//! connection, which it cannot see. Therefore dropping that one in the parent
//! tells the child nothing, and [`Connection::close`] shuts the socket itself
//! down, for all copies.
//!
//! A child inherits every connection that is open when it starts. So make each pipe
//! just before its child starts, and give the child's end away, as an argument or with
//! `move`. If the child only borrows its end, the parent keeps a copy: when the child
//! dies, a `recv` from it does not end. If two pipes are made first and two children
//! started after, the first child keeps a copy of the second one's end: when the second
//! child dies, a `recv` from it does not end while the first one lives.

#![warn(missing_docs)]

mod connection;
mod error;
mod frame;

pub use connection::{Connection, SentAs, pipe};
pub use error::{Closed, Error};
