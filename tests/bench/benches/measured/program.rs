//! The first chapter as a whole program.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::row::{Python, Result, Row, Unit};

pub const ROW: Row = Row {
    title: "whole program: process-basic",
    unit: Unit::Time,
    operations: PROGRAMS,
    one_core: false,
    ours,
    bare: None,
    python: Python {
        source: PYTHON,
        call: "program(1)",
    },
};

const PROGRAMS: u32 = 1;

fn ours() -> Result<Duration> {
    let program = PROGRAM.as_ref().map_err(String::as_str)?;
    let start = Instant::now();
    for _ in 0..PROGRAMS {
        let status = Command::new(program).stdout(Stdio::null()).status()?;
        assert!(status.success());
    }
    Ok(start.elapsed())
}

/// The program, built the first time it is asked for.
static PROGRAM: LazyLock<Result<PathBuf, String>> =
    LazyLock::new(|| build().map_err(|error| error.to_string()));

/// Builds the program beside this one.
fn build() -> Result<PathBuf> {
    let here = env::current_exe()?;
    let folder = here.ancestors().nth(2).ok_or("no target folder")?;
    let program = folder.join("process-basic");
    let cargo = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "process-basic",
        ])
        .arg("--target-dir")
        .arg(folder.parent().ok_or("no target folder")?)
        .status()?;
    match cargo.success() {
        true => Ok(program),
        false => Err("process-basic could not be built".into()),
    }
}

const PYTHON: &str = concat!(
    "\
def program(programs):
    start = perf_counter()
    for _ in range(programs):
        subprocess.run([sys.executable, '",
    env!("CARGO_MANIFEST_DIR"),
    "/../../process-basic/notes.py'], stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - start
"
);
