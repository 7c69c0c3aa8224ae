//! One comparison, from the start of the programs to the verdict.

mod columns;
pub mod lanes;
pub mod picture;
mod programs;
pub mod reading;
pub mod screen;
pub mod side;
pub mod text;
mod verdict;
mod without_rules;

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use compare::words::count;
use compare::{Chapter, Limits, Output, Run, Stdout, Story, Trace, source};
use crossbeam::channel::{Receiver, never, select, tick};

use crate::page;
use crate::show::columns::Columns;
use crate::show::programs::Program;
use crate::show::reading::Reading;
use crate::show::screen::{Quiet, Screen, role_style};
use crate::show::side::Side;
use crate::show::text::paragraph;

/// How often the clock is shown.
const TICK: Duration = Duration::from_millis(100);

/// When a program is ended that is expected to wait for ever: by then it is quiet,
/// and has told what it waits for.
const WAITS_LIMIT: Duration = Duration::from_secs(10);

/// A width at which every paragraph has one line.
const ONE_LINE: usize = 1 << 20;

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

/// What was found.
pub enum Outcome {
    Same,
    /// Different, as one of the programs says in its text.
    Expected,
    /// In so many points.
    Different(usize),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Outcome::Same => f.write_str("the same story"),
            Outcome::Expected => f.write_str("different, as expected"),
            Outcome::Different(points) => write!(f, "different in {}", count(*points, "point")),
        }
    }
}

/// A program, and the story that it told.
pub struct Finished {
    /// In a sentence.
    pub name: String,
    pub story: Story,
}

/// Why there is no verdict.
#[derive(Debug)]
pub enum Failure {
    AllWithCommand,
    NoTwin(PathBuf),
    NoPython,
    TwoPrograms,
    Page(PathBuf, io::Error),
    Build(String),
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
            Failure::NoTwin(file) => write!(
                f,
                "there is no {} to compare with. Give a program in its place, as in `-- python3 \
                 my.py -- other`.",
                file.display()
            ),
            Failure::NoPython => f.write_str("there is no python3 here to run the Python side."),
            Failure::TwoPrograms => f.write_str(
                "name a chapter, or give two programs: `cargo compare -- python3 one.py -- ./other`.",
            ),
            Failure::Page(file, error) => {
                write!(f, "{} cannot be written: {error}", file.display())
            }
            Failure::Build(program) => write!(f, "{program} does not compile; see above."),
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
    /// Runs both programs, shows what they do and what is to be said of it, and
    /// writes the page that is wanted. The reader's own command takes the place of
    /// the chapter or the exercise.
    pub fn compare(
        &mut self,
        subject: &Subject,
        own: &[OsString],
        page: Option<&Path>,
    ) -> Result<Outcome, Failure> {
        let programs = self.programs(subject, own)?;
        let (sides, interrupted) = self.run(subject, programs)?;
        self.screen.print(&picture::draw(&self.screen, &sides))?;
        let (words, outcome) = judge(self.screen.width, &sides);
        self.screen.print(&words)?;
        if let Some(file) = page {
            let (paragraphs, _) = judge(ONE_LINE, &sides);
            let written = page::write(file, subject, &sides, (&paragraphs, &outcome));
            written.map_err(|error| Failure::Page(file.to_owned(), error))?;
            self.screen
                .print(&format!("The page: {}\n", file.display()))?;
        }
        match interrupted {
            true => Err(Failure::Interrupted),
            false => Ok(outcome),
        }
    }

    fn programs(&self, subject: &Subject, own: &[OsString]) -> Result<Vec<Program>, Failure> {
        let left = match subject {
            Subject::Programs => return programs::two(own),
            Subject::Exercise(chapter, name) => Some(programs::twin(*chapter, name)?),
            Subject::Chapter(chapter) => programs::notes(*chapter),
        };
        let right = match programs::own(own, "your program") {
            Some(program) => program,
            None => self.build(subject)?,
        };
        Ok(left.into_iter().chain([right]).collect())
    }

    fn build(&self, subject: &Subject) -> Result<Program, Failure> {
        let built = match subject {
            Subject::Exercise(chapter, name) => programs::exercise(*chapter, name),
            Subject::Chapter(chapter) => programs::chapter(*chapter),
            Subject::Programs => Err(Failure::TwoPrograms),
        };
        // Ctrl-C ends cargo as well.
        built.map_err(|failure| match self.interrupts.is_empty() {
            true => failure,
            false => Failure::Interrupted,
        })
    }

    /// Runs the programs to their ends; tells also whether Ctrl-C ended them.
    fn run(&self, subject: &Subject, programs: Vec<Program>) -> Result<(Vec<Side>, bool), Failure> {
        let mut limits = Limits::default();
        limits.time = self.limit.unwrap_or(match programs.iter().any(waits) {
            true => WAITS_LIMIT,
            false => limits.time,
        });
        let (mut runs, mut sides) = (Vec::new(), Vec::new());
        for program in programs {
            let run = Run::start(program.command, Stdout::Terminal, limits);
            let run = run.map_err(|error| Failure::start(&program.title, error))?;
            let reading = match subject {
                Subject::Chapter(chapter) => Reading::Chapter(Story::new(*chapter)),
                _ => Reading::WithoutRules(Trace::new(run.pid())),
            };
            sides.push(Side::new(
                program.title,
                program.name,
                program.source,
                reading,
            ));
            runs.push(run);
        }
        let titles: Vec<_> = sides.iter().map(|side| side.title.as_str()).collect();
        let quiet = Quiet::new(&self.screen)?;
        let columns = Columns::new(&self.screen, &titles)?;
        let mut watched = Watched {
            columns,
            sides,
            limit: limits.time,
        };
        let interrupted = watched.watch(&mut runs, &self.interrupts)?;
        drop(quiet);
        let mut sides = watched.sides;
        read_beside_each_other(&mut sides);
        Ok((sides, interrupted))
    }
}

/// Whether it is expected to wait for ever.
fn waits(program: &Program) -> bool {
    let expected = expected_difference(program.source.as_deref());
    expected.is_some_and(|words| words.contains("waits for ever"))
}

/// In what a program's own text says that it differs from its twin.
fn expected_difference(source: Option<&Path>) -> Option<String> {
    source::expected_difference(&fs::read_to_string(source?).ok()?)
}

/// Two programs that ran at the same time had no PID in common.
fn read_beside_each_other(sides: &mut [Side]) {
    let transcripts: Vec<_> = sides
        .iter()
        .map(|s| s.reading.transcript().clone())
        .collect();
    for (side, other) in sides.iter_mut().zip(transcripts.iter().rev()) {
        if let Reading::WithoutRules(trace) = &mut side.reading {
            trace.read_beside(other);
        }
    }
}

/// The verdict, and what is to be said of programs that did not end.
fn judge(width: usize, sides: &[Side]) -> (String, Outcome) {
    let stories: Vec<Finished> = sides.iter().filter_map(finished).collect();
    let (mut words, outcome) = match sides {
        [one, other] if stories.is_empty() => without_rules::judge(width, one, other),
        _ => verdict::judge(width, &stories),
    };
    if sides.iter().any(Side::was_stopped) {
        let stopped = "Stopped: this is what was seen until then.";
        words = format!(
            "\n{}{}",
            paragraph("", "", stopped, width),
            words.trim_start()
        );
    }
    for last in sides.iter().flat_map(Side::last_words) {
        words += &paragraph("", "", &last, width);
    }
    (words, outcome)
}

fn finished(side: &Side) -> Option<Finished> {
    match &side.reading {
        Reading::Chapter(story) => Some(Finished {
            name: side.name.clone(),
            story: story.clone(),
        }),
        Reading::WithoutRules(_) => None,
    }
}

/// Running programs, and what they told so far.
struct Watched<'a> {
    columns: Columns<'a>,
    sides: Vec<Side>,
    limit: Duration,
}

impl Watched<'_> {
    /// Shows what comes until both have ended; tells whether Ctrl-C ended them.
    fn watch(&mut self, runs: &mut [Run], interrupts: &Receiver<()>) -> Result<bool, Failure> {
        let started = Instant::now();
        let clock = tick(TICK);
        let outputs = |side: usize| runs.get(side).map_or(never(), |run| run.outputs().clone());
        let (mut left, mut right) = (outputs(0), outputs(1));
        let (mut open, mut interrupted) = (runs.len(), false);
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
                recv(clock) -> _ => self.look(runs, started.elapsed())?,
                recv(interrupts) -> _ => {
                    interrupted = true;
                    runs.iter_mut().for_each(Run::stop);
                }
            }
        }
        self.columns.finish()?;
        Ok(interrupted)
    }

    fn look(&mut self, runs: &[Run], now: Duration) -> io::Result<()> {
        let mut quiet = Vec::new();
        for (number, (side, run)) in self.sides.iter_mut().zip(runs).enumerate() {
            side.look_for_ends(now);
            let words = side.quiet(run, now, self.limit);
            quiet.extend(words.map(|words| (number, words)));
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
