//! The memory of a whole family of processes.

use std::fmt;

use nix::unistd::{Pid, getpid};
use procfs::process::Process;

use crate::row::Result;

/// A pool that stays open until it is released.
pub const PYTHON: &str = "\
def hold_pool(workers):
    global held
    held = Pool(workers)
    held.map(square, range(1_000))
    return 0


def release_pool():
    held.close()
    held.join()
    return 0
";

/// The processes of a family and their memory in bytes. Processes that share a
/// page count a part of it each (proc(5), Pss).
pub struct Family {
    pub processes: usize,
    pub memory: u64,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = self.memory as f64 / f64::from(1 << 20);
        write!(f, "{mib:.1} MiB in {}", self.processes)
    }
}

/// A process and all below it, but for `stranger` and all below that one.
pub fn family(of: Pid, stranger: Option<Pid>) -> Result<Family> {
    let mut family = Family {
        processes: 1,
        memory: memory(of)?,
    };
    for child in children(of)? {
        if Some(child) != stranger {
            let below = self::family(child, stranger)?;
            family.processes += below.processes;
            family.memory += below.memory;
        }
    }
    Ok(family)
}

pub fn own_family(stranger: Option<Pid>) -> Result<Family> {
    family(getpid(), stranger)
}

fn memory(pid: Pid) -> Result<u64> {
    let process = Process::new(pid.as_raw())?;
    let rollup = process.smaps_rollup()?.memory_map_rollup;
    let maps = rollup.iter().filter_map(|map| map.extension.map.get("Pss"));
    Ok(maps.sum())
}

/// Of every thread, since each has the children it started.
fn children(pid: Pid) -> Result<Vec<Pid>> {
    let mut children = Vec::new();
    for thread in Process::new(pid.as_raw())?.tasks()? {
        children.extend(thread?.children()?);
    }
    let pid = |child: u32| Pid::from_raw(child.cast_signed());
    Ok(children.into_iter().map(pid).collect())
}
