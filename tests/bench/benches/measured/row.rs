//! What a row of the table is.

use std::error::Error;
use std::time::Duration;

pub type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// One kind of work, done in three ways.
pub struct Row {
    pub title: &'static str,
    pub unit: Unit,
    /// How many operations each way times in one round.
    pub operations: u32,
    /// Whether all three run on one core.
    pub one_core: bool,
    pub ours: fn() -> Result<Duration>,
    /// The system calls alone.
    pub bare: Option<fn() -> Result<Duration>>,
    pub python: Python,
}

/// Python's way.
pub struct Python {
    /// Defines the function that `call` calls; it returns the seconds it took.
    pub source: &'static str,
    pub call: &'static str,
}

/// How a row gives its speed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The time of an operation.
    Time,
    /// The operations in a second.
    Rate,
}
