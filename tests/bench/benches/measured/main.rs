//! Ours, the bare system calls and Python, measured on the same work.
//!
//! ```text
//! cargo bench                    the table, one line a row
//! cargo bench -- queue map       only the rows with such a word in their title
//! cargo bench -- growth          CPU time, memory, and how cost grows (minutes)
//! cargo bench -- --one-core      any of these with everything on one core
//! ```
//!
//! The files beside this one hold the rows, each with its three ways next to
//! each other: `ours`, `bare` and `PYTHON` do the same work, and each times it
//! alone, without what it has to set up before. `measure` runs them in turns.

mod bare;
mod cores;
mod growth;
mod measure;
mod memory;
mod pipe;
mod pool;
mod process;
mod program;
mod python;
mod queue;
mod row;
mod table;
mod thread;

use std::env;
use std::process::ExitCode;

use common::println;

use crate::python::Python;
use crate::row::{Result, Row};

const ROWS: [Row; 12] = [
    process::ROW,
    pool::TASKS,
    pool::ONE_TASK,
    pool::MAP,
    pool::START,
    queue::SMALL,
    queue::TEXTS_64_KIB,
    queue::TEXTS_1_MIB,
    pipe::ROUND_TRIP,
    pipe::ECHO,
    thread::ROW,
    program::ROW,
];

fn main() -> Result<ExitCode> {
    let words: Vec<String> = env::args().skip(1).collect();
    let mut rows = Vec::new();
    let (mut growth, mut one_core) = (false, false);
    for word in &words {
        match word.as_str() {
            "--bench" => {} // from cargo
            "--one-core" => one_core = true,
            "growth" => growth = true,
            word => {
                let before = rows.len();
                rows.extend(ROWS.iter().filter(|row| row.title.contains(word)));
                if rows.len() == before {
                    println!("No row has {word:?} in its title; these are there:");
                    ROWS.iter().for_each(|row| println!("  {}", row.title));
                    return Ok(ExitCode::from(2));
                }
            }
        }
    }
    if rows.is_empty() {
        rows.extend(&ROWS);
    }
    if one_core {
        cores::pin_to_one(&[cores::this_process()])?;
    }
    let mut python = Python::start(&ROWS)?;
    println!("{}\n", cores::machine(one_core, python.as_ref())?);
    match growth {
        true => growth::print(&mut python)?,
        false => table::print(&rows, &mut python)?,
    }
    Ok(ExitCode::SUCCESS)
}
