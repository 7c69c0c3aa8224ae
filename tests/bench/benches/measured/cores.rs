//! The machine, and which of its cores are used.

use std::fs;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::utsname::uname;
use nix::unistd::Pid;

use crate::python::Python;
use crate::row::Result;

/// The calling thread, as sched_setaffinity(2) names it.
pub fn this_process() -> Pid {
    Pid::from_raw(0)
}

/// The cores that this process may run on.
pub fn allowed() -> nix::Result<CpuSet> {
    sched_getaffinity(this_process())
}

/// Ties processes, and all that they start from now on, to these cores.
pub fn pin(processes: &[Pid], cores: &CpuSet) -> nix::Result<()> {
    processes
        .iter()
        .try_for_each(|&process| sched_setaffinity(process, cores))
}

/// Ties them to the last of the cores that are allowed.
pub fn pin_to_one(processes: &[Pid]) -> Result {
    let last = numbers(&allowed()?).pop().ok_or("no core is allowed")?;
    let mut one = CpuSet::new();
    one.set(last)?;
    Ok(pin(processes, &one)?)
}

fn numbers(cores: &CpuSet) -> Vec<usize> {
    (0..CpuSet::count())
        .filter(|&core| cores.is_set(core) == Ok(true))
        .collect()
}

/// What the figures depend on, in two lines.
pub fn machine(one_core: bool, python: Option<&Python>) -> Result<String> {
    let info = fs::read_to_string("/proc/cpuinfo")?;
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .unwrap_or("processor of unknown name");
    let count = info
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kernel = uname()?;
    let kernel = kernel.release().to_string_lossy();
    let pinned = match one_core {
        true => format!("pinned to core {:?}", numbers(&allowed()?)),
        false => "not pinned, but for rows that say so".to_string(),
    };
    let python = match python {
        Some(python) => format!("Python {}", python.version()),
        None => "no python3 here, so its column is left out".to_string(),
    };
    Ok(format!(
        "{count} × {model}, Linux {kernel}, {python}\n{pinned}"
    ))
}
