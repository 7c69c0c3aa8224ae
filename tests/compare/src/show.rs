//! One comparison, from the start of the programs to the verdict.
//!
//! ```text
//! programs ──► sides ──► lanes, on one axis ──┬──► terminal
//!                └─────► verdict ─────────────┴──► page
//! ```

mod axis;
pub mod failure;
pub mod lanes;
pub mod page;
mod programs;
mod side;
pub mod terminal;
pub mod verdict;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use compare::lesson::Exercise;
use compare::{Chapter, Limits, Output};
use crossbeam::channel::{Receiver, never, select, tick};

use crate::show::failure::Failure;
use crate::show::programs::Program;
use crate::show::side::Side;
use crate::show::terminal::columns::Columns;
use crate::show::terminal::{Live, Screen, picture, role_style};
use crate::show::verdict::{Verdict, judge};

/// How often the clock is shown.
const TICK: Duration = Duration::from_millis(100);

/// When a program is ended that is expected to wait for ever: by then it is quiet,
/// and has told what it waits for.
const WAITS_LIMIT: Duration = Duration::from_secs(10);

/// What a comparison needs.
pub struct Show {
    pub screen: Screen,
    /// Ctrl-C, and the like.
    pub interrupts: Receiver<()>,
    /// How long a program may run, if the caller has said it.
    pub limit: Option<Duration>,
}

/// What is to be compared.
#[derive(Clone)]
pub enum Subject {
    /// The notes and the chapter.
    Chapter(Chapter),
    /// A Python twin and an exercise of the chapter.
    Exercise(Chapter, String),
    /// Any two programs.
    Programs,
}

impl Show {
    /// Runs both programs, shows what they do and what is to be said of it, and
    /// writes the page that is wanted. The reader's own command takes the place of
    /// the chapter or the exercise.
    pub fn compare(
        &self,
        subject: &Subject,
        own: &[OsString],
        page: Option<&Path>,
    ) -> Result<Verdict, Failure> {
        let programs = programs::find(subject, own).map_err(|failure| {
            // Ctrl-C ends cargo as well.
            match self.interrupts.is_empty() {
                true => failure,
                false => Failure::Interrupted,
            }
        })?;
        if let Some(file) = page {
            page::prepare(file).map_err(|error| Failure::Page(file.to_owned(), error))?;
        }
        let exercise = match subject {
            Subject::Exercise(chapter, name) => Exercise::find(*chapter, name),
            _ => None,
        };
        let (sides, interrupted) = self.run(subject, programs, exercise.as_ref())?;
        self.screen.print(&picture::draw(&self.screen, &sides))?;
        let (verdict, words) = judge(&sides, !own.is_empty(), exercise.as_ref());
        self.screen
            .print(&words.wrapped(self.screen.language, self.screen.width))?;
        if let Some(file) = page {
            let written = page::write(file, subject, &sides, (verdict, &words));
            written.map_err(|error| Failure::Page(file.to_owned(), error))?;
            self.screen
                .print(&format!("The page: {}\n", file.display()))?;
        }
        match interrupted {
            true => Err(Failure::Interrupted),
            false => Ok(verdict),
        }
    }

    /// Runs the programs to their ends, at once, or one after the other where an exercise
    /// compares times; tells also whether Ctrl-C ended them.
    fn run(
        &self,
        subject: &Subject,
        programs: Vec<Program>,
        exercise: Option<&Exercise>,
    ) -> Result<(Vec<Side>, bool), Failure> {
        let rules = match subject {
            Subject::Chapter(chapter) => Some(*chapter),
            _ => None,
        };
        let mut limits = Limits::default();
        limits.time = self
            .limit
            .unwrap_or(match exercise.is_some_and(Exercise::waits) {
                true => WAITS_LIMIT,
                false => limits.time,
            });
        let compares_times = exercise.is_some_and(Exercise::compares_times);
        if compares_times {
            limits.held = 0;
        }
        let titles: Vec<String> = programs.iter().map(|p| p.title.clone()).collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let start = |program| Side::start(program, rules, limits);
        let mut sides = programs.into_iter().map(start);
        let at_once = if compares_times { 1 } else { sides.len() };
        let first = sides.by_ref().take(at_once).collect::<Result<_, _>>()?;
        let live = Live::new(&self.screen)?;
        let mut watched = Watched {
            columns: Columns::new(&self.screen, &titles)?,
            sides: first,
        };
        let mut interrupted = watched.watch(&self.interrupts)?;
        while sides.len() > 0 {
            if interrupted {
                return Err(Failure::Interrupted);
            }
            watched.sides.extend(sides.next().transpose()?);
            interrupted = watched.watch(&self.interrupts)?;
        }
        watched.columns.finish()?;
        drop(live);
        Ok((watched.sides, interrupted))
    }
}

/// Running programs, and what they told so far.
struct Watched<'a> {
    columns: Columns<'a>,
    sides: Vec<Side>,
}

impl Watched<'_> {
    /// Shows what comes until all have ended; tells whether Ctrl-C ended them.
    fn watch(&mut self, interrupts: &Receiver<()>) -> Result<bool, Failure> {
        let started = Instant::now();
        let clock = tick(TICK);
        let outputs = |side: usize| self.sides.get(side).map_or(never(), Side::outputs);
        let (mut left, mut right) = (outputs(0), outputs(1));
        let (mut open, mut interrupted) = (self.sides.len(), false);
        while open > 0 {
            select! {
                recv(left) -> output => match output {
                    Ok(output) => self.see(0, output)?,
                    Err(_) => (left, open) = (never(), open - 1),
                },
                recv(right) -> output => match output {
                    Ok(output) => self.see(1, output)?,
                    Err(_) => (right, open) = (never(), open - 1),
                },
                recv(clock) -> _ => if !interrupted {
                    self.look(started.elapsed())?;
                },
                recv(interrupts) -> _ => {
                    interrupted = true;
                    self.sides.iter_mut().for_each(Side::stop);
                }
            }
        }
        Ok(interrupted)
    }

    fn look(&mut self, now: Duration) -> io::Result<()> {
        let mut quiet = Vec::new();
        for (number, side) in self.sides.iter_mut().enumerate() {
            quiet.extend(side.quiet(now).map(|words| (number, words)));
        }
        self.columns.status(now, &quiet)
    }

    fn see(&mut self, side: usize, output: Output) -> io::Result<()> {
        self.sides[side].record(output.clone());
        match output {
            Output::Line(line) => {
                let style = self.style_of_last(side);
                self.columns.add(side, line.at, &line.text, style)
            }
            Output::ErrorLine(line) => {
                let style = AnsiColor::Red.on_default();
                self.columns
                    .add(side, line.at, &format!("! {}", line.text), style)
            }
            Output::End(_) => self.columns.end(side),
        }
    }

    /// The colour of the process that printed the last line.
    fn style_of_last(&self, side: usize) -> Style {
        let reading = &self.sides[side].reading;
        let last = reading.transcript().lines.len().saturating_sub(1);
        reading.role_of_line(last).map_or(Style::new(), role_style)
    }
}
