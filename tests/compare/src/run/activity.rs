//! What the processes of a program do at one moment, as far as /proc tells.

use procfs::process::{Process, Stat};

use crate::language::Text;
use crate::run::processes::Processes;

/// The PID of each of these processes and what it does now, in the order in which they
/// began. Of a process with several threads, its first one counts.
pub fn activities(processes: &Processes) -> Vec<(u32, Text)> {
    let mut running: Vec<(Process, Stat)> = processes.running();
    running.sort_by_key(|(_, stat)| stat.starttime);
    let activity = |(process, stat): (Process, Stat)| {
        let doing = match stat.state {
            'R' => Text::new("computing", "正在计算"),
            // By a signal, or by compare: a child at its end.
            'T' | 't' => Text::new("stopped", "已暂停"),
            // Some kernels do not tell, or tell `0`.
            _ => waiting_in(&process.wchan().unwrap_or_default()),
        };
        (stat.pid as u32, doing)
    };
    running.into_iter().map(activity).collect()
}

/// What a process waits for that waits in this function of the kernel.
fn waiting_in(function: &str) -> Text {
    let is_in = |(parts, _): &(&str, Text)| parts.split(' ').any(|part| function.contains(part));
    let known = WAITS.into_iter().find(is_in);
    known.map_or(Text::new("waiting", "在等待"), |(_, doing)| doing)
}

/// Parts of the names of functions, which are Linux's own, and differ a little from
/// version to version. (`futex_do_wait` is a lock.)
const WAITS: [(&str, Text); 5] = [
    ("nanosleep", Text::new("sleeping", "正在睡眠")),
    (
        "futex",
        Text::new("waiting for a lock or a thread", "在等待锁或线程"),
    ),
    ("do_wait", Text::new("waiting for a child", "在等待子进程")),
    (
        "pipe_write pipe_wait_writable sock_alloc_send",
        Text::new("waiting for room to write", "在等待写入（缓冲已满）"),
    ),
    (
        "pipe_read pipe_wait_readable unix_ skb_wait sk_wait poll select",
        Text::new("waiting for a message", "在等待消息"),
    ),
];
