//! The table of all rows.

use std::time::Duration;

use common::println;

use crate::measure::{Effort, Measured, Samples, measure, median, spread, times};
use crate::python::Python;
use crate::row::{Result, Row, Unit};

/// For each row.
const EFFORT: Effort = Effort {
    time: Duration::from_secs(8),
    rounds: 9,
};

const LEGEND: &str = "
Each figure is the median of the rounds; half of the rounds are within its ±.
Against bare: ours as a multiple of the bare time, or of the bare rate where rates are shown.
Against Python: how many times faster ours is. Both are medians of the rounds' ratios.";

const HEAD: [&str; 6] = [
    "row",
    "ours",
    "bare",
    "Python",
    "against bare",
    "against Python",
];

/// Measures the rows one after another, and prints each as it is done.
pub fn print(rows: &[&Row], python: &mut Option<Python>) -> Result {
    line(&HEAD.map(String::from));
    line(&["---"; 6].map(String::from));
    for row in rows {
        let measured = measure(row, python, EFFORT)?;
        line(&cells(row, &measured));
    }
    println!("{LEGEND}");
    Ok(())
}

fn cells(row: &Row, measured: &Measured) -> [String; 6] {
    let Measured { ours, bare, python } = measured;
    let speed = |samples: &Samples| speed(row.unit, samples);
    let against_bare = |bare: &Samples| match row.unit {
        Unit::Time => ratio(times(ours, bare)),
        Unit::Rate => ratio(times(bare, ours)),
    };
    let against_python = |python: &Samples| ratio(times(python, ours));
    let cells = [
        Some(row.title.to_string()),
        Some(speed(ours)),
        bare.as_ref().map(speed),
        python.as_ref().map(speed),
        bare.as_ref().map(against_bare),
        python.as_ref().map(against_python),
    ];
    cells.map(|cell| cell.unwrap_or_else(|| "–".to_string()))
}

fn line(cells: &[String; 6]) {
    let [title, ours, bare, python, to_bare, to_python] = cells;
    println!(
        "| {title:47} | {ours:>15} | {bare:>15} | {python:>15} | {to_bare:>12} | {to_python:>14} |"
    );
}

fn speed(unit: Unit, samples: &Samples) -> String {
    let spread = 100.0 * spread(&samples.time);
    format!("{} ±{spread:2.0} %", figure(unit, median(&samples.time)))
}

fn ratio(times: f64) -> String {
    format!("{times:.2} ×")
}

/// The seconds of an operation, as time or rate, in three digits.
pub fn figure(unit: Unit, seconds: f64) -> String {
    match unit {
        Unit::Time => scaled(seconds * 1e6, &[" µs", " ms", " s"]),
        Unit::Rate => scaled(1.0 / seconds, &["/s", " k/s", " M/s"]),
    }
}

fn scaled(mut value: f64, units: &[&str]) -> String {
    let mut units = units.iter().peekable();
    let mut unit = "";
    while let Some(next) = units.next() {
        unit = next;
        if value < 1000.0 || units.peek().is_none() {
            break;
        }
        value /= 1000.0;
    }
    let decimals = match value {
        v if v < 10.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}{unit}")
}
