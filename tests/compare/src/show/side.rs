//! One program of a comparison, while it runs and after that.

use std::path::PathBuf;
use std::time::Duration;

use compare::language::Text;
use compare::{AnyProgram, Chapter, Ending, Limits, Output, Reading, Run, Stdout, Story, text};
use crossbeam::channel::Receiver;

use crate::show::failure::Failure;
use crate::show::programs::Program;

/// After so long without a line, people want to know what a program waits for.
const QUIET: Duration = Duration::from_secs(5);

/// How often a quiet program is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// It is not looked at within this time before its limit.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// A program, and what it told.
pub struct Side {
    /// Over its column.
    pub title: String,
    /// In a sentence.
    pub name: String,
    /// Its text, where there is one.
    pub source: Option<PathBuf>,
    pub reading: Reading,
    run: Run,
    /// How long it may run.
    limit: Duration,
    /// What it did when it was last looked at, and when.
    last_look: Option<(Duration, String)>,
}

impl Side {
    /// Starts a program, to be read by these rules, or without any.
    pub fn start(
        program: Program,
        rules: Option<Chapter>,
        limits: Limits,
    ) -> Result<Side, Failure> {
        let run = Run::start(program.command, Stdout::Terminal, limits);
        let run = run.map_err(|error| Failure::start(&program.title, error))?;
        let reading = match rules {
            Some(chapter) => Reading::ByRules(Story::new(chapter)),
            None => Reading::WithoutRules(AnyProgram::new(run.pid())),
        };
        Ok(Side {
            title: program.title,
            name: program.name,
            source: program.source,
            reading,
            run,
            limit: limits.time,
            last_look: None,
        })
    }

    /// What it prints, and its end.
    pub fn outputs(&self) -> Receiver<Output> {
        self.run.outputs().clone()
    }

    pub fn stop(&mut self) {
        self.run.stop();
    }

    pub fn record(&mut self, output: Output) {
        if !matches!(output, Output::End(_)) {
            self.last_look = None;
        }
        self.reading.record(output);
    }

    /// Of a program that has been quiet for a while: since when, and what its
    /// processes do.
    pub fn quiet(&mut self, now: Duration) -> Option<String> {
        let transcript = self.reading.transcript();
        let since = last_line(&self.reading).unwrap_or_default();
        if transcript.end.is_some() || now < since + QUIET {
            return None;
        }
        let old = |(at, _): &(Duration, String)| now > *at + LOOK_INTERVAL;
        // Not while it is being ended: some of its processes may be gone already.
        let is_safe = now + LAST_LOOK < self.limit;
        if is_safe && self.last_look.as_ref().is_none_or(old) {
            let activities = self.activities();
            // Nothing is seen of a program that has just ended.
            if !activities.is_empty() {
                self.last_look = Some((now, activities));
            }
        }
        let (_, activities) = self.last_look.as_ref()?;
        let (since, limit) = (since.as_secs_f64(), self.limit.as_secs_f64());
        Some(format!(
            "{}: no line since {since:.1} s, is ended at {limit} s or with Ctrl-C. {activities}.",
            self.name
        ))
    }

    /// Whether Ctrl-C ended it.
    pub fn was_stopped(&self) -> bool {
        self.reading.transcript().ending() == Some(Ending::Stopped)
    }

    /// What is to be said of a program that did not end by itself.
    pub fn last_words(&self) -> Vec<Text> {
        let ending = self.reading.transcript().ending();
        let (name, mut words) = (&self.name, Vec::new());
        if !matches!(ending, Some(Ending::TimeLimit(_) | Ending::Stopped)) {
            return words;
        }
        if let Some((at, activities)) = &self.last_look {
            let at = at.as_secs_f64();
            words.push(text!(
                "{name} at {at:.1} s: {activities}.",
                "{name} 在 {at:.1} s 时：{activities}。"
            ));
        }
        if let Some(Ending::TimeLimit(limit)) = ending {
            let limit = limit.as_secs_f64();
            let more = (limit * 2.0).ceil();
            words.push(text!(
                "{name} was ended after {limit} s. If it only needs more time: --timeout {more}.",
                "{name} 运行了 {limit} s，被终止。如果它只是需要更多时间：--timeout {more}。"
            ));
        }
        words
    }

    /// All processes with what they do, those that do the same together.
    fn activities(&self) -> String {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for activity in self.run.activities() {
            let name = self.name_of(activity.pid);
            match groups
                .iter_mut()
                .find(|(doing, _)| *doing == activity.doing)
            {
                Some((_, names)) => names.push(name),
                None => groups.push((activity.doing, vec![name])),
            }
        }
        let sentence = |(doing, names): (String, Vec<String>)| {
            let verb = if names.len() == 1 { "is" } else { "are" };
            format!("{} {verb} {doing}", names.join(", "))
        };
        groups
            .into_iter()
            .map(sentence)
            .collect::<Vec<_>>()
            .join("; ")
    }

    fn name_of(&self, pid: u32) -> String {
        let roles = self.reading.roles();
        match roles.iter().find(|(other, _)| *other == pid) {
            Some((_, role)) => format!("{role} ({pid})"),
            None if pid == self.run.pid() => format!("its first process ({pid})"),
            None => pid.to_string(),
        }
    }
}

fn last_line(reading: &Reading) -> Option<Duration> {
    let transcript = reading.transcript();
    let lines = [transcript.lines.last(), transcript.errors.last()];
    lines.into_iter().flatten().map(|line| line.at).max()
}
