//! How the tool is called.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use compare::language::{Language, Text};
use compare::words::List;
use compare::{Chapter, text};

use crate::show::Subject;

/// What the tool is asked for, as clap reads it; its help is [`help`].
#[derive(Parser)]
#[command(name = "compare", disable_help_flag = true)]
#[command(override_usage = "cargo compare [OPTIONS] [CHAPTER [EXERCISE]] [-- COMMAND...]")]
pub struct Args {
    names: Vec<String>,
    #[arg(short, long)]
    help: bool,
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// Of several comparisons, a folder.
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    #[arg(long, value_parser = PossibleValuesParser::new(["en", "zh"]).map(language))]
    lang: Option<Language>,
    /// The reader's own program, or two with `--` between them.
    #[arg(last = true)]
    pub command: Vec<OsString>,
}

/// What is to be compared.
pub enum Wanted {
    /// Nothing: how to call the tool.
    Help,
    One(Subject),
    /// These chapters, each with its exercises.
    All(Vec<Chapter>),
}

impl Args {
    /// The language of `--lang`, else that of the environment.
    pub fn language(&self) -> Language {
        self.lang.unwrap_or_else(Language::of_environment)
    }

    /// How long a program may run, if that is given.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs)
    }

    /// # Errors
    ///
    /// When there is no such chapter or exercise.
    pub fn wanted(&self) -> Result<Wanted, Text> {
        let is_own = !self.command.is_empty();
        Ok(match self.names.as_slice() {
            _ if self.help => Wanted::Help,
            [] if is_own => Wanted::One(Subject::Programs),
            [] => Wanted::Help,
            [all] if all == ALL && !is_own => Wanted::All(Chapter::ALL.to_vec()),
            [name] => Wanted::One(Subject::Chapter(chapter(name)?)),
            [name, all] if all == ALL && !is_own => Wanted::All(vec![chapter(name)?]),
            // A program may stand there by mistake.
            [name, words @ ..] => Wanted::One(exercise(chapter(name)?, words.join(" "))?),
        })
    }
}

fn language(name: String) -> Language {
    match name.as_str() {
        "zh" => Language::Chinese,
        _ => Language::English,
    }
}

/// In place of a chapter: all. In place of an exercise: the chapter and its exercises.
const ALL: &str = "all";

fn chapter(name: &str) -> Result<Chapter, Text> {
    Chapter::named(name).ok_or_else(|| no_chapter(name))
}

fn no_chapter(name: &str) -> Text {
    let has_it = |chapter: &Chapter| chapter.exercises().iter().any(|exercise| exercise == name);
    if let Some(chapter) = Chapter::ALL.into_iter().find(has_it) {
        return text!(
            "`{name}` is an exercise of {chapter}: `cargo compare {chapter} {name}`.",
            "`{name}` 是 {chapter} 的练习：`cargo compare {chapter} {name}`。"
        );
    }
    let chapters = List(&Chapter::ALL);
    let wrong = text!(
        "there is no chapter `{name}`; there are {chapters}.",
        "没有 `{name}` 这一章；有 {chapters:#}。"
    );
    wrong.then(&BEHIND_DASHES)
}

fn exercise(chapter: Chapter, name: String) -> Result<Subject, Text> {
    let exercises = chapter.exercises();
    if exercises.contains(&name) {
        return Ok(Subject::Exercise(chapter, name));
    }
    let exercises = List(&exercises);
    let wrong = text!(
        "{chapter} has no exercise `{name}`; it has {exercises}.",
        "{chapter} 没有练习 `{name}`；有 {exercises:#}。"
    );
    Err(wrong.then(&BEHIND_DASHES))
}

const BEHIND_DASHES: Text = Text::new(
    "A program of yours stands behind `--`: `cargo compare process-pool -- python3 my_pool.py`.",
    "你自己的程序要写在 `--` 后面：`cargo compare process-pool -- python3 my_pool.py`。",
);

/// How to call the tool.
pub fn help(language: Language) -> String {
    let call = |chapter: Chapter| {
        let (name, idea) = (chapter.name(), chapter.idea());
        format!("  cargo compare {name:<17}{}\n", idea.to(language))
    };
    let calls: String = Chapter::ALL.into_iter().map(call).collect();
    let help = text!(
        "\
Two programs side by side: do they tell the same story?

{calls}  cargo compare all              every chapter with its exercises

An exercise beside its Python twin, or a chapter with all its exercises:

  cargo compare process-pool one-worker
  cargo compare process-pool all

A program of your own in place of the chapter, or any two, in any language:

  cargo compare process-pool -- python3 my_pool.py
  cargo compare -- python3 one.py -- ./another

Options:

  --page FILE        also write a page for the projector; with `all`, a folder
  --timeout SECONDS  end a program that still runs then: 30, or 10 where it is
                     expected to wait for ever
  --lang en|zh       the language; else that of LC_ALL, LC_MESSAGES or LANG

Exit code: 0 the same story, or another as the lesson says; 1 another; 2 a
program could not be run; 130 after Ctrl-C.
",
        "\
两个程序并排运行：执行过程是否一致？

{calls}  cargo compare all              每一章，连同它的练习

一个练习和它的 Python 程序，或者一章连同它的全部练习：

  cargo compare process-pool one-worker
  cargo compare process-pool all

用你自己的程序代替这一章，或者比较任意两个程序，什么语言都行：

  cargo compare process-pool -- python3 my_pool.py
  cargo compare -- python3 one.py -- ./another

选项：

  --page FILE        同时生成投影用的页面；用 `all` 时是一个文件夹
  --timeout SECONDS  程序运行到这么多秒还不结束，就终止它：默认 30，
                     本来就会一直阻塞的练习是 10
  --lang en|zh       语言；不写时由 LC_ALL、LC_MESSAGES 或 LANG 决定

退出码：0 执行过程一致，或者差别与教程所说的一样；1 执行过程不一致；
2 有程序无法运行；130 被 Ctrl-C 中断。
"
    );
    help.to(language).to_owned()
}
