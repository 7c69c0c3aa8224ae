//! The page for a projector: one HTML file with nothing to load, two screens.
//!
//! ```text
//! #code  both programs' text
//! #run   what they printed, the timeline, the verdict
//! ```
//!
//! The letters are as large as a screen allows: the script finds out. A printed line
//! and the line of the program that printed it have the same `data-link`; the script
//! lights both.

mod code;
mod run;
mod timeline;

use std::fs;

use compare::Chapter;
use compare::language::{Language, Text};
use compare::source::origins;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::show::side::Side;
use crate::show::verdict::{Explanation, Verdict};
use crate::show::{Subject, role};

/// Nothing may be loaded, whatever a program prints.
const NOTHING_TO_LOAD: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// The name of a comparison's page among those of others.
pub fn file_name(subject: &Subject) -> String {
    match subject {
        Subject::Chapter(chapter) => format!("{chapter}.html"),
        Subject::Exercise(chapter, name) => format!("{chapter}-{name}.html"),
        Subject::Programs => "programs.html".to_owned(),
    }
}

/// The page of one comparison.
pub fn of(
    subject: &Subject,
    sides: &[Side],
    verdict: Verdict,
    words: &Explanation,
    language: Language,
) -> Markup {
    let page = Page {
        chapter: subject.chapter(),
        sides,
        shown: sides.iter().map(Shown::new).collect(),
        language,
    };
    let (title, idea) = (subject.title(), subject.idea());
    let heading = html! { h1 { (page.say(&title)) " " span { (page.say(&idea)) } } };
    let screens = html! {
        (code::screen(&page, &heading))
        (run::screen(&page, &heading, verdict, words))
    };
    document(title.to(language), screens, language)
}

/// The page that leads to those of all these comparisons.
pub fn index(verdicts: &[(Subject, Verdict)], language: Language) -> Markup {
    let title = Text::new("Python and Rust, side by side", "Python 与 Rust，并排比较");
    let title = title.to(language);
    let screen = html! {
        section.index {
            h1 { (title) }
            ul {
                @for (subject, verdict) in verdicts {
                    li.exercise[matches!(subject, Subject::Exercise(..))] {
                        a href=[page_of(subject, *verdict)] { (subject.title().to(language)) }
                        span { (subject.idea().to(language)) }
                        span.(class_of(*verdict)) { (verdict.text().to(language)) }
                    }
                }
            }
        }
    };
    document(title, screen, language)
}

/// What could not be compared has no page.
fn page_of(subject: &Subject, verdict: Verdict) -> Option<String> {
    (!matches!(verdict, Verdict::CouldNotCompare)).then(|| file_name(subject))
}

fn document(title: &str, screens: Markup, language: Language) -> Markup {
    let lang = match language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    };
    html! {
        (DOCTYPE)
        html lang=(lang) {
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
    }
}

fn class_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "same",
        Verdict::AsTheLessonSays => "expected",
        Verdict::Different(_) | Verdict::CouldNotCompare => "different",
    }
}

/// What a page shows.
struct Page<'a> {
    chapter: Option<Chapter>,
    sides: &'a [Side],
    shown: Vec<Shown<'a>>,
    language: Language,
}

impl Page<'_> {
    fn say<'t>(&self, text: &'t Text) -> &'t str {
        text.to(self.language)
    }

    /// A role as it is said, in its colour.
    fn role(&self, role: Option<&str>) -> Markup {
        html! { b.(class(role)) { (role::said(role, self.language)) } }
    }
}

/// The class of a role's colour, see the style.
fn class(role: Option<&str>) -> String {
    const COLOURS: usize = 8;
    role.map_or("nobody".to_owned(), |role| {
        format!("c{}", role::colour(role, COLOURS))
    })
}

/// Sentences, with what stands between backticks as code.
fn sentences(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
}

/// A program as the page shows it.
struct Shown<'a> {
    side: &'a Side,
    /// Its text; empty where there is none.
    source: String,
    /// For each line of stdout, the line of the text that printed it, if that is certain.
    origins: Vec<Option<usize>>,
}

impl Shown<'_> {
    fn new(side: &Side) -> Shown<'_> {
        let source = side.source.as_ref();
        let source = source.and_then(|file| fs::read_to_string(file).ok());
        let source = source.unwrap_or_default();
        let printed = side.story.transcript.lines.iter().enumerate();
        let printed = printed.map(|(index, line)| (side.story.role_of_line(index), &*line.text));
        Shown {
            side,
            origins: origins(&source, &printed.collect::<Vec<_>>()),
            source,
        }
    }

    /// The lines of stdout that a line of its text has printed.
    fn printed_by(&self, line: usize) -> Vec<usize> {
        let printed = 0..self.origins.len();
        printed
            .filter(|&index| self.origins[index] == Some(line))
            .collect()
    }
}

/// What a line of a program's text and the lines that it printed have in common.
fn link(side: usize, line: usize) -> String {
    format!("{side}-{line}")
}
