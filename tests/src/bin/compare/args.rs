//! How the tool is called.

use std::ffi::OsString;
use std::time::Duration;

use clap::Parser;
use clap::builder::{PossibleValue, PossibleValuesParser};
use tests::Chapter;

const ALL: &str = "all";

/// Runs a chapter's notes.py and the chapter side by side, and says whether
/// they tell the same story.
#[derive(Parser)]
#[command(name = "compare", bin_name = "cargo compare")]
#[command(after_help = "Exit code: 0 the same story, 1 another, 2 a program could not be run.")]
pub struct Args {
    /// The chapter
    #[arg(value_parser = PossibleValuesParser::new(names()))]
    chapter: Option<String>,

    /// End a program that still runs after this time
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,

    /// A program of your own, in place of the chapter
    #[arg(last = true, requires = "chapter")]
    pub command: Vec<OsString>,
}

/// What is to be compared.
pub enum Wanted {
    List,
    One(Chapter),
    All,
}

impl Args {
    pub fn wanted(&self) -> Wanted {
        match self.chapter.as_deref() {
            None => Wanted::List,
            Some(name) => Chapter::named(name).map_or(Wanted::All, Wanted::One),
        }
    }
}

/// The chapters, and how to call the tool.
pub fn list() -> String {
    let mut list = String::from("Two programs side by side: do they tell the same story?\n\n");
    for chapter in Chapter::ALL {
        list += &format!("  cargo compare {:<17}{}\n", chapter.name(), chapter.idea());
    }
    list += "  cargo compare all              every chapter, one after the other\n\n";
    list += "A program of your own in place of the chapter, in any language:\n\n";
    list += "  cargo compare process-pool -- python3 my_pool.py\n\n";
    list += "`cargo compare --help` tells the rest.\n";
    list
}

fn names() -> Vec<PossibleValue> {
    let chapter = |chapter: Chapter| PossibleValue::new(chapter.name()).help(chapter.idea());
    let all = PossibleValue::new(ALL).help("every chapter, one after the other");
    Chapter::ALL.into_iter().map(chapter).chain([all]).collect()
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|&seconds: &f64| seconds > 0.0);
    let limit = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    limit.ok_or_else(|| "give a number of seconds, more than 0".to_owned())
}
