//! One program of a comparison, while it runs and after that.

use std::path::PathBuf;
use std::time::Duration;

use compare::language::{Language, Text};
use compare::two_programs::Named;
use compare::words::List;
use compare::{Chapter, Ending, Limits, Output, Run, Stdout, Story, text};
use crossbeam::channel::Receiver;

use crate::show::error::Error;
use crate::show::programs::Program;
use crate::show::role;

/// After so long without a line, people want to know what a program waits for.
const QUIET: Duration = Duration::from_secs(5);

/// It is not looked at within this time before its limit: some of its processes may be
/// gone already.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// A program, and what it told.
pub struct Side {
    /// Over its column.
    pub title: String,
    /// In a sentence.
    pub name: String,
    /// Its text, where there is one.
    pub source: Option<PathBuf>,
    pub story: Story,
    run: Run,
    /// How long it may run.
    limit: Duration,
    /// The reader's.
    language: Language,
    /// When it was last looked at, and what each of its processes did.
    last_look: Option<(Duration, Text)>,
}

impl Side {
    /// Starts a program, to be read by the rules of a chapter, or without any.
    pub fn start(
        program: Program,
        rules: Option<Chapter>,
        limits: Limits,
        language: Language,
    ) -> Result<Side, Error> {
        let run = Run::start(program.command, Stdout::Terminal, limits);
        let run = run.map_err(|error| Error::start(&program.title, &error))?;
        let story = match rules {
            Some(chapter) => Story::new(chapter),
            None => Story::of_any(run.pid()),
        };
        Ok(Side {
            title: program.title,
            name: program.name,
            source: program.source,
            story,
            run,
            limit: limits.time,
            language,
            last_look: None,
        })
    }

    /// Its name, and what it told.
    pub fn named(&self) -> Named<'_> {
        (&self.name, &self.story)
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
        self.story.record(output);
    }

    /// Of a program that has been quiet for a while: since when, and what its
    /// processes do.
    pub fn quiet(&mut self, now: Duration) -> Option<Text> {
        let transcript = &self.story.transcript;
        let last = [transcript.lines.last(), transcript.errors.last()];
        let last = last.into_iter().flatten().map(|line| line.at).max();
        let since = last.unwrap_or_default();
        if transcript.end.is_some() || now < since + QUIET {
            return None;
        }
        // Nothing is seen of a program that has just ended.
        if now + LAST_LOOK < self.limit
            && let Some(activities) = self.activities()
        {
            self.last_look = Some((now, activities));
        }
        let (_, activities) = self.last_look.as_ref()?;
        let (name, since, limit) = (&self.name, since.as_secs_f64(), self.limit.as_secs_f64());
        let quiet = text!(
            "{name}: no line since {since:.1} s, is ended at {limit} s or with Ctrl-C.",
            "{name} 在 {since:.1} 秒以后没有再打印；到 {limit} 秒会被终止，也可以按 Ctrl-C。"
        );
        Some(quiet.then(activities))
    }

    /// Whether Ctrl-C ended it.
    pub fn was_stopped(&self) -> bool {
        self.story.transcript.ending() == Some(Ending::Stopped)
    }

    /// What is to be said of a program that did not end by itself; `waits` is whether
    /// that was expected.
    pub fn last_words(&self, waits: bool) -> Vec<Text> {
        let ending = self.story.transcript.ending();
        let (name, mut words) = (&self.name, Vec::new());
        if !matches!(ending, Some(Ending::TimeLimit(_) | Ending::Stopped)) {
            return words;
        }
        if let Some((at, activities)) = &self.last_look {
            let at = at.as_secs_f64();
            let seen = text!("At {at:.1} s in {name},", "{at:.1} 秒时，{name} 的");
            words.push(seen.then(activities));
        }
        if let Some(Ending::TimeLimit(limit)) = ending {
            let limit = limit.as_secs_f64();
            let ended = text!(
                "{name} was ended after {limit} s.",
                "{name} 运行了 {limit} 秒，被终止。"
            );
            let seconds = (limit * 2.0).ceil();
            let more = text!(
                "If it only needs more time: --timeout {seconds}.",
                "如果它只是需要更多时间：--timeout {seconds}。"
            );
            words.push(if waits { ended } else { ended.then(&more) });
        }
        words
    }

    /// What all processes do, those that do the same together.
    fn activities(&self) -> Option<Text> {
        let mut groups: Vec<(Text, Vec<String>)> = Vec::new();
        for (pid, doing) in self.run.activities() {
            let name = self.name_of(pid);
            match groups.iter_mut().find(|(other, _)| *other == doing) {
                Some((_, names)) => names.push(name),
                None => groups.push((doing, vec![name])),
            }
        }
        let part = |(doing, names): &(Text, Vec<String>)| {
            let (names, doing) = (List(names), doing.to(self.language));
            let part = text!("{names}: {doing}", "{names:#} {doing}");
            part.to(self.language).to_owned()
        };
        let parts: Vec<String> = groups.iter().map(part).collect();
        let all = parts.join(Text::new("; ", "；").to(self.language));
        (!all.is_empty()).then(|| text!("{all}.", "{all}。"))
    }

    fn name_of(&self, pid: u32) -> String {
        let name = match self.story.role(pid) {
            Some(role) => {
                let role = role::said(Some(role), self.language);
                text!("{role} ({pid})", "{role}（{pid}）")
            }
            None if pid == self.run.pid() => {
                text!("the first process ({pid})", "第一个进程（{pid}）")
            }
            None => text!("another process ({pid})", "另一个进程（{pid}）"),
        };
        name.to(self.language).to_owned()
    }
}
