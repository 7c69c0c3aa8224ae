//! One comparison, from the start of the programs to the verdict.

mod columns;
mod lanes;
mod picture;
mod programs;
pub mod screen;
mod text;
mod verdict;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use compare::{Chapter, Limits, Output, Run, Stdout, Story};
use crossbeam::channel::{Receiver, never, select, tick};

use crate::show::columns::Columns;
use crate::show::programs::Program;
use crate::show::screen::{Quiet, Screen, role_style};

/// How often the clock is shown.
const TICK: Duration = Duration::from_millis(100);

/// What a comparison needs.
pub struct Show {
    pub screen: Screen,
    /// Ctrl-C, and the like.
    pub interrupts: Receiver<()>,
    /// How long a program may run.
    pub limit: Duration,
}

/// What was found.
pub enum Outcome {
    Same,
    /// In so many points.
    Different(usize),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Outcome::Same => f.write_str("the same story"),
            Outcome::Different(1) => f.write_str("different in 1 point"),
            Outcome::Different(points) => write!(f, "different in {points} points"),
        }
    }
}

/// A program, and what it told.
pub struct Finished {
    /// Over its column.
    pub title: String,
    /// In a sentence.
    pub name: String,
    pub story: Story,
}

/// Why there is no verdict.
#[derive(Debug)]
pub enum Failure {
    AllWithCommand,
    Build(Chapter),
    Start { program: String, error: io::Error },
    Signals(ctrlc::Error),
    Output(io::Error),
    Interrupted,
}

impl Failure {
    pub fn start(program: &str, error: io::Error) -> Failure {
        let program = program.to_owned();
        Failure::Start { program, error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::AllWithCommand => {
                f.write_str("name the one chapter that your program belongs to, in place of `all`.")
            }
            Failure::Build(chapter) => write!(f, "{chapter} does not compile; see above."),
            Failure::Start { program, error } => {
                write!(f, "`{program}` does not start, {}", programs::advice(error))?;
                write!(f, " ({error})")
            }
            Failure::Signals(error) => write!(f, "Ctrl-C cannot be caught: {error}"),
            Failure::Output(error) => write!(f, "nothing can be shown: {error}"),
            Failure::Interrupted => f.write_str("it was interrupted."),
        }
    }
}

impl Show {
    /// Runs the notes and the chapter, or the reader's own command, and shows
    /// what they do and what is to be said of it.
    pub fn compare(&mut self, chapter: Chapter, own: &[OsString]) -> Result<Outcome, Failure> {
        let right = match programs::own(own) {
            Some(program) => program,
            None => self.build(chapter)?,
        };
        let mut programs: Vec<Program> = programs::notes(chapter).into_iter().collect();
        programs.push(right);
        let finished = self.run(chapter, programs)?;
        self.screen.print(&picture::draw(&self.screen, &finished))?;
        let (words, outcome) = verdict::judge(self.screen.width, &finished);
        self.screen.print(&words)?;
        Ok(outcome)
    }

    fn build(&self, chapter: Chapter) -> Result<Program, Failure> {
        let built = programs::chapter(chapter);
        // Ctrl-C ends cargo as well.
        built.map_err(|failure| match self.interrupts.is_empty() {
            true => failure,
            false => Failure::Interrupted,
        })
    }

    fn run(&self, chapter: Chapter, programs: Vec<Program>) -> Result<Vec<Finished>, Failure> {
        let limits = Limits {
            time: self.limit,
            ..Limits::default()
        };
        let (mut runs, mut finished) = (Vec::new(), Vec::new());
        for Program {
            title,
            name,
            command,
        } in programs
        {
            let run = Run::start(command, Stdout::Terminal, limits);
            runs.push(run.map_err(|error| Failure::start(&title, error))?);
            finished.push(Finished {
                title,
                name,
                story: Story::new(chapter),
            });
        }
        let titles: Vec<_> = finished
            .iter()
            .map(|program| program.title.as_str())
            .collect();
        let quiet = Quiet::new(&self.screen)?;
        let columns = Columns::new(&self.screen, &titles)?;
        let mut watched = Watched {
            columns,
            programs: finished,
        };
        watched.watch(&runs, &self.interrupts)?;
        drop(quiet);
        Ok(watched.programs)
    }
}

/// Running programs, and what they told so far.
struct Watched<'a> {
    columns: Columns<'a>,
    programs: Vec<Finished>,
}

impl Watched<'_> {
    fn watch(&mut self, runs: &[Run], interrupts: &Receiver<()>) -> Result<(), Failure> {
        let started = Instant::now();
        let clock = tick(TICK);
        let outputs = |side: usize| runs.get(side).map_or(never(), |run| run.outputs().clone());
        let (mut left, mut right) = (outputs(0), outputs(1));
        let mut open = runs.len();
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
                recv(clock) -> _ => self.columns.clock(started.elapsed())?,
                recv(interrupts) -> _ => {
                    self.columns.finish()?;
                    return Err(Failure::Interrupted);
                }
            }
        }
        Ok(self.columns.finish()?)
    }

    fn see(&mut self, side: usize, output: Output) -> io::Result<()> {
        self.programs[side].story.record(output.clone());
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
        let story = &self.programs[side].story;
        match story.told.last() {
            Some(told) if told.index + 1 == story.transcript.lines.len() => {
                role_style(story.speaker(told))
            }
            _ => Style::new(),
        }
    }
}
