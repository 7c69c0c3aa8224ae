//! Reads a transcript without a chapter's rules: its lines are normalized, since
//! PIDs and times differ from run to run. Then two programs can be compared.
//!
//! Whose a line is, its writer tells; where the program was not traced, only which
//! process a line names is known.

mod diff;
mod pids;

use std::ops::Range;

use crate::run::Output;
use crate::transcript::{Transcript, Writer};
pub use diff::{Diff, diff};
use pids::Pids;

/// The role of a program's first process.
pub const MAIN: &str = "main";

/// A program's transcript, its lines with placeholders for PIDs and times.
#[derive(Clone, Debug)]
pub struct NormalizedOutput {
    /// What the program did so far.
    pub transcript: Transcript,
    /// The processes that the lines name, or that wrote them, and their roles, in order
    /// of appearance.
    pub roles: Vec<(u32, String)>,
    /// The threads that wrote lines.
    threads: Vec<Writer>,
    /// One for each line of stdout.
    lines: Vec<NormalizedLine>,
    pids: Pids,
}

/// What is known of one line.
#[derive(Clone, Debug)]
struct NormalizedLine {
    /// The line with placeholders.
    template: String,
    /// The process or thread that wrote it; where that is not known, the one that it
    /// names, if it names just one.
    owner: Option<String>,
    /// It names its writer's process, and no other.
    names_itself: bool,
}

impl NormalizedOutput {
    /// No line yet, of the program whose first process has this PID.
    pub fn new(main: u32) -> NormalizedOutput {
        NormalizedOutput {
            transcript: Transcript::default(),
            roles: Vec::new(),
            threads: Vec::new(),
            lines: Vec::new(),
            pids: Pids::from(main),
        }
    }

    /// Adds an output of the program.
    pub fn record(&mut self, output: Output) {
        let is_line = matches!(output, Output::Line(_));
        self.transcript.record(output);
        if is_line {
            self.pids.extend();
            self.read(self.lines.len(), true);
        }
    }

    /// The process or thread whose line this is, if that is known.
    pub fn owner(&self, line: usize) -> Option<&str> {
        self.lines.get(line)?.owner.as_deref()
    }

    /// Whether this line has a writer, and does not name it.
    fn is_anonymous(&self, line: usize) -> bool {
        let is_written = self.transcript.lines[line].writer().is_some();
        is_written && !self.lines[line].names_itself
    }

    /// Reads the lines again, now that another program has ended that ran at the
    /// same time: a line that both printed has no PID in it, however like one a
    /// number is.
    pub fn read_beside(&mut self, other: &Transcript) {
        let common = other.texts();
        self.pids.know(&self.transcript);
        self.roles.clear();
        self.threads.clear();
        self.lines.clear();
        for index in 0..self.transcript.lines.len() {
            let text = self.transcript.lines[index].text.as_str();
            self.read(index, !common.contains(&text));
        }
    }

    fn read(&mut self, index: usize, may_have_pids: bool) {
        let text = self.transcript.lines[index].text.clone();
        let (mut template, mut names, mut done) = (String::new(), Vec::new(), 0);
        names.extend(thread(&text).map(str::to_owned));
        for number in numbers(&text) {
            let placeholder = match text[number.clone()].parse() {
                Ok(pid) if may_have_pids && self.pids.contain(pid) => {
                    let role = self.role(pid).to_owned();
                    let placeholder = if role == MAIN { "{main}" } else { "{pid}" };
                    names.push(role);
                    placeholder
                }
                _ if is_time(&text, &number) => "{time}",
                _ => continue,
            };
            template += &text[done..number.start];
            template += placeholder;
            done = number.end;
        }
        template += &text[done..];
        let template = without_moments(&template);
        names.dedup();
        let named = if names.len() == 1 { names.pop() } else { None };
        let writer = self.transcript.lines[index].writer();
        let owner = writer.map(|writer| self.thread(writer));
        self.lines.push(NormalizedLine {
            template,
            names_itself: owner.is_some() && owner == named,
            owner: owner.or(named),
        });
    }

    /// The name of a thread: its process's, and a number where it is not the first.
    fn thread(&mut self, writer: Writer) -> String {
        let role = self.role(writer.process).to_owned();
        if writer.thread == writer.process {
            return role;
        }
        if !self.threads.contains(&writer) {
            self.threads.push(writer);
        }
        let of_process = self.threads.iter().filter(|w| w.process == writer.process);
        let number = of_process.take_while(|other| **other != writer).count() + 1;
        format!("{role}, thread {number}")
    }

    /// The role of the process with this PID, which may be a new one.
    fn role(&mut self, pid: u32) -> &str {
        let known = self.roles.iter().position(|&(other, _)| other == pid);
        let index = known.unwrap_or_else(|| {
            let others = self.roles.iter().filter(|(_, role)| role != MAIN).count();
            let role = match pid == self.pids.first {
                true => MAIN.to_owned(),
                false => format!("process {}", others + 1),
            };
            self.roles.push((pid, role));
            self.roles.len() - 1
        });
        &self.roles[index].1
    }
}

/// The thread in a line such as `thread LoopThread ended.`
fn thread(text: &str) -> Option<&str> {
    text.strip_prefix("thread ")?.split(' ').next()
}

/// Where in a text the numbers are that stand alone: not `A1`, not `1.2.3`.
fn numbers(text: &str) -> impl Iterator<Item = Range<usize>> {
    let in_word = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
    let mut words = Vec::new();
    let mut from = 0;
    for word in text.split(|c| !in_word(c)) {
        let number = word.trim_end_matches(|c: char| c.is_alphabetic() || c == '.');
        if number.parse::<f64>().is_ok() && number.starts_with(|c: char| c.is_ascii_digit()) {
            let end = from + number.len();
            words.push(from..end + exponent(&text[end..]));
        }
        let end = from + word.len();
        from = end + text[end..].chars().next().map_or(0, char::len_utf8);
    }
    words.into_iter()
}

/// How many bytes the exponent has, as in `9.5e-07`, with which this begins.
fn exponent(rest: &str) -> usize {
    let sign = rest.strip_prefix('e');
    let sign = sign.and_then(|rest| rest.strip_prefix(['-', '+']));
    let digits = sign.map_or(0, |rest| {
        rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()
    });
    if digits > 0 { digits + 2 } else { 0 }
}

/// Whether the number there is a measured time: it has decimals, and a unit follows,
/// or the line speaks of time.
fn is_time(text: &str, number: &Range<usize>) -> bool {
    const UNITS: [&str; 9] = [
        "s", "sec", "secs", "second", "seconds", "ms", "us", "秒", "毫秒",
    ];
    const WORDS: [&str; 8] = [
        "time", "took", "elapsed", "second", "duration", "用时", "耗时", "时间",
    ];
    let rest = text[number.end..].trim_start_matches(' ');
    let unit = rest.split(|c: char| !c.is_alphabetic()).next();
    let has_unit = || unit.is_some_and(|unit| UNITS.contains(&unit));
    let speaks = || WORDS.iter().any(|word| text.to_lowercase().contains(word));
    // In another encoding no unit can be read.
    let unreadable = || text.contains(char::REPLACEMENT_CHARACTER);
    text[number.clone()].contains('.') && (has_unit() || speaks() || unreadable())
}

/// The text with placeholders for addresses (`0x7f3a…`) and times of day.
fn without_moments(text: &str) -> String {
    let words = text.split_inclusive(|c: char| !c.is_alphanumeric() && !"-:.".contains(c));
    words
        .map(|word| {
            let end = word.trim_end_matches(|c: char| !c.is_alphanumeric());
            let digits = end.chars().filter(char::is_ascii_digit).count();
            let is_date = digits >= 6 && end.chars().all(|c| c.is_ascii_digit() || c == '-');
            let is_clock =
                digits >= 4 && end.chars().all(|c| c.is_ascii_digit() || ":.".contains(c));
            let placeholder = match end.strip_prefix("0x") {
                Some(address) if address.len() > 5 => "{address}",
                _ if is_date && end.matches('-').count() == 2 => "{time}",
                _ if is_clock && end.contains(':') => "{time}",
                _ => return word.to_owned(),
            };
            format!("{placeholder}{}", &word[end.len()..])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Line;

    /// These lines, in which the PIDs are 100 to 199.
    pub(super) fn normalized(texts: &[&str]) -> NormalizedOutput {
        let mut normalized = NormalizedOutput::new(100);
        normalized.pids.last = 199;
        for text in texts {
            let line = Line {
                text: text.to_string(),
                ..Line::default()
            };
            normalized.transcript.lines.push(line);
            normalized.read(normalized.lines.len(), true);
        }
        normalized
    }

    fn templates(texts: &[&str]) -> Vec<String> {
        let lines = normalized(texts).lines;
        lines.into_iter().map(|line| line.template).collect()
    }

    #[test]
    fn pids_and_times_become_placeholders() {
        let told = [
            "Parent process 100.",
            "Run task 0 (101)...",
            "Task 0 runs 0.25 seconds.",
            "用了 1.50秒, 2.5ms",
            "42 / 7 is 6, pi is 3.14, A150, 1.2.3, 3 s",
            "Time taken: 1.0234, 9.5e-07",
            "at 2026-11-30 21:35:13.123456, <Job object at 0x7f3a91c2>",
        ];
        let read = [
            "Parent process {main}.",
            "Run task 0 ({pid})...",
            "Task 0 runs {time} seconds.",
            "用了 {time}秒, {time}ms",
            told[4],
            "Time taken: {time}, {time}",
            "at {time} {time}, <Job object at {address}>",
        ];
        assert_eq!(templates(&told), read);
    }

    #[test]
    fn without_writers_a_line_may_name_a_process_or_a_thread() {
        let normalized = normalized(&[
            "Parent process 100.",
            "Child 101 runs",
            "Child 102 runs",
            "101 and 102",
            "thread LoopThread ended.",
        ]);
        let named: Vec<_> = (0..5).map(|line| normalized.owner(line)).collect();
        let [one, two] = ["process 1", "process 2"].map(Some);
        assert_eq!(named, [Some(MAIN), one, two, None, Some("LoopThread")]);
    }

    #[test]
    fn what_both_print_is_no_pid() {
        let mut one = normalized(&["sum: 150", "by 101"]);
        let other = normalized(&["sum: 150", "by 121"]);
        one.read_beside(&other.transcript);
        assert_eq!(one.lines[0].template, "sum: 150");
        assert_eq!(one.lines[1].template, "by {pid}");
    }
}
