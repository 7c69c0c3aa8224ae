//! One comparison, from the start of the programs to the verdict.
//!
//! ```text
//! programs ──► sides ──► lanes, on one axis ──┬──► terminal
//!                └─────► verdict ─────────────┴──► page
//! ```

mod axis;
pub mod error;
pub mod page;
mod programs;
mod role;
mod side;
pub mod terminal;
pub mod timeline;
pub mod verdict;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use compare::language::Text;
use compare::lesson::Exercise;
use compare::{Chapter, Limits, Output, text};
use crossbeam::channel::{Receiver, never, select, tick};

use crate::show::error::Error;
use crate::show::programs::Program;
use crate::show::side::Side;
use crate::show::terminal::columns::Columns;
use crate::show::terminal::{Live, Screen};
use crate::show::verdict::{Verdict, judge};

/// How often the clock is shown.
const TICK: Duration = Duration::from_millis(100);

/// When a program is ended that is expected to wait for ever: by then it is quiet,
/// and has told what it waits for.
const WAITS_LIMIT: Duration = Duration::from_secs(10);

/// Ctrl-C ends cargo, too: of that one, compare has heard within this time.
const CTRL_C_IS_KNOWN: Duration = Duration::from_millis(300);

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

impl Subject {
    /// The chapter that it belongs to.
    pub fn chapter(&self) -> Option<Chapter> {
        match self {
            Subject::Chapter(chapter) | Subject::Exercise(chapter, _) => Some(*chapter),
            Subject::Programs => None,
        }
    }

    /// What is compared, in a few words.
    pub fn title(&self) -> Text {
        match self {
            Subject::Chapter(chapter) => text!("{chapter}", "{chapter}"),
            Subject::Exercise(chapter, name) => text!("{chapter}, {name}", "{chapter}，{name}"),
            Subject::Programs => Text::new("Two programs", "两个程序"),
        }
    }

    /// A few words on it.
    pub fn idea(&self) -> Text {
        match self {
            Subject::Chapter(chapter) => chapter.idea(),
            Subject::Exercise(..) => Text::new("an exercise", "一个练习"),
            Subject::Programs => Text::new("side by side", "并排比较"),
        }
    }
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
    ) -> Result<Verdict, Error> {
        let language = self.screen.language;
        let programs = programs::find(subject, own, language);
        let patience = if programs.is_ok() {
            Duration::ZERO
        } else {
            CTRL_C_IS_KNOWN
        };
        if self.interrupts.recv_timeout(patience).is_ok() {
            return Err(Error::Interrupted);
        }
        let programs = programs?;
        if let Some(file) = page {
            page::prepare(file).map_err(|error| Error::write(file, &error))?;
        }
        let exercise = match subject {
            Subject::Exercise(chapter, name) => Exercise::find(*chapter, name),
            _ => None,
        };
        let (sides, interrupted) = self.run(subject, programs, exercise.as_ref())?;
        let timeline = terminal::timeline::draw(&self.screen, &sides, subject.chapter());
        self.screen.print(&timeline)?;
        let (verdict, words) = judge(&sides, !own.is_empty(), exercise.as_ref());
        self.screen
            .print(&words.wrapped(language, self.screen.width))?;
        if let Some(file) = page {
            let page = page::of(subject, &sides, verdict, &words, language);
            page::write(file, page).map_err(|error| Error::write(file, &error))?;
            let file = file.display();
            self.screen
                .say(&text!("The page: {file}\n", "页面：{file}\n"))?;
        }
        match interrupted {
            true => Err(Error::Interrupted),
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
    ) -> Result<(Vec<Side>, bool), Error> {
        let rules = match subject {
            Subject::Chapter(chapter) => Some(*chapter),
            _ => None,
        };
        let default = Limits::default();
        let waits = exercise.is_some_and(Exercise::waits);
        let compares_times = exercise.is_some_and(Exercise::compares_times);
        let limits = Limits {
            time: self
                .limit
                .unwrap_or(if waits { WAITS_LIMIT } else { default.time }),
            held: if compares_times { 0 } else { default.held },
        };
        let at_once = if compares_times { 1 } else { programs.len() };
        let titles: Vec<&str> = programs
            .iter()
            .map(|program| program.title.as_str())
            .collect();
        let live = Live::new(&self.screen)?;
        let mut watched = Watched {
            columns: Columns::new(&self.screen, &titles)?,
            sides: Vec::new(),
        };
        let (mut programs, mut interrupted) = (programs.into_iter(), false);
        while programs.len() > 0 {
            if interrupted {
                return Err(Error::Interrupted);
            }
            for program in programs.by_ref().take(at_once) {
                let side = Side::start(program, rules, limits, self.screen.language)?;
                watched.sides.push(side);
            }
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
    fn watch(&mut self, interrupts: &Receiver<()>) -> Result<bool, Error> {
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
            Output::End(_) => Ok(()),
        }
    }

    /// The colour of the process that printed the last line.
    fn style_of_last(&self, side: usize) -> Style {
        let story = &self.sides[side].story;
        let last = story.transcript.lines.len().saturating_sub(1);
        role::style(story.role_of_line(last))
    }
}
