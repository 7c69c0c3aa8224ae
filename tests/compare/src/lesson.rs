//! Reads a chapter's lesson, its `README.md`.
//!
//! A lesson is cut at its headings into sections. What a section's blocks mean
//! is behind the block's language, where a page does not show it:
//!
//! ````text
//! ```diff main.rs            a change of that file
//! ```text main.rs            what the file prints then
//! ```text main.rs notes.py   what each of the two prints
//! ```text main.rs mixed      the lines of different processes may mix,
//! ```text main.rs any-order  or those of one process, too
//! ```text rustc              the errors of the changed main.rs, or its warnings
//! ````
//!
//! Without a `diff` in its section, a file is what it is. Several blocks for
//! one file are several answers, any of which may come.

pub mod answer;
mod pairing;

use std::fs;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::chapter::Chapter;

/// What a lesson says of an exercise.
pub struct Exercise {
    /// Whose lesson it is.
    pub chapter: Chapter,
    /// The exercise, and the heading under which the lesson says it.
    pub name: String,
    /// What the Python twin prints: one of these.
    pub python: Vec<Block>,
    /// What the exercise prints in Rust: one of these.
    pub rust: Vec<Block>,
}

impl Exercise {
    /// What the chapter's lesson says of the exercise with this name, if it says
    /// anything.
    pub fn find(chapter: Chapter, name: &str) -> Option<Exercise> {
        let files = [format!("{name}.py"), format!("{name}.rs")];
        let lesson = fs::read_to_string(chapter.lesson()).ok()?;
        let sections = sections(&lesson);
        let section = sections
            .iter()
            .find(|section| files.iter().all(|file| section.tells(file)))?;
        let [python, rust] = files.map(|file| section.answers(&file).cloned().collect());
        Some(Exercise {
            chapter,
            name: name.to_owned(),
            python,
            rust,
        })
    }

    /// Whether it says that one of the two waits for ever.
    pub fn waits(&self) -> bool {
        self.blocks().any(Block::waits)
    }

    /// Whether it says how long something takes beside something else: then nothing else
    /// may run at the same time.
    pub fn compares_times(&self) -> bool {
        self.blocks().any(Block::compares_times)
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.python.iter().chain(&self.rust)
    }
}

/// The part of a lesson from one heading to the next.
#[derive(Debug, Default)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// The heading's level, from 1.
    pub level: u8,
    /// Whether a question is asked outside of what is folded away.
    pub asks: bool,
    /// Its code blocks.
    pub blocks: Vec<Block>,
    /// The rows of its tables: the code in each cell.
    pub rows: Vec<Vec<String>>,
}

impl Section {
    /// The files that its blocks change or answer for.
    pub fn files(&self) -> Vec<String> {
        let marks = self.blocks.iter().flat_map(|block| &block.marks);
        let mut files: Vec<String> = marks
            .filter(|mark| mark.ends_with(".rs") || mark.ends_with(".py"))
            .cloned()
            .collect();
        files.sort();
        files.dedup();
        files
    }

    /// Whether it says what this file prints as it is.
    fn tells(&self, file: &str) -> bool {
        self.answers(file).count() > 0 && !self.blocks.iter().any(|block| block.changes(file))
    }

    /// The blocks that show what this file prints, or what `rustc` reports.
    pub fn answers<'s>(&'s self, file: &'s str) -> impl Iterator<Item = &'s Block> {
        let answers = move |block: &&Block| block.language == "text" && block.is_marked(file);
        self.blocks.iter().filter(answers)
    }
}

/// A code block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// `diff`, `text` or `sh`.
    pub language: String,
    /// The words behind the language.
    pub marks: Vec<String>,
    /// Its lines.
    pub text: String,
    /// Whether it is folded away, in `<details>`.
    pub folded: bool,
}

impl Block {
    /// Whether the block is a change of this file.
    pub fn changes(&self, file: &str) -> bool {
        self.language == "diff" && self.is_marked(file)
    }

    /// Whether this word is behind the block's language.
    pub fn is_marked(&self, word: &str) -> bool {
        self.marks.iter().any(|mark| mark == word)
    }
}

/// The sections of a lesson.
pub fn sections(markdown: &str) -> Vec<Section> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        reader.read(event);
    }
    reader.sections
}

/// What has been read of a lesson.
#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    /// How many `<details>` are open.
    folds: usize,
    place: Place,
}

/// Where the text belongs that comes next.
#[derive(Default, PartialEq)]
enum Place {
    #[default]
    Elsewhere,
    Heading,
    Table,
    Block,
}

impl Reader {
    fn read(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(TagEnd::Heading(_) | TagEnd::Table | TagEnd::CodeBlock) => {
                self.place = Place::Elsewhere;
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                self.folds += html.matches("<details>").count();
                self.folds -= html.matches("</details>").count();
            }
            Event::Text(text) => self.add(&text, false),
            Event::Code(text) => self.add(&text, true),
            _ => {}
        }
    }

    fn begin(&mut self, tag: Tag) {
        match tag {
            Tag::Heading { level, .. } => {
                self.place = Place::Heading;
                self.sections.push(Section {
                    level: level as u8,
                    ..Section::default()
                });
            }
            Tag::Table(_) => self.place = Place::Table,
            Tag::TableRow => self.section().rows.push(Vec::new()),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                self.place = Place::Block;
                let block = block(&info, self.folds > 0);
                self.section().blocks.push(block);
            }
            _ => {}
        }
    }

    fn add(&mut self, text: &str, is_code: bool) {
        let folded = self.folds > 0;
        let place = std::mem::take(&mut self.place);
        let section = self.section();
        match place {
            Place::Heading => section.title += text,
            Place::Table if is_code => {
                let row = section.rows.last_mut();
                row.expect("no code in a table's head")
                    .push(text.to_string());
            }
            Place::Block => section.blocks.last_mut().expect("a block").text += text,
            _ => section.asks |= !folded && text.contains(['?', '？']),
        }
        self.place = place;
    }

    fn section(&mut self) -> &mut Section {
        self.sections
            .last_mut()
            .expect("a lesson begins with a heading")
    }
}

fn block(info: &str, folded: bool) -> Block {
    let mut words = info.split_whitespace().map(str::to_string);
    Block {
        language: words.next().unwrap_or_default(),
        marks: words.collect(),
        text: String::new(),
        folded,
    }
}
