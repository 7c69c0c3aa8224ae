//! Each answer of a lesson is what comes out.
//!
//! The lessons are the chapters' `README.md`; how they are read is told in
//! `compare::lesson`, and how an answer is held to a run in its `answer`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use compare::lesson::{Block, Section, sections};
use compare::{Line, Transcript};
use tempfile::TempDir;
use tests::harness::Trial;
use tests::rustc::{Message, PROGRAM, compile};
use tests::transcript::{python, record};
use tests::workspace::{self, CHAPTERS, Kind};

use crate::pages::code;

/// What prints nothing for so long waits for ever; the longest sleep is 3 s.
const WAITED: Duration = Duration::from_secs(5);

/// A guard against hanging: a program that is to end prints more often.
const LIMIT: Duration = Duration::from_secs(120);

/// A program that had to wait for a core may be too late for its lesson, and so may one
/// whose times are compared: then it runs again, so many times in all.
const MOST_RUNS: usize = 3;

pub fn trials() -> Vec<Trial> {
    CHAPTERS.into_iter().flat_map(trials_of).collect()
}

fn trials_of(chapter: &'static str) -> Vec<Trial> {
    let lesson = Rc::new(Lesson::read(chapter));
    let mut trials = vec![
        lesson.trial("main.rs reads beside notes.py", Lesson::check_main),
        lesson.trial("the table quotes both files", Lesson::check_table),
        lesson.trial("every exercise has its answers", Lesson::check_exercises),
        lesson.trial(
            "a program of one's own may use every chapter",
            Lesson::check_own_program,
        ),
        lesson.trial(
            "the Chinese page has the same blocks",
            Lesson::check_chinese,
        ),
    ];
    for (number, section) in lesson.sections.iter().enumerate() {
        for file in section.files() {
            let title = format!("{} ({file})", section.title);
            let compares_times = section.answers(&file).any(Block::compares_times);
            let trial = lesson.trial(&title, move |lesson| {
                lesson.check_answers(&lesson.sections[number], &file);
            });
            trials.push(match compares_times {
                true => trial.alone(),
                false => trial,
            });
        }
        if section.blocks.iter().any(|block| block.language == "diff") {
            let title = format!("{} has a question and both answers", section.title);
            trials.push(lesson.trial(&title, move |lesson| {
                check_question(&lesson.sections[number]);
            }));
        }
    }
    trials
}

/// A chapter's lesson.
struct Lesson {
    chapter: &'static str,
    sections: Vec<Section>,
}

impl Lesson {
    fn read(chapter: &'static str) -> Lesson {
        let markdown = workspace::read(format!("{chapter}/README.md"));
        let sections = sections(&markdown);
        Lesson { chapter, sections }
    }

    fn trial(self: &Rc<Lesson>, title: &str, check: impl FnOnce(&Lesson) + 'static) -> Trial {
        let lesson = Rc::clone(self);
        Trial::new(format!("{}: {title}", self.chapter), move || check(&lesson))
    }

    /// The text of a file in the chapter's folder.
    fn text_of(&self, file: &str) -> String {
        workspace::read(format!("{}/{file}", self.chapter))
    }

    /// `main.rs` reads beside `notes.py`: it has the same functions, and fits on a
    /// slide.
    fn check_main(&self) {
        let main = self.text_of("src/main.rs");
        let functions = names_behind("fn ", &main.replace("r#", ""));
        let mut notes = names_behind("def ", &self.text_of("notes.py"));
        notes.push("main".to_string());
        assert_eq!(functions, notes);
        let is_code = |line: &&str| !line.is_empty() && !line.trim_start().starts_with("//");
        let lines = main.lines().filter(is_code).count();
        assert!(lines <= 40, "{lines} lines of code");
    }

    /// The notes' lines are in `notes.py`, and those beside them in `main.rs`.
    fn check_table(&self) {
        let (main, notes) = (self.text_of("src/main.rs"), self.text_of("notes.py"));
        let mut tables = self.sections.iter().map(|section| &section.rows);
        let rows = tables.find(|rows| !rows.is_empty());
        let rows = rows.expect("it has a table");
        let has = |text: &str, line: &str| text.lines().any(|own| own.trim() == line);
        for row in rows {
            let [python, rust] = row.as_slice() else {
                panic!("not two lines: {row:?}");
            };
            assert!(has(&notes, python) && has(&main, rust), "{row:?}");
        }
    }

    /// Each exercise has a twin, and the lesson shows what both print.
    fn check_exercises(&self) {
        let answered: BTreeSet<String> = self
            .sections
            .iter()
            .flat_map(Section::files)
            .filter(|file| !matches!(file.as_str(), "main.rs" | "notes.py"))
            .collect();
        let is_readers_own = |name: &str| name.starts_with("mine");
        let examples = workspace::path(self.chapter).join("examples").read_dir();
        let files: BTreeSet<String> = examples
            .expect("the folder of the exercises")
            .flatten()
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .map(|file| file.split('.').next().unwrap_or_default().to_string())
            .filter(|name| !is_readers_own(name))
            .flat_map(|name| [format!("{name}.rs"), format!("{name}.py")])
            .collect();
        assert_eq!(answered, files, "answered, and in the folder");
    }

    /// The libraries of all chapters are there. (That the lesson's commands for it
    /// work is a trial of compare's.)
    fn check_own_program(&self) {
        let libraries = workspace::libraries(self.chapter, Kind::Exercise);
        for name in [
            "process_basic",
            "process_pool",
            "ipc_queue",
            "ipc_pipe",
            "common",
            "anyhow",
            "serde",
        ] {
            assert!(libraries.contains_key(name), "{name}");
        }
    }

    /// Code and output are the same in the Chinese page.
    fn check_chinese(&self) {
        let chinese = sections(&self.text_of("README.zh-CN.md"));
        assert_eq!(chinese.len(), self.sections.len(), "headings");
        for (own, other) in self.sections.iter().zip(&chinese) {
            let titles = (&own.title, &other.title);
            assert_eq!(
                (own.level, own.asks),
                (other.level, other.asks),
                "{titles:?}"
            );
            let blocks = |section: &Section| section.blocks.iter().map(code).collect::<Vec<_>>();
            assert_eq!(blocks(own), blocks(other), "{titles:?}");
            assert_eq!(own.rows, other.rows, "{titles:?}");
        }
    }

    /// The blocks for this file are what it prints, and what rustc reports.
    fn check_answers(&self, section: &Section, file: &str) {
        let copy = self.changed_copy(section, file);
        if file.ends_with(".rs") {
            let name = self.crate_name(file);
            let messages = compile(self.chapter, copy.folder.path(), &copy.file, name);
            self.check_messages(section, &messages);
            if messages.iter().any(Message::is_error) {
                return;
            }
        }
        let answers: Vec<&Block> = section.answers(file).collect();
        assert!(!answers.is_empty(), "it has no answer");
        let waits = answers.iter().any(|block| block.waits());
        let other_words = match file.ends_with(".rs") {
            true => !*RUST_IS_THE_LESSONS,
            false => !*PYTHON_IS_THE_LESSONS,
        };
        let is_so = |transcript: &Transcript| {
            let mut held = answers
                .iter()
                .map(|block| block.hold(transcript, other_words));
            held.any(|held| held.is_ok())
        };
        let run = || record(copy.command(), if waits { WAITED } else { LIMIT });
        // Who shares a virtual machine's cores with it is not seen.
        let compares_times = answers.iter().any(|block| block.compares_times());
        let mut transcript = run();
        for _ in 1..MOST_RUNS {
            let ran_freely = transcript.had_cores() && !transcript.was_held_up();
            if is_so(&transcript) || ran_freely && !compares_times {
                break;
            }
            transcript = run();
        }
        assert!(
            is_so(&transcript),
            "{}",
            differs(&answers, &shown(&transcript))
        );
    }

    fn changed_copy(&self, section: &Section, file: &str) -> Copy {
        let path = match file {
            "main.rs" => "src/main.rs".to_string(),
            "notes.py" => file.to_string(),
            exercise => format!("examples/{exercise}"),
        };
        let mut text = self.text_of(&path);
        for block in section.blocks.iter().filter(|block| block.changes(file)) {
            text = apply(&block.text, &text).unwrap_or_else(|flaw| panic!("{flaw}"));
        }
        Copy::new(&text, Path::new(self.chapter).join(path))
    }

    fn crate_name<'a>(&'a self, file: &'a str) -> &'a str {
        match file.trim_end_matches(".rs") {
            "main" => self.chapter,
            exercise => exercise,
        }
    }

    /// What rustc reports is what the lesson shows; in other versions than the
    /// lesson's own, the codes count, not the words. Warnings beside an error
    /// may be left out.
    fn check_messages(&self, section: &Section, messages: &[Message]) {
        let refused = messages.iter().any(Message::is_error);
        let messages = messages
            .iter()
            .filter(|message| message.is_error() == refused);
        let answers: Vec<&Block> = section.answers("rustc").collect();
        let shown: String = answers.iter().map(|block| block.text.as_str()).collect();
        let rendered: String = messages.map(|message| &*message.rendered).collect();
        let mut rendered_lines = rendered.lines();
        let has = |line: &str| rendered_lines.any(|own| own.ends_with(line.trim()));
        let same_words = !*RUST_IS_THE_LESSONS || shown.lines().all(has);
        assert!(
            codes(&shown) == codes(&rendered) && same_words,
            "{}",
            differs(&answers, &rendered)
        );
    }
}

/// A file with a change in it: lines that begin with `-` go, those with `+`
/// come, the rest shows where. A line `@@` begins a change at another place. An error
/// is the lines that the file does not have, or has more than once.
fn apply(diff: &str, file: &str) -> Result<String, String> {
    // Each line begins behind a line feed, the first one, too.
    let mut changed = format!("\n{file}");
    for hunk in diff.split("@@\n") {
        let (mut old, mut new) = ("\n".to_string(), "\n".to_string());
        for line in hunk.split_inclusive('\n') {
            let (sign, rest) = match line {
                "\n" => (" ", line),
                line => line.split_at(1),
            };
            match sign {
                "-" => old += rest,
                "+" => new += rest,
                " " => {
                    old += rest;
                    new += rest;
                }
                _ => return Err(format!("begins with neither -, + nor a space: {line}")),
            }
        }
        match changed.matches(&old).count() {
            1 => changed = changed.replace(&old, &new),
            found => return Err(format!("found {found} times, not once:{old}")),
        }
    }
    Ok(changed.split_off(1))
}

/// The names between this word and a parenthesis.
fn names_behind(word: &str, text: &str) -> Vec<String> {
    let names = text.split(word).skip(1);
    let names = names.map(|rest| rest.split('(').next().unwrap_or_default().to_string());
    names.collect()
}

/// The beginnings of messages, up to their codes.
fn codes(messages: &str) -> Vec<&str> {
    let mut begins: Vec<&str> = messages
        .lines()
        .filter(|line| line.starts_with("error") || line.starts_with("warning"))
        .filter_map(|line| Some(line.split_once(':')?.0))
        .collect();
    begins.dedup();
    begins
}

/// A changed file is asked about, and answered for both languages out of sight.
fn check_question(section: &Section) {
    let files = section.files();
    let is_changed = |file: &String| section.blocks.iter().any(|block| block.changes(file));
    assert!(
        files.len() == 2 && files.iter().all(is_changed),
        "it does not change a program in both languages, but {files:?}"
    );
    let shown = section
        .blocks
        .iter()
        .find(|block| block.language == "text" && !block.folded);
    assert!(shown.is_none(), "not folded away: {shown:?}");
    assert!(section.asks, "it asks nothing");
}

/// A changed file in a folder of its own, where it has the path of the original.
struct Copy {
    folder: TempDir,
    file: PathBuf,
}

impl Copy {
    fn new(text: &str, file: PathBuf) -> Copy {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(&file);
        fs::create_dir_all(path.parent().expect("its folder")).expect("a folder");
        fs::write(path, text).expect("a file");
        Copy { folder, file }
    }

    /// What runs it.
    fn command(&self) -> Command {
        let folder = self.folder.path();
        let mut command = match self.file.extension() {
            Some(extension) if extension == "py" => python(&self.file),
            _ => Command::new(folder.join(PROGRAM)),
        };
        command.current_dir(folder).env_remove("RUST_BACKTRACE");
        command
    }
}

/// Whether the rustc that is here is the one whose messages the lessons show.
static RUST_IS_THE_LESSONS: LazyLock<bool> = LazyLock::new(|| is_the_lessons("Rust", "rustc"));

/// Whether the Python that is here is the one whose messages the lessons show.
static PYTHON_IS_THE_LESSONS: LazyLock<bool> =
    LazyLock::new(|| is_the_lessons("Python", "python3"));

/// The README says whose messages they show.
fn is_the_lessons(language: &str, program: &str) -> bool {
    let readme = workspace::read("README.md");
    let tried = readme.split_once("Tried with ");
    let tried = tried.and_then(|(_, rest)| rest.split_once(", whose messages the lessons show"));
    let (tried, _) = tried.expect("the README says it");
    let output = Command::new(program).arg("--version").output();
    let output = String::from_utf8(output.expect(program).stdout).expect("text");
    let version = output.split_whitespace().nth(1).expect("a version");
    let (version, _) = version.rsplit_once('.').expect("three numbers");
    let mut tried = tried.split(" and ");
    tried.any(|tried| tried == format!("{language} {version}"))
}

fn differs(answers: &[&Block], came: &str) -> String {
    let answers: Vec<&str> = answers.iter().map(|block| block.text.as_str()).collect();
    format!(
        "the lesson shows:\n{}\nbut this came:\n{came}",
        answers.join("or\n")
    )
}

fn shown(transcript: &Transcript) -> String {
    let writer = |line: &Line| line.writer().map_or(0, |writer| writer.thread);
    let lines = transcript.all_lines().into_iter();
    let lines = lines.map(|line| format!("{:>8}: {}\n", writer(line), line.text));
    lines.collect::<String>() + &format!("({:?})", transcript.ending())
}
