//! Reads /proc.

use procfs::process::{FDTarget, Process, Stat, all_processes};

/// Whether a process has ended: it is gone, or a zombie.
pub fn has_ended(pid: u32) -> bool {
    stat(pid).is_none_or(|stat| is_zombie(&stat))
}

/// Whether a process is stopped, by SIGSTOP for instance, also if it is traced.
pub fn is_stopped(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| matches!(stat.state, 'T' | 't'))
}

/// The PID of a process's parent.
///
/// # Panics
///
/// When there is no such process.
pub fn parent_of(pid: u32) -> u32 {
    let stat = stat(pid).expect("a process");
    stat.ppid.cast_unsigned()
}

/// The PIDs of a process's children, zombies among them; none when there is no
/// such process.
pub fn children_of(pid: u32) -> Vec<u32> {
    let tasks = process(pid).and_then(|process| process.tasks().ok());
    let mut children: Vec<u32> = tasks
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|task| task.children().ok())
        .flatten()
        .collect();
    children.sort_unstable();
    children
}

/// How many threads a process runs; 0 when there is no such process.
pub fn threads_of(pid: u32) -> usize {
    let tasks = process(pid).and_then(|process| process.tasks().ok());
    tasks.map_or(0, |tasks| tasks.flatten().count())
}

/// The open descriptors of a process, each with what it points to.
///
/// # Panics
///
/// When there is no such process.
pub fn descriptors_of(pid: u32) -> Vec<(i32, FDTarget)> {
    let descriptors = process(pid)
        .expect("a process")
        .fd()
        .expect("its fd folder");
    // Reading the folder opens descriptors, too.
    let of_proc =
        |target: &FDTarget| matches!(target, FDTarget::Path(path) if path.starts_with("/proc"));
    let mut descriptors: Vec<_> = descriptors
        .flatten()
        .map(|descriptor| (descriptor.fd, descriptor.target))
        .filter(|(_, target)| !of_proc(target))
        .collect();
    descriptors.sort_by_key(|&(number, _)| number);
    descriptors
}

/// The memory of this process in KiB (proc_pid_status(5), VmRSS).
///
/// # Panics
///
/// When /proc cannot be read.
pub fn memory() -> u64 {
    let status = Process::myself().and_then(|process| process.status());
    status.expect("/proc").vmrss.expect("a VmRSS line")
}

/// The address space of this process in bytes (proc_pid_stat(5), vsize).
///
/// # Panics
///
/// When /proc cannot be read.
pub fn address_space() -> u64 {
    let stat = Process::myself().and_then(|process| process.stat());
    stat.expect("/proc").vsize
}

/// The PIDs of the running processes in a process group; a zombie does not run.
pub fn running_in_group(leader: u32) -> Vec<u32> {
    all_processes()
        .expect("/proc")
        .flatten()
        .filter_map(|process| process.stat().ok())
        .filter(|stat| stat.pgrp.cast_unsigned() == leader && !is_zombie(stat))
        .map(|stat| stat.pid.cast_unsigned())
        .collect()
}

fn process(pid: u32) -> Option<Process> {
    Process::new(pid.cast_signed()).ok()
}

fn stat(pid: u32) -> Option<Stat> {
    process(pid)?.stat().ok()
}

fn is_zombie(stat: &Stat) -> bool {
    matches!(stat.state, 'Z' | 'X')
}
