//! The page for a projector: one HTML file with nothing to load, two screens.
//!
//! ```text
//! #code  both programs' text, as large as fits
//! #run   what they printed, the lanes, the verdict
//! ```
//!
//! A printed line and the line of the program that printed it have the same
//! `data-link`; the script lights both.

mod first_screen;
mod second_screen;
mod svg;

use std::fs::{self, File};
use std::io;
use std::path::Path;

use compare::Chapter;
use compare::language::{Language, Text};
use compare::source::{Print, printed_by, prints};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use unicode_width::UnicodeWidthStr;

use crate::show::Subject;
use crate::show::side::Side;
use crate::show::verdict::{Explanation, Verdict};

/// The text of a longer program is not shown, so that a page stays below 200 KB. In
/// bytes.
const LONGEST_SOURCE: usize = 20_000;

/// So many lines of what a program printed are shown.
const MOST_LINES: usize = 100;

/// So many letters of such a line are shown.
const LONGEST_LINE: usize = 160;

/// Nothing may be loaded, whatever a program prints.
const NOTHING_TO_LOAD: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// Makes sure that a page can be written: the programs, which take a while, run
/// before it is.
pub fn prepare(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options()
        .append(true)
        .create(true)
        .open(file)
        .map(drop)
}

/// Writes the page of one comparison.
pub fn write(
    file: &Path,
    subject: &Subject,
    sides: &[Side],
    verdict: (Verdict, &Explanation),
) -> io::Result<()> {
    let (name, idea) = title(subject);
    let title = html! { h1 { (name) " " span { (idea.to(Language::English)) } } };
    let shown: Vec<Shown> = sides.iter().map(Shown::new).collect();
    let colours = Colours::new(sides);
    let screens = html! {
        (first_screen::screen(&title, &shown, &colours))
        (second_screen::screen(&title, &shown, &colours, verdict))
    };
    write_document(file, &name, screens)
}

/// Writes the page that leads to each chapter's.
pub fn write_index(folder: &Path, verdicts: &[(Chapter, Verdict)]) -> io::Result<()> {
    let title = "Python's notes and Rust, side by side";
    let screen = html! {
        section.index {
            h1 { (title) }
            ul {
                @for (chapter, verdict) in verdicts {
                    li {
                        a href=(file_name(*chapter)) { (chapter) }
                        p { (chapter.idea().to(Language::English)) }
                        p.(class_of(*verdict)) { (verdict.text().to(Language::English)) }
                    }
                }
            }
        }
    };
    write_document(&folder.join("index.html"), title, screen)
}

/// The name of a chapter's page.
pub fn file_name(chapter: Chapter) -> String {
    format!("{chapter}.html")
}

fn write_document(file: &Path, title: &str, screens: Markup) -> io::Result<()> {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(NOTHING_TO_LOAD);
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(include_str!("page/style.css"))) }
            }
            body {
                main { (screens) }
                script { (PreEscaped(include_str!("page/script.js"))) }
            }
        }
    };
    fs::write(file, document.into_string())
}

/// What is compared, and a few words on it.
fn title(subject: &Subject) -> (String, Text) {
    match subject {
        Subject::Chapter(chapter) => (chapter.to_string(), chapter.idea()),
        Subject::Exercise(chapter, name) => (
            format!("{chapter}: {name}"),
            Text::new("an exercise", "一个练习"),
        ),
        Subject::Programs => (
            "Two programs".to_owned(),
            Text::new("side by side", "并排比较"),
        ),
    }
}

fn class_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "same",
        Verdict::AsTheLessonSays => "expected",
        Verdict::Different(_) => "different",
    }
}

/// A program as the page shows it.
struct Shown<'a> {
    side: &'a Side,
    /// Its text; empty where there is none, or too much.
    source: String,
    prints: Vec<Print>,
}

impl Shown<'_> {
    fn new(side: &Side) -> Shown<'_> {
        let text = side
            .source
            .as_ref()
            .and_then(|file| fs::read_to_string(file).ok());
        let source = text
            .filter(|text| text.len() <= LONGEST_SOURCE)
            .unwrap_or_default();
        Shown {
            side,
            prints: prints(&source),
            source,
        }
    }

    /// Which line of its text printed this; the first, where several can have.
    fn origin(&self, printed: &str) -> Option<usize> {
        printed_by(&self.prints, printed).map(|print| print.line)
    }

    /// For a line of its text that prints: the first line that prints the same.
    fn first_alike(&self, line: usize) -> Option<usize> {
        let own = self.prints.iter().find(|print| print.line == line)?;
        let mut all = self.prints.iter();
        all.find(|print| print.prints_the_same(own))
            .map(|print| print.line)
    }

    /// The lines that this line of its text printed, by its first line alike.
    fn printed_by(&self, origin: usize) -> Vec<usize> {
        let printed = self.side.reading.transcript().lines.iter().enumerate();
        let own = printed.filter(|(_, printed)| self.origin(&printed.text) == Some(origin));
        own.map(|(index, _)| index).collect()
    }
}

/// What a line of a program's text and the lines that it printed have in common.
fn link(side: usize, line: usize) -> String {
    format!("{side}-{line}")
}

/// Each process or thread of the same role has the same colour on both sides.
struct Colours {
    roles: Vec<String>,
}

impl Colours {
    fn new(sides: &[Side]) -> Colours {
        let mut roles: Vec<String> = Vec::new();
        for side in sides {
            for line in 0..side.reading.transcript().lines.len() {
                let role = side.reading.role_of_line(line);
                let new = role.filter(|role| !roles.iter().any(|known| known == role));
                roles.extend(new.map(str::to_owned));
            }
        }
        Colours { roles }
    }

    /// In letters.
    fn longest_name(&self) -> usize {
        self.roles
            .iter()
            .map(|role| role.width())
            .max()
            .unwrap_or(0)
    }

    /// The class of this role, see the style.
    fn class(&self, role: Option<&str>) -> String {
        const COLOURS: usize = 8;
        let known = role.and_then(|role| self.roles.iter().position(|known| known == role));
        known.map_or("nobody".to_owned(), |number| {
            format!("c{}", number % COLOURS)
        })
    }
}
