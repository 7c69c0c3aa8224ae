//! `cargo compare`: two programs side by side, and whether they tell the same
//! story.

mod args;
mod show;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use args::{Args, Wanted};
use clap::Parser;
use compare::Chapter;
use compare::language::Language;
use crossbeam::channel;
use show::failure::Failure;
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
    match compare(args) {
        Ok(code) => ExitCode::from(code),
        Err(Failure::Interrupted) => {
            eprintln!("Interrupted: what still ran was ended.");
            ExitCode::from(INTERRUPTED)
        }
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::from(NOBODY_READS)
        }
        Err(failure) => {
            eprintln!("Could not compare: {failure}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn compare(args: Args) -> Result<u8, Failure> {
    let (interrupt, interrupts) = channel::bounded(1);
    let interrupted = move || {
        // A second Ctrl-C finds the first still waiting, which is enough.
        let _ = interrupt.try_send(());
    };
    ctrlc::set_handler(interrupted).map_err(Failure::Signals)?;
    let show = Show {
        screen: Screen::find(Language::of_environment()),
        interrupts,
        limit: args.timeout,
    };
    let page = args.page.as_deref();
    match args.wanted().unwrap_or_else(|error| error.exit()) {
        Wanted::List => {
            show.screen.print(&args::list(show.screen.language))?;
            Ok(SAME)
        }
        Wanted::One(subject) => Ok(code(&show.compare(&subject, &args.command, page)?)),
        Wanted::All if !args.command.is_empty() => Err(Failure::AllWithCommand),
        Wanted::All => all(&show, page),
    }
}

fn all(show: &Show, pages: Option<&Path>) -> Result<u8, Failure> {
    if let Some(folder) = pages {
        let made = fs::create_dir_all(folder);
        made.map_err(|error| Failure::Folder(folder.to_owned(), error))?;
    }
    let mut verdicts = Vec::new();
    for chapter in Chapter::ALL {
        show.screen.print(&format!(
            "{chapter}: {}\n\n",
            chapter.idea().to(show.screen.language)
        ))?;
        let page = pages.map(|folder| folder.join(page::file_name(chapter)));
        let verdict = show.compare(&Subject::Chapter(chapter), &[], page.as_deref())?;
        verdicts.push((chapter, verdict));
        show.screen.print("\n\n")?;
    }
    for (chapter, verdict) in &verdicts {
        let verdict = verdict.text();
        show.screen.print(&format!(
            "{:<17}{}\n",
            chapter.name(),
            verdict.to(show.screen.language)
        ))?;
    }
    if let Some(folder) = pages {
        let written = page::write_index(folder, &verdicts);
        written.map_err(|error| Failure::Page(folder.to_owned(), error))?;
        let index = folder.join("index.html");
        show.screen
            .print(&format!("\nThe pages: {}\n", index.display()))?;
    }
    let codes = verdicts.iter().map(|(_, verdict)| code(verdict));
    Ok(codes.max().unwrap_or(SAME))
}

fn code(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Same | Verdict::AsTheLessonSays => SAME,
        Verdict::Different(_) => DIFFERENT,
    }
}
