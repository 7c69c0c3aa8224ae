//! What checks `cargo compare`. Each module has one subject.

use std::process::ExitCode;

use tests::workspace::CHAPTERS;
use tests::{harness, modules};

mod calling;
mod chapters;
mod chinese;
mod page;
mod right;
mod run;
mod timeline;
mod tool;
mod two_programs;
mod wrong;

fn main() -> ExitCode {
    let packages = [&CHAPTERS[..], &["compare"]].concat();
    harness::run(
        &packages,
        modules![
            calling,
            chinese,
            wrong,
            right,
            two_programs,
            chapters,
            page,
            timeline,
            run,
        ],
    )
}
