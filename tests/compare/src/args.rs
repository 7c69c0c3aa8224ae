//! How the tool is called.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use compare::Chapter;
use compare::language::Language;
use compare::words::and;

use crate::show::Subject;
use crate::show::lanes::holds_back;

const ALL: &str = "all";

/// Runs a chapter's notes.py and the chapter side by side, or any two programs,
/// and says whether they tell the same story.
#[derive(Parser)]
#[command(name = "compare", bin_name = "cargo compare")]
#[command(after_help = after_help())]
pub struct Args {
    /// A chapter, or `all`; without it, the chapters are listed
    #[arg(value_parser = wanted)]
    chapter: Option<Wanted>,

    /// An exercise of the chapter, beside its Python twin
    #[arg(requires = "chapter")]
    exercise: Option<String>,

    // Not to be used: it is here for the words of the error.
    #[arg(hide = true)]
    without_dashes: Vec<String>,

    /// End a program that still runs after this time [default: 30, or 10 where it is
    /// expected to wait for ever]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// Also write a page for the projector: an HTML file, or with `all` a folder
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,

    /// A program of your own, in place of the chapter; without a chapter, two
    /// programs with `--` between them
    #[arg(last = true)]
    pub command: Vec<OsString>,
}

/// What is wanted.
#[derive(Clone)]
pub enum Wanted {
    List,
    One(Subject),
    All,
}

impl Args {
    /// What is wanted.
    ///
    /// # Errors
    ///
    /// When the chapter has no such exercise.
    pub fn wanted(&self) -> Result<Wanted, clap::Error> {
        match (&self.chapter, &self.exercise) {
            (None, _) if self.command.is_empty() => match self.page {
                None => Ok(Wanted::List),
                Some(_) => Err(wrong("name the chapter that the page is about, or `all`")),
            },
            (None, _) => Ok(Wanted::One(Subject::Programs)),
            (Some(Wanted::One(Subject::Chapter(chapter))), Some(name)) => {
                if !self.without_dashes.is_empty() {
                    let program = self.without_dashes.join(" ");
                    return Err(wrong(&format!(
                        "a program stands behind `--`: cargo compare {chapter} -- {name} {program}"
                    )));
                }
                exercise(*chapter, name).map(Wanted::One)
            }
            (Some(_), Some(_)) => Err(wrong("name the one chapter that the exercise belongs to")),
            (Some(wanted), None) => Ok(wanted.clone()),
        }
    }
}

fn after_help() -> String {
    format!(
        "{}\n\nExit code: 0 the same story, or another as the lesson says; 1 another; 2 a program \
         could not be run; 130 after Ctrl-C.",
        holds_back()
    )
}

fn exercise(chapter: Chapter, name: &str) -> Result<Subject, clap::Error> {
    if has_exercise(chapter, name) {
        return Ok(Subject::Exercise(chapter, name.to_owned()));
    }
    if name.ends_with(".py") || Path::new(name).is_file() {
        let run = if name.ends_with(".py") {
            "python3 "
        } else {
            ""
        };
        return Err(wrong(&format!(
            "a program stands behind `--`: cargo compare {chapter} -- {run}{name}"
        )));
    }
    let exercises = chapter.exercises().join(", ");
    Err(wrong(&format!(
        "{chapter} has no exercise `{name}`; it has {exercises}"
    )))
}

fn has_exercise(chapter: Chapter, name: &str) -> bool {
    chapter.exercises().iter().any(|known| known == name)
}

fn wrong(words: &str) -> clap::Error {
    Args::command().error(ErrorKind::InvalidValue, words)
}

/// The chapters, and how to call the tool.
pub fn list(language: Language) -> String {
    let mut list = String::from("Two programs side by side: do they tell the same story?\n\n");
    for chapter in Chapter::ALL {
        list += &format!(
            "  cargo compare {:<17}{}\n",
            chapter.name(),
            chapter.idea().to(language)
        );
    }
    list += "  cargo compare all              every chapter, one after the other\n\n";
    list += "An exercise beside its Python twin, and a page for the projector:\n\n";
    list += "  cargo compare process-pool one-worker\n";
    list += "  cargo compare process-pool --page pool.html\n\n";
    list += "A program of your own in place of the chapter, or any two, in any language:\n\n";
    list += "  cargo compare process-pool -- python3 my_pool.py\n";
    list += "  cargo compare -- python3 one.py -- ./another\n\n";
    list += "`cargo compare --help` tells the rest.\n";
    list
}

fn wanted(name: &str) -> Result<Wanted, String> {
    if name == ALL {
        return Ok(Wanted::All);
    }
    if let Some(chapter) = Chapter::named(name) {
        return Ok(Wanted::One(Subject::Chapter(chapter)));
    }
    let mut of = Chapter::ALL.to_vec();
    of.retain(|chapter| has_exercise(*chapter, name));
    Err(if !of.is_empty() {
        let call = |chapter: &Chapter| format!("cargo compare {chapter} {name}");
        let calls: Vec<_> = of.iter().map(call).collect();
        let calls = calls.join(", ");
        format!("`{name}` is an exercise of {}: {calls}", and(&of))
    } else if let Some(nearest) = nearest(name) {
        format!("did you mean `{nearest}`?")
    } else {
        let chapters = Chapter::ALL.map(Chapter::name).join(", ");
        format!("the chapters are {chapters}")
    })
}

/// The chapter whose name, or a word of it, is most like this one.
fn nearest(name: &str) -> Option<Chapter> {
    const ALIKE: f64 = 0.8;
    let likeness = |chapter: &Chapter| {
        let words = chapter.name().split('-').chain([chapter.name()]);
        let likeness = words.map(|word| strsim::jaro_winkler(word, name));
        likeness.fold(0.0, f64::max)
    };
    let alike = |one: &Chapter, other: &Chapter| likeness(one).total_cmp(&likeness(other));
    let nearest = Chapter::ALL.into_iter().max_by(alike);
    nearest.filter(|nearest| likeness(nearest) > ALIKE)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|&seconds: &f64| seconds > 0.0);
    let limit = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    limit.ok_or_else(|| "give a number of seconds, more than 0".to_owned())
}
