//! What the processes of a program do at one moment, as far as /proc tells.

use procfs::process::{Process, Stat};

use crate::language::Text;
use crate::run::processes::Processes;
use crate::text;
use crate::words::List;

/// A process, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// The process.
    pub pid: u32,
    /// What it does, as in `waiting for its child 12`.
    pub doing: Text,
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
            'R' => Text::new("computing", "正在计算"),
            // By a signal, or by compare: a child at its end.
            'T' | 't' => Text::new("stopped", "已暂停"),
            // Some kernels do not tell, or tell `0`.
            _ => waiting_in(&process.wchan().unwrap_or_default(), stat.pid, &parents),
        },
    };
    running.iter().map(activity).collect()
}

/// What a process waits for that waits in this function of the kernel. The names
/// are Linux's own, and differ a little from version to version.
fn waiting_in(function: &str, pid: i32, parents: &[(i32, i32)]) -> Text {
    let is_in = |parts: &[&str]| parts.iter().any(|part| function.contains(part));
    if is_in(&["nanosleep"]) {
        Text::new("sleeping", "正在睡眠")
    } else if is_in(&["futex"]) {
        Text::new("waiting for a lock or a thread", "在等待锁或线程")
    } else if is_in(&["do_wait"]) {
        waiting_for_children(pid, parents)
    } else if is_in(&["pipe_read", "pipe_wait_readable"]) {
        Text::new("waiting to read from a pipe", "在等待管道里的数据")
    } else if is_in(&["pipe_write", "pipe_wait_writable", "sock_alloc_send"]) {
        Text::new("waiting for room to write", "在等待写入（缓冲已满）")
    } else if is_in(&["unix_", "skb_wait", "sk_wait", "poll", "select"]) {
        Text::new("waiting for a message", "在等待消息")
    } else if is_in(&["sigtimedwait", "sigsuspend", "pause"]) {
        Text::new("waiting for a signal", "在等待信号")
    } else {
        Text::new("waiting", "在等待")
    }
}

fn waiting_for_children(pid: i32, parents: &[(i32, i32)]) -> Text {
    let children = parents.iter().filter(|&&(_, parent)| parent == pid);
    let children: Vec<i32> = children.map(|(child, _)| *child).collect();
    match children.as_slice() {
        [] => Text::new("waiting for a child", "在等待子进程"),
        [child] => text!("waiting for its child {child}", "在等待子进程 {child}"),
        children => {
            let children = List(children);
            text!(
                "waiting for one of its children {children}",
                "在等待子进程 {children:#} 中的一个"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn a_child_is_named() {
        let parents = [(10, 1), (11, 10), (12, 11)];
        let doing = |function, pid| waiting_in(function, pid, &parents);
        let doing = |function, pid| doing(function, pid).to(Language::English).to_owned();
        assert_eq!(doing("do_wait", 10), "waiting for its child 11");
        assert_eq!(doing("do_wait", 12), "waiting for a child");
        // Some versions of Linux have this for a lock.
        assert_eq!(doing("futex_do_wait", 10), "waiting for a lock or a thread");
        assert_eq!(doing("0", 12), "waiting");
    }
}
