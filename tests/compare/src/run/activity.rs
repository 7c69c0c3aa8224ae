//! What the processes of a program do at one moment, as far as /proc tells.

use procfs::process::{Process, Stat};

use crate::run::processes::Processes;

/// A process, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// The process.
    pub pid: u32,
    /// Its words follow "is", as in `waiting for its child 12`.
    pub doing: String,
}

/// What each of these processes does now, in the order in which they began. Of a
/// process with several threads, its first one counts.
pub(super) fn activities(processes: &Processes) -> Vec<Activity> {
    let mut running: Vec<(Process, Stat)> = processes.running();
    running.sort_by_key(|(_, stat)| stat.starttime);
    let parents: Vec<(i32, i32)> = running.iter().map(|(_, s)| (s.pid, s.ppid)).collect();
    let activity = |(process, stat): &(Process, Stat)| Activity {
        pid: stat.pid as u32,
        doing: match stat.state {
            'R' => "computing".to_owned(),
            // By a signal, or by compare: a child at its end.
            'T' | 't' => "stopped".to_owned(),
            // Some kernels do not tell, or tell `0`.
            _ => waiting_in(&process.wchan().unwrap_or_default(), stat.pid, &parents),
        },
    };
    running.iter().map(activity).collect()
}

/// What a process waits for that waits in this function of the kernel. The names
/// are Linux's own, and differ a little from version to version.
fn waiting_in(function: &str, pid: i32, parents: &[(i32, i32)]) -> String {
    let is_in = |parts: &[&str]| parts.iter().any(|part| function.contains(part));
    let what = if is_in(&["nanosleep"]) {
        "sleeping"
    } else if is_in(&["futex"]) {
        "waiting for a lock or a thread"
    } else if is_in(&["do_wait"]) {
        return waiting_for_children(pid, parents);
    } else if is_in(&["pipe_read", "pipe_wait_readable"]) {
        "waiting for something to read from a pipe"
    } else if is_in(&["pipe_write", "pipe_wait_writable", "sock_alloc_send"]) {
        "waiting for room to write"
    } else if is_in(&["unix_", "skb_wait", "sk_wait", "poll", "select"]) {
        "waiting for a message"
    } else if is_in(&["sigtimedwait", "sigsuspend", "pause"]) {
        "waiting for a signal"
    } else {
        "waiting"
    };
    what.to_owned()
}

fn waiting_for_children(pid: i32, parents: &[(i32, i32)]) -> String {
    let children = parents.iter().filter(|&&(_, parent)| parent == pid);
    let children: Vec<_> = children.map(|(child, _)| child.to_string()).collect();
    match children.as_slice() {
        [] => "waiting for a child".to_owned(),
        [child] => format!("waiting for its child {child}"),
        children => format!("waiting for one of its children {}", children.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_named() {
        let parents = [(10, 1), (11, 10), (12, 11)];
        assert_eq!(
            waiting_in("do_wait", 10, &parents),
            "waiting for its child 11"
        );
        assert_eq!(waiting_in("do_wait", 12, &parents), "waiting for a child");
        // Some versions of Linux have this for a lock.
        let lock = waiting_in("futex_do_wait", 10, &parents);
        assert_eq!(lock, "waiting for a lock or a thread");
        assert_eq!(waiting_in("0", 12, &parents), "waiting");
    }
}
