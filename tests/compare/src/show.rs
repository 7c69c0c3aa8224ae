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
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anstyle::AnsiColor;
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

/// How often the clock is shown, and a quiet program looked at.
const TICK: Duration = Duration::from_secs(1);

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
        let programs = programs::find(subject, own, language).map_err(|error| {
            match self.interrupts.recv_timeout(CTRL_C_IS_KNOWN) {
                Ok(()) => Error::Interrupted,
                Err(_) => error,
            }
        })?;
        // Known to be writable before the programs take their time.
        let page = match page {
            Some(path) => {
                let file = File::create(path).map_err(|error| Error::write(path, &error))?;
                Some((path, file))
            }
            None => None,
        };
        let exercise = match subject {
            Subject::Exercise(chapter, name) => Exercise::find(*chapter, name),
            _ => None,
        };
        let sides = self.run(subject, programs, exercise.as_ref())?;
        let timeline = terminal::timeline::draw(&self.screen, &sides, subject.chapter());
        self.screen.print(&timeline)?;
        let (verdict, words) = judge(&sides, !own.is_empty(), exercise.as_ref());
        self.screen
            .print(&words.wrapped(language, self.screen.width))?;
        if let Some((path, mut file)) = page {
            let html = page::of(subject, &sides, verdict, &words, language).into_string();
            let written = file.write_all(html.as_bytes());
            written.map_err(|error| Error::write(path, &error))?;
            let path = path.display();
            self.screen
                .say(&text!("The page: {path}\n", "页面：{path}\n"))?;
        }
        match sides.iter().any(Side::was_stopped) {
            true => Err(Error::Interrupted),
            false => Ok(verdict),
        }
    }

    /// Runs the programs to their ends, at once, or one after the other where an exercise
    /// compares times.
    fn run(
        &self,
        subject: &Subject,
        programs: Vec<Program>,
        exercise: Option<&Exercise>,
    ) -> Result<Vec<Side>, Error> {
        let rules = match subject {
            Subject::Chapter(chapter) => Some(*chapter),
            _ => None,
        };
        let default = Limits::default();
        let waits = exercise.is_some_and(Exercise::waits);
        let compares_times = exercise.is_some_and(Exercise::compares_times);
        let usual = if waits { WAITS_LIMIT } else { default.time };
        let limits = Limits {
            time: self.limit.unwrap_or(usual),
            held: if compares_times { 0 } else { default.held },
        };
        let at_once = if compares_times { 1 } else { programs.len() };
        let titles: Vec<&str> = programs.iter().map(|program| &*program.title).collect();
        let live = Live::new(&self.screen)?;
        let mut columns = Columns::new(&self.screen, &titles)?;
        let (mut programs, mut sides) = (programs.into_iter(), Vec::new());
        while programs.len() > 0 {
            if sides.iter().any(Side::was_stopped) {
                return Err(Error::Interrupted);
            }
            for program in programs.by_ref().take(at_once) {
                sides.push(Side::start(program, rules, limits, self.screen.language)?);
            }
            self.watch(&mut sides, &mut columns)?;
        }
        columns.finish()?;
        drop(live);
        Ok(sides)
    }

    /// Shows what comes until all have ended.
    fn watch(&self, sides: &mut [Side], columns: &mut Columns) -> Result<(), Error> {
        let (started, clock) = (Instant::now(), tick(TICK));
        let outputs = |side: usize| sides.get(side).map_or(never(), Side::outputs);
        let (mut left, mut right) = (outputs(0), outputs(1));
        let mut open = sides.len();
        while open > 0 {
            select! {
                recv(left) -> output => match output {
                    Ok(output) => see(sides, columns, 0, output)?,
                    Err(_) => (left, open) = (never(), open - 1),
                },
                recv(right) -> output => match output {
                    Ok(output) => see(sides, columns, 1, output)?,
                    Err(_) => (right, open) = (never(), open - 1),
                },
                recv(clock) -> _ => {
                    let now = started.elapsed();
                    let quiet = sides.iter_mut().filter_map(|side| side.quiet(now));
                    columns.status(now, &quiet.collect::<Vec<_>>())?;
                },
                recv(self.interrupts) -> _ => sides.iter_mut().for_each(Side::stop),
            }
        }
        Ok(())
    }
}

fn see(sides: &mut [Side], columns: &mut Columns, number: usize, output: Output) -> io::Result<()> {
    let side = &mut sides[number];
    side.record(output.clone());
    match output {
        Output::Line(line) => {
            let last = side.story.transcript.lines.len() - 1;
            let style = role::style(side.story.role_of_line(last));
            columns.add(number, line.at, &line.text, style)
        }
        Output::ErrorLine(line) => {
            let style = AnsiColor::Red.on_default();
            columns.add(number, line.at, &format!("! {}", line.text), style)
        }
        Output::End(_) => Ok(()),
    }
}
