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
//! length of the rest, and the rest, encoded with postcard.
//!
//! # What a child inherits
//!
//! One connection goes to the child as an argument, and the parent drops its
//! own copy when it starts the child. The child keeps a copy of the parent's
//! connection, which it cannot see. Therefore dropping that one in the parent
//! tells the child nothing, and [`Connection::close`] shuts the socket itself
//! down, for all copies.

mod connection;
mod error;
mod frame;

pub use connection::{Connection, pipe};
pub use error::{Closed, Error};
