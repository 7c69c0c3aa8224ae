//! Parts of sentences: numbers, lists, times, and how a program ended.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::language::{Language, Text};
use crate::text;
use crate::transcript::Ending;

/// A list as it is said: `A, B and C`, or, with `#`, `A、B 和 C`.
pub struct List<'t, T>(pub &'t [T]);

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (comma, and) = match f.alternate() {
            false => (", ", " and "),
            true => ("、", " 和 "),
        };
        for (index, thing) in self.0.iter().enumerate() {
            let before = match self.0.len() - index {
                _ if index == 0 => "",
                1 => and,
                _ => comma,
            };
            write!(f, "{before}{thing}")?;
        }
        Ok(())
    }
}

/// A number and its thing: `1 line`, `2 lines`, `2 processes`.
pub fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ if thing.ends_with('s') => format!("{number} {thing}es"),
        _ => format!("{number} {thing}s"),
    }
}

/// How often something happened: `never`, `twice`, `7 times`.
pub fn times(number: usize) -> String {
    match number {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{number} times"),
    }
}

/// A role in Chinese: `worker 1`. The name that a thread has of its own stays.
pub fn in_chinese(role: &str) -> String {
    let (word, number) = role.split_once(' ').unwrap_or((role, ""));
    let known = ROLES.iter().find(|(english, _)| *english == word);
    let word = known.map_or(word, |(_, chinese)| chinese);
    format!("{word} {number}").trim_end().to_owned()
}

const ROLES: [(&str, &str); 8] = [
    ("parent", "父进程"),
    ("child", "子进程"),
    ("worker", "工作进程"),
    ("writer", "写进程"),
    ("reader", "读进程"),
    ("main", "主程序"),
    ("process", "进程"),
    ("thread", "线程"),
];

/// How somebody ended, as a sentence.
pub fn ended(who: &Text, status: ExitStatus) -> Text {
    let it = capitalized(who.to(Language::English));
    let zh = who.to(Language::Chinese);
    match (status.code(), status.signal()) {
        (Some(code), _) => text!(
            "{it} ended with exit code {code}.",
            "{zh} 以退出码 {code} 结束。"
        ),
        (None, signal) => {
            let signal = signal.unwrap_or_default();
            let name = Signal::try_from(signal).map_or("unknown", Signal::as_str);
            text!(
                "{it} was ended by signal {signal} ({name}).",
                "{zh} 被信号 {signal}（{name}）终止。"
            )
        }
    }
}

/// Words at the beginning of a sentence. One word is a file's name, and stays as it is.
fn capitalized(words: &str) -> String {
    if words != "it" && !words.contains(' ') {
        return words.to_owned();
    }
    let mut words = words.chars();
    let first = words.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(words).collect()
}

/// How a program ended, also one that did not end by itself, as a sentence.
pub fn how_ended(name: &str, ending: Ending) -> Text {
    match ending {
        Ending::Ended(status) => ended(&text!("{name}", "{name}"), status),
        Ending::TooMuchOutput => text!("Too many lines came from {name}.", "{name} 打印得太多。"),
        Ending::TimeLimit(_) | Ending::Stopped => text!(
            "When it was ended, {name} still ran.",
            "{name} 被终止时还在运行。"
        ),
    }
}

/// A time as it is said: seconds, to the hundredth, in Chinese with `#`.
pub struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let unit = if f.alternate() { "秒" } else { "s" };
        write!(f, "{:.2} {unit}", self.0.as_secs_f64())
    }
}
