//! Start a process that does nothing, and join it.

use std::time::{Duration, Instant};

use process_basic::Process;

use crate::bare;
use crate::row::{Python, Result, Row, Unit};

pub const ROW: Row = Row {
    title: "start + join a process",
    unit: Unit::Time,
    operations: PROCESSES,
    one_core: false,
    ours,
    bare: Some(bare),
    python: Python {
        source: PYTHON,
        call: "process(20)",
    },
};

const PROCESSES: u32 = 20;

fn nothing() {}

fn ours() -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..PROCESSES {
        Process::new(nothing, ()).start()?.join()?;
    }
    Ok(start.elapsed())
}

fn bare() -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..PROCESSES {
        bare::wait(bare::fork(nothing)?)?;
    }
    Ok(start.elapsed())
}

const PYTHON: &str = "\
def nothing():
    pass


def process(processes):
    start = perf_counter()
    for _ in range(processes):
        p = Process(target=nothing)
        p.start()
        p.join()
    return perf_counter() - start
";
