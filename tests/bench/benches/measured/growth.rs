//! What the table leaves out: processor time, memory, and how cost grows.

use std::time::Duration;

use common::println;
use process_pool::Pool;

use crate::measure::{Effort, Measured, Samples, in_turns, measure, median};
use crate::memory::{family, own_family};
use crate::python::Python;
use crate::row::{Result, Row, Unit};
use crate::table::figure;
use crate::{ROWS, pipe, pool, queue};

/// For each line.
const EFFORT: Effort = Effort {
    time: Duration::from_secs(3),
    rounds: 1,
};

pub fn print(python: &mut Option<Python>) -> Result {
    processor_time(&ROWS, python)?;
    workers(python)?;
    tasks(python)?;
    messages(python)
}

fn processor_time(rows: &[Row], python: &mut Option<Python>) -> Result {
    println!("Processor time of an operation, user + system, in all processes:\n");
    head("row");
    for row in rows {
        let measured = measure(row, python, EFFORT)?;
        line(row.title, cells(&measured, processor));
    }
    Ok(())
}

fn processor(samples: &Samples) -> String {
    let [user, system] =
        [&samples.user, &samples.system].map(|time| figure(Unit::Time, median(time)));
    format!("{user} + {system}")
}

/// Speed, and the memory of pools whose workers have all done something.
fn workers(python: &mut Option<Python>) -> Result {
    println!("\nA pool with more workers: 20,000 small tasks\n");
    head("workers");
    for workers in [1, 2, 4, 8, 16] {
        let measured = in_turns(
            20_000,
            EFFORT,
            || pool::tasks(workers, 20_000),
            Some(|| pool::bare_tasks(workers, 20_000)),
            python,
            &format!("pool_tasks({workers}, 20_000)"),
        )?;
        line(workers, cells(&measured, rate));
    }
    println!("\nIts memory, the proportional set size of all its processes\n");
    head("workers");
    for workers in [1, 2, 4, 8, 16] {
        line(
            workers,
            [
                our_memory(workers, python)?,
                "–".into(),
                python_memory(workers, python)?,
            ],
        );
    }
    Ok(())
}

fn our_memory(workers: usize, python: &Option<Python>) -> Result<String> {
    let pool = Pool::new(workers)?;
    pool.map(|n: u64| n * n, 0..1_000)?;
    let family = own_family(python.as_ref().map(Python::pid))?;
    pool.close().join()?;
    Ok(family.to_string())
}

fn python_memory(workers: usize, python: &mut Option<Python>) -> Result<String> {
    let Some(python) = python else {
        return Ok("–".into());
    };
    python.call(&format!("hold_pool({workers})"))?;
    let family = family(python.pid(), None)?;
    python.call("release_pool()")?;
    Ok(family.to_string())
}

fn tasks(python: &mut Option<Python>) -> Result {
    println!("\nA pool of 4 with more small tasks\n");
    head("tasks");
    for tasks in [100, 1_000, 10_000, 100_000, 1_000_000] {
        let measured = in_turns(
            tasks,
            EFFORT,
            || pool::tasks(4, tasks.into()),
            Some(|| pool::bare_tasks(4, tasks.into())),
            python,
            &format!("pool_tasks(4, {tasks})"),
        )?;
        line(tasks, cells(&measured, rate));
    }
    Ok(())
}

fn messages(python: &mut Option<Python>) -> Result {
    println!("\nLonger texts through a pipe, there and back\n");
    head("bytes");
    for (length, times) in lengths() {
        let measured = in_turns(
            times,
            EFFORT,
            || pipe::ours(length, times),
            Some(|| pipe::bare(length, times)),
            python,
            &format!("pipe({length}, {times})"),
        )?;
        line(length, cells(&measured, time));
    }
    println!("\nLonger texts through a queue\n");
    head("bytes");
    for (length, times) in lengths() {
        let measured = in_turns(
            times,
            EFFORT,
            || queue::texts(length, times),
            None::<fn() -> _>,
            python,
            &format!("queue_texts({length}, {times})"),
        )?;
        line(length, cells(&measured, time));
    }
    Ok(())
}

/// From 1 B to 16 MiB, and how often each is sent: fewer of the long ones.
fn lengths() -> impl Iterator<Item = (usize, u32)> {
    let all = (0..=24).step_by(4).map(|power| 1 << power);
    all.map(|length| (length, (0x400_0000 / length as u32).min(4_000)))
}

fn time(samples: &Samples) -> String {
    figure(Unit::Time, median(&samples.time))
}

fn rate(samples: &Samples) -> String {
    figure(Unit::Rate, median(&samples.time))
}

fn cells(measured: &Measured, cell: fn(&Samples) -> String) -> [String; 3] {
    let Measured { ours, bare, python } = measured;
    [Some(ours), bare.as_ref(), python.as_ref()]
        .map(|samples| samples.map_or_else(|| "–".into(), cell))
}

fn head(what: &str) {
    line(what, ["ours", "bare", "Python"].map(String::from));
    line("---", ["---"; 3].map(String::from));
}

fn line(what: impl ToString, [ours, bare, python]: [String; 3]) {
    let what = what.to_string();
    println!("| {what:47} | {ours:>22} | {bare:>22} | {python:>22} |");
}
