//! What checks the chapters. Each module has one subject.

use std::process::ExitCode;

use tests::workspace::CHAPTERS;
use tests::{harness, modules};

mod bad_bytes;
mod chaos;
mod compile_errors;
mod exercises;
mod left_behind;
mod lessons;
mod newborn_workers;
mod output;
mod pages;
mod pipe;
mod pool;
mod process;
mod queue;
mod random;
mod shortage;
mod soak;

fn main() -> ExitCode {
    harness::run(
        &CHAPTERS,
        modules![
            lessons,
            exercises,
            compile_errors,
            left_behind,
            output,
            chaos,
            soak,
            bad_bytes,
            newborn_workers,
            pipe,
            pool,
            process,
            queue,
            random,
            shortage,
            pages,
        ],
    )
}
