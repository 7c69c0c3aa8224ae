//! Reads a transcript as its chapter's story: each line becomes one that is
//! expected, each PID a role.

use std::time::Duration;

use crate::chapter::Chapter;
use crate::pattern::{split_at_name, values};
use crate::rules::{self, Rules, roles};
use crate::run::Output;
use crate::transcript::{Subprocess, Transcript, Writer};

/// The role of the first process of a program without a chapter.
pub const MAIN: &str = "main";

/// A line that a chapter prints.
#[derive(Debug, PartialEq)]
pub struct Expected {
    /// The role of the process (or the name of the thread) that prints it.
    pub speaker: &'static str,
    /// The line. `{pid}` stands for the speaker's PID, `{seconds}` for a time.
    pub line: &'static str,
}

/// A line, and who says it.
pub(crate) const fn says(speaker: &'static str, line: &'static str) -> Expected {
    Expected { speaker, line }
}

impl Expected {
    /// The line with something in place of its number.
    pub fn filled(&self, number: &str) -> String {
        match split_at_name(self.line) {
            Some((before, _, after)) => format!("{before}{number}{after}"),
            None => self.line.to_owned(),
        }
    }

    /// What is meant to be this line, with 0 in place of the number that it should have.
    pub(super) fn zeroed(&self, text: &str) -> String {
        let end = text
            .rfind(|c: char| c.is_ascii_digit())
            .map(|last| last + 1);
        match (split_at_name(self.line), end) {
            (Some(_), Some(end)) => {
                let is_number = |c: char| c.is_ascii_digit() || c == '.';
                let before = text[..end].trim_end_matches(is_number);
                [before, "0", &text[end..]].concat()
            }
            _ => text.to_owned(),
        }
    }
}

/// A line of the transcript that is an expected one.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which line of the transcript.
    pub index: usize,
    /// When it came.
    pub at: Duration,
    /// What it says.
    pub expected: &'static Expected,
    /// The process that said it, in threading-basic the thread: who wrote it, or, where
    /// that tells nothing, the PID in it, or in another line of its speaker.
    pub pid: Option<u32>,
    /// Who wrote it, if that is known.
    pub writer: Option<Writer>,
    /// The PID in it.
    pub named: Option<u32>,
    /// The seconds in it.
    pub seconds: Option<f64>,
    /// It is only almost what is expected.
    pub misspelt: bool,
    /// It was written by the process of another role, in addition to its own lines.
    pub stray: bool,
}

impl Told {
    /// The PID in it, where that is not its writer's, and its writer's.
    pub fn foreign(&self) -> Option<(u32, u32)> {
        let pids = self.named.zip(self.writer.map(|writer| writer.pid));
        pids.filter(|(named, writer)| named != writer)
    }
}

/// A program's transcript, read as a chapter's story while it grows.
#[derive(Clone, Debug)]
pub struct Story {
    /// The chapter whose story it should be, if it should be one's.
    pub chapter: Option<Chapter>,
    /// What the program did so far.
    pub transcript: Transcript,
    /// The lines that are expected ones, in their order.
    pub told: Vec<Told>,
    /// The indexes of the lines that do not belong to the chapter.
    pub unknown: Vec<usize>,
    /// Who wrote its lines (see [`Told::pid`]), each with a name of its own: the first role
    /// that its lines give it and that nobody has; at the end, or without a chapter at
    /// once, `process 2` or `thread 2`, where there is none.
    pub roles: Vec<(u32, String)>,
    /// What is known of who said what.
    pub writers: Writers,
}

/// What is known of who said what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Writers {
    /// Who wrote a line has said it.
    Seen,
    /// The lines were handed on to whoever wrote them, as in `program | cat`.
    HandedOn,
    /// The program was not traced.
    NotSeen,
}

/// A line of a chapter, and the number in it.
type Meaning<'t> = (&'static Expected, Option<&'t str>);

/// A line whose likeness to an expected one is at least this is taken as a
/// misspelt one. From 0 to 1.
const ALIKE: f64 = 0.8;

/// With more unknown lines than this, none is taken as misspelt.
const MOST_MISSPELT: usize = 30;

/// More bytes than two lines of a chapter have together.
const LONGEST: usize = 200;

impl Story {
    /// A story of this chapter without a line yet.
    pub fn new(chapter: Chapter) -> Story {
        Story::of(Some(chapter), Vec::new())
    }

    /// The same of no chapter: nothing is expected. Its first process has this PID.
    pub fn of_any(main: u32) -> Story {
        Story::of(None, vec![(main, MAIN.to_owned())])
    }

    fn of(chapter: Option<Chapter>, roles: Vec<(u32, String)>) -> Story {
        Story {
            chapter,
            transcript: Transcript::default(),
            told: Vec::new(),
            unknown: Vec::new(),
            roles,
            writers: Writers::Seen,
        }
    }

    /// Adds an output of the program. At its end, a misspelt line is taken as the
    /// line that it should be.
    pub fn record(&mut self, output: Output) {
        let is_line = matches!(output, Output::Line(_));
        let is_end = matches!(output, Output::End(_));
        self.transcript.record(output);
        if is_line {
            self.read_last_line();
        } else if is_end && self.chapter.is_some() {
            self.adopt_misspelt();
            self.writers = roles::writers(self);
            self.name_anew();
            self.mark_strays();
        }
    }

    fn read_last_line(&mut self) {
        let index = self.transcript.lines.len() - 1;
        let text = self.transcript.lines[index].text.clone();
        let parts = Some(text.as_str()).filter(|text| text.len() <= LONGEST);
        let Some(parts) = parts.and_then(|text| self.parts(text)) else {
            self.unknown.push(index);
            if self.chapter.is_none() {
                self.number(index);
            }
            return;
        };
        let mut from = 0;
        for part in parts {
            if let Some(meaning) = self.meaning(part.trim_end()) {
                self.add(self.read(index, from, meaning));
            }
            from += part.len();
        }
    }

    /// The lines of the chapter that a line is: more than one, if it is torn. Between them
    /// may be a blank.
    fn parts<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        if self.expects(text) {
            return Some(vec![text]);
        }
        let cuts = text.char_indices().skip(1);
        let mut cuts = cuts.map(|(at, _)| text.split_at(at));
        cuts.find_map(|(part, rest)| {
            self.meaning(part.trim_end())?;
            Some([vec![part], self.parts(rest)?].concat())
        })
    }

    /// Which line of the chapter this is, and the number in it.
    pub(super) fn meaning<'t>(&self, text: &'t str) -> Option<Meaning<'t>> {
        self.expected().iter().find_map(|expected| {
            let number = values(expected.line, text)?.pop();
            Some((expected, number.map(|(_, number)| number)))
        })
    }

    /// The rules of its chapter.
    ///
    /// # Panics
    ///
    /// If it is of no chapter.
    pub fn rules(&self) -> &'static Rules {
        rules::of(self.chapter.expect("a chapter"))
    }

    /// The lines of the chapter.
    pub fn expected(&self) -> &'static [Expected] {
        self.chapter.map_or(&[], |chapter| rules::of(chapter).lines)
    }

    /// Whether this is a line of its chapter.
    pub(super) fn expects(&self, text: &str) -> bool {
        self.meaning(text).is_some()
    }

    /// Whether the text is like a line of its chapter, but for a word that people change.
    pub(super) fn has_another_value(&self, text: &str) -> bool {
        let values = self.rules().values;
        values.iter().any(|values| values.are_not_in(text))
    }

    /// The first line that says this, of the one whose line it is.
    pub fn find(&self, line: &str) -> Option<&Told> {
        let mut own = self.told.iter().filter(|told| !told.stray);
        own.find(|told| told.expected.line == line)
    }

    /// How many of these lines came, each counted once.
    pub(crate) fn came(&self, lines: &[&str]) -> usize {
        let came = |line: &&&str| self.find(line).is_some();
        lines.iter().filter(came).count()
    }

    /// How often this is said, by the one whose line it is.
    pub fn count(&self, line: &str) -> usize {
        let own = self.told.iter().filter(|told| !told.stray);
        own.filter(|told| told.expected.line == line).count()
    }

    /// Whether the process that printed one line had ended when the other came;
    /// None when its end was not seen.
    pub(crate) fn had_ended(&self, said: &Told, then: &Told) -> Option<bool> {
        let child = self.child(said)?;
        Some(child.ended.is_some_and(|ended| ended <= then.at))
    }

    /// When the process that printed the line ended, if that was seen.
    pub(crate) fn end_of(&self, told: &Told) -> Option<Duration> {
        self.child(told)?.ended
    }

    pub(crate) fn child(&self, told: &Told) -> Option<&Subprocess> {
        self.children().find(|child| Some(child.pid) == told.pid)
    }

    /// Its processes other than the first, but for those whose ends were not held back.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Subprocess> {
        let subprocesses = self.transcript.subprocesses();
        subprocesses.filter(|process| !process.unheld)
    }

    /// The role of the process with this PID.
    pub fn role(&self, pid: u32) -> Option<&str> {
        let role = self.roles.iter().find(|(other, _)| *other == pid);
        role.map(|(_, role)| role.as_str())
    }

    /// The role of the process that said it.
    pub fn speaker(&self, told: &Told) -> &str {
        let role = told.pid.and_then(|pid| self.role(pid));
        role.unwrap_or(told.expected.speaker)
    }

    /// The role in which the process that said it had spoken before, where that is not the
    /// line's.
    pub(super) fn another_role(&self, told: &Told) -> Option<&str> {
        let role = self.role(told.pid?)?;
        let before = self
            .told
            .iter()
            .take_while(|other| other.index < told.index);
        let mut own = before.filter(|other| other.pid == told.pid);
        let is_known = role == "parent" || own.any(|own| role.starts_with(own.expected.speaker));
        (is_known && !role.starts_with(told.expected.speaker)).then_some(role)
    }

    /// The name of whoever wrote this line of stdout, or of whose line it is.
    pub fn role_of_line(&self, index: usize) -> Option<&str> {
        let told = self.told.iter().find(|told| told.index == index);
        match told {
            Some(told) => Some(self.speaker(told)),
            None => self.role(self.key(self.writer(index)?)),
        }
    }

    /// Who wrote a line, and has said it.
    fn writer(&self, index: usize) -> Option<Writer> {
        let is_known = self.writers == Writers::Seen;
        self.transcript.lines[index].writer().filter(|_| is_known)
    }

    /// Who a writer is in this story: a process, or in threading-basic and without a chapter
    /// a thread.
    fn key(&self, writer: Writer) -> u32 {
        match self.chapter {
            Some(chapter) if !rules::of(chapter).of_threads => writer.process,
            _ => writer.thread,
        }
    }

    /// What a line says from this byte on.
    fn read(&self, index: usize, from: usize, meaning: Meaning) -> Told {
        let (expected, number) = meaning;
        let line = &self.transcript.lines[index];
        let writer = line.writer_at(from);
        let named = number.and_then(|number| number.parse().ok());
        let seconds = number.filter(|_| named.is_none());
        Told {
            index,
            at: line.at,
            expected,
            pid: writer.map(|writer| self.key(writer)).or(named),
            writer,
            named,
            seconds: seconds.and_then(|number| number.parse().ok()),
            misspelt: false,
            stray: false,
        }
    }

    fn add(&mut self, mut told: Told) {
        told.pid = told.pid.or_else(|| self.introduced(told.expected));
        if let Some(pid) = told.pid {
            self.name(pid, told.expected.speaker);
        }
        self.told.push(told);
    }

    /// Who has said another line of the same speaker.
    fn introduced(&self, line: &Expected) -> Option<u32> {
        let alike =
            |other: &Expected| other.speaker == line.speaker && task(other.line) == task(line.line);
        let mut others = self.told.iter().filter(|told| alike(told.expected));
        others.find_map(|told| told.pid)
    }

    /// Takes each unknown line as the missing line that it is most like.
    fn adopt_misspelt(&mut self) {
        if self.unknown.len() > MOST_MISSPELT {
            return;
        }
        for index in std::mem::take(&mut self.unknown) {
            match self.nearest_missing(&self.transcript.lines[index].text) {
                Some(meant) => self.add(Told {
                    misspelt: true,
                    ..self.read(index, 0, (meant, None))
                }),
                None => self.unknown.push(index),
            }
        }
        self.told.sort_by_key(|told| told.index);
    }

    fn nearest_missing(&self, text: &str) -> Option<&'static Expected> {
        if text.len() > LONGEST || self.has_another_value(text) {
            return None;
        }
        let missing = self.expected().iter().filter(|e| self.count(e.line) == 0);
        missing
            .map(|e| (likeness(&e.filled("0"), &e.zeroed(text)), e))
            .filter(|(alike, _)| *alike >= ALIKE)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, meant)| meant)
    }

    /// Names all anew. The parent of a chapter in which it says nothing is the first process.
    fn name_anew(&mut self) {
        self.roles.clear();
        let parent_speaks = self.expected().iter().any(|e| e.speaker == "parent");
        if self.writers == Writers::Seen && !parent_speaks && !self.rules().of_threads {
            let first = self.transcript.end.iter().map(|end| end.pid);
            self.roles = first.map(|pid| (pid, "parent".to_owned())).collect();
        }
        for mut told in std::mem::take(&mut self.told) {
            if self.writers != Writers::Seen {
                told.pid = told.named;
            }
            self.add(told);
        }
        for index in 0..self.transcript.lines.len() {
            self.number(index);
        }
    }

    /// Gives a number to the writer of a line, if it has no role.
    fn number(&mut self, index: usize) {
        if let Some(writer) = self.writer(index) {
            let who = self.key(writer);
            let is_process = who == writer.process;
            self.name(who, if is_process { "process" } else { "thread" });
        }
    }

    /// Gives a role to whoever has none. Only one can have it, but for those with a number.
    fn name(&mut self, who: u32, role: &str) {
        let others = self.roles.iter();
        let others = others.filter(|(_, other)| other.starts_with(role)).count();
        let name = match role {
            "process" | "thread" => format!("{role} {}", self.roles.len() + 1),
            "worker" => format!("{role} {}", others + 1),
            _ if others == 0 => role.to_owned(),
            _ => return,
        };
        if self.role(who).is_none() {
            self.roles.push((who, name));
        }
    }

    /// A process may come into the lines of another, after its own: a child that was forked
    /// and runs on. Threads share a buffer, so that one writes what another has printed: such
    /// a line is of the thread that it names.
    fn mark_strays(&mut self) {
        let speaker = |told: &Told| {
            let mut roles = self.roles.iter();
            let speaker = roles.find(|(_, role)| role == told.expected.speaker);
            let speaker = speaker.filter(|_| told.named.is_none());
            speaker.filter(|_| self.another_role(told).is_some())
        };
        let speakers = self.told.iter().map(|told| Some(speaker(told)?.0));
        let speakers: Vec<Option<u32>> = speakers.collect();
        let of_threads = self.rules().of_threads;
        for (told, speaker) in self.told.iter_mut().zip(speakers) {
            match of_threads {
                true => told.pid = speaker.or(told.pid),
                false => told.stray = speaker.is_some(),
            }
        }
    }
}

/// The number of the task that a line of the pool is about.
pub fn task(line: &str) -> Option<usize> {
    let rest = line
        .strip_prefix("Run task ")
        .or_else(|| line.strip_prefix("Task "))?;
    rest.split(' ').next()?.parse().ok()
}

/// From 0, nothing in common, to 1, the same. Small and capital letters count
/// half.
fn likeness(one: &str, other: &str) -> f64 {
    let exact = strsim::normalized_damerau_levenshtein(one, other);
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    (exact + strsim::normalized_damerau_levenshtein(&one, &other)) / 2.0
}
