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
    pub bare: Option<Bare>,
    pub python: Python,
}

/// The system calls alone, and the goal against them.
pub struct Bare {
    pub run: fn() -> Result<Duration>,
    /// At most so many times the time, or at least so many times the rate.
    pub goal: f64,
}

/// Python's way, and the goal against it.
pub struct Python {
    /// Defines the function that `call` calls; it returns the seconds it took.
    pub source: &'static str,
    pub call: &'static str,
    /// At least so many times faster.
    pub goal: f64,
}

/// How a row tells its speed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The time of an operation.
    Time,
    /// The operations in a second.
    Rate,
}
