//! `cargo compare`: two programs side by side, and whether they tell the same
//! story.

mod args;
mod show;

use std::fs;
use std::io;
use std::iter;
use std::path::Path;
use std::process::ExitCode;

use args::{Args, Wanted};
use clap::Parser;
use compare::language::Language;
use compare::{Chapter, text};
use crossbeam::channel;
use show::error::Error;
use show::terminal::Screen;
use show::verdict::Verdict;
use show::{Show, Subject, page};

/// What a shell reports for a program that Ctrl-C has ended: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// What a shell reports for a program that a closed pipe has ended: 128 + SIGPIPE.
const NOBODY_READS: u8 = 141;

const SAME: u8 = 0;
const DIFFERENT: u8 = 1;
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let language = args.language();
    let code = match compare(&args, language) {
        Ok(code) => code,
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => NOBODY_READS,
        Err(error) => {
            eprintln!("{}", error.text().to(language));
            match error {
                Error::Interrupted => INTERRUPTED,
                _ => COULD_NOT_RUN,
            }
        }
    };
    ExitCode::from(code)
}

fn compare(args: &Args, language: Language) -> Result<u8, Error> {
    let wanted = args.wanted()?;
    let (interrupt, interrupts) = channel::bounded(1);
    let interrupted = move || {
        // A second Ctrl-C finds the first still waiting, which is enough.
        let _ = interrupt.try_send(());
    };
    ctrlc::set_handler(interrupted).map_err(|error| {
        text!(
            "Ctrl-C cannot be caught: {error}",
            "无法捕获 Ctrl-C：{error}"
        )
    })?;
    let show = Show {
        screen: Screen::find(language),
        interrupts,
        limit: args.timeout(),
    };
    let page = args.page.as_deref();
    match &wanted {
        Wanted::Help => {
            show.screen.print(&args::help(language))?;
            Ok(SAME)
        }
        Wanted::One(subject) => Ok(code(show.compare(subject, &args.command, page)?)),
        Wanted::All(chapters) => all(&show, chapters, page),
    }
}

/// Compares these chapters, each with its exercises. What cannot be compared holds up
/// nothing else.
fn all(show: &Show, chapters: &[Chapter], pages: Option<&Path>) -> Result<u8, Error> {
    if let Some(folder) = pages {
        fs::create_dir_all(folder).map_err(|error| Error::write(folder, &error))?;
    }
    let language = show.screen.language;
    let mut verdicts = Vec::new();
    for subject in chapters.iter().flat_map(|chapter| with_exercises(*chapter)) {
        let (title, idea) = (subject.title(), subject.idea());
        let (title, idea) = (title.to(language), idea.to(language));
        show.screen
            .say(&text!("{title}: {idea}\n\n", "{title}：{idea}\n\n"))?;
        let page = pages.map(|folder| folder.join(page::file_name(&subject)));
        let verdict = match show.compare(&subject, &[], page.as_deref()) {
            Err(error @ Error::Said(_)) => {
                eprintln!("{}", error.text().to(language));
                Verdict::CouldNotCompare
            }
            verdict => verdict?,
        };
        verdicts.push((subject, verdict));
        show.screen.print("\n\n")?;
    }
    print_verdicts(&show.screen, &verdicts)?;
    if let Some(folder) = pages {
        let index = folder.join("index.html");
        let written = fs::write(&index, page::index(&verdicts, language).into_string());
        written.map_err(|error| Error::write(&index, &error))?;
        let index = index.display();
        show.screen
            .say(&text!("\nThe pages: {index}\n", "\n页面：{index}\n"))?;
    }
    let codes = verdicts.iter().map(|(_, verdict)| code(*verdict));
    Ok(codes.max().unwrap_or(SAME))
}

fn print_verdicts(screen: &Screen, verdicts: &[(Subject, Verdict)]) -> io::Result<()> {
    for (subject, verdict) in verdicts {
        let name = match subject {
            Subject::Exercise(_, name) => format!("  {name}"),
            subject => subject.title().to(screen.language).to_owned(),
        };
        let verdict = verdict.text();
        screen.print(&format!("{name:<20}{}\n", verdict.to(screen.language)))?;
    }
    Ok(())
}

fn with_exercises(chapter: Chapter) -> impl Iterator<Item = Subject> {
    let exercises = chapter.exercises().into_iter();
    let exercises = exercises.map(move |name| Subject::Exercise(chapter, name));
    iter::once(Subject::Chapter(chapter)).chain(exercises)
}

fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Same | Verdict::AsTheLessonSays => SAME,
        Verdict::Different(_) => DIFFERENT,
        Verdict::CouldNotCompare => COULD_NOT_RUN,
    }
}
