//! How the tool is called.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser};
use compare::language::{Language, Text};
use compare::words::List;
use compare::{Chapter, text};

use crate::show::Subject;
use crate::show::timeline::holds_back;

/// What the tool is asked for.
pub struct Args {
    pub wanted: Wanted,
    /// How long a program may run, if that is given.
    pub timeout: Option<Duration>,
    /// The page to be written; of several comparisons, a folder.
    pub page: Option<PathBuf>,
    /// The reader's own program, or two with `--` between them.
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

/// The language of `--lang`, else that of the environment: known before the rest is
/// read, of which even the errors are in it.
pub fn language() -> Language {
    let words = env::args_os().take_while(|word| word != "--");
    let words: Vec<String> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let of_option = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| match word.as_str() {
            "--lang" => words.get(at + 1).cloned(),
            word => word.strip_prefix("--lang=").map(str::to_owned),
        });
    match of_option.as_deref() {
        Some("zh") => Language::Chinese,
        Some(_) => Language::English,
        None => Language::of_environment(),
    }
}

/// What clap reads; its help is [`help`].
#[derive(Parser)]
#[command(name = "compare")]
#[command(override_usage = "cargo compare [OPTIONS] [CHAPTER [EXERCISE]] [-- COMMAND...]")]
struct Options {
    names: Vec<String>,
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Read by [`language`] already.
    #[arg(long, value_parser = ["en", "zh"])]
    lang: Option<String>,
    #[arg(last = true)]
    command: Vec<OsString>,
}

impl Args {
    /// Reads the command line. Ends the program where it makes no sense to clap.
    ///
    /// # Errors
    ///
    /// When there is no such chapter or exercise, or no such time.
    pub fn read(language: Language) -> Result<Args, Text> {
        let matches = Options::command()
            .override_help(help(language))
            .get_matches();
        let options = Options::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let Options {
            names,
            page,
            command,
            ..
        } = options;
        let wanted = match names.as_slice() {
            [] if !command.is_empty() => Wanted::One(Subject::Programs),
            [] if page.is_none() => Wanted::Help,
            [] => {
                return Err(Text::new(
                    "name the chapter that the page is about, or `all`.",
                    "请写出页面是关于哪一章的，或者写 `all`。",
                ));
            }
            [all] if all == ALL => Wanted::All(Chapter::ALL.to_vec()),
            [chapter] => Wanted::One(Subject::Chapter(chapter_named(chapter)?)),
            [chapter, exercise, rest @ ..] => exercises(chapter_named(chapter)?, exercise, rest)?,
        };
        if matches!(wanted, Wanted::All(_)) && !command.is_empty() {
            return Err(Text::new(
                "name the one chapter that your program belongs to, in place of `all`.",
                "请写出你的程序属于哪一章，不要写 `all`。",
            ));
        }
        let timeout = options.timeout.map(seconds).transpose()?;
        Ok(Args {
            wanted,
            timeout,
            page,
            command,
        })
    }
}

/// In place of a chapter: all. In place of an exercise: the chapter and its exercises.
const ALL: &str = "all";

/// How to call the tool.
pub fn help(language: Language) -> String {
    let call = |chapter: Chapter| {
        let (name, idea) = (chapter.name(), chapter.idea());
        format!("  cargo compare {name:<17}{}\n", idea.to(language))
    };
    let calls: String = Chapter::ALL.into_iter().map(call).collect();
    let holds = holds_back();
    let holds = holds.to(language);
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

{holds}
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
                     预料中会一直等待的练习是 10
  --lang en|zh       语言；不写时由 LC_ALL、LC_MESSAGES 或 LANG 决定

{holds}
退出码：0 执行过程一致，或者差别与教程所说的一样；1 执行过程不一致；
2 有程序无法运行；130 被 Ctrl-C 中断。
"
    );
    help.to(language).to_owned()
}

fn chapter_named(name: &str) -> Result<Chapter, Text> {
    let wrong = || {
        let having: Vec<Chapter> = Chapter::ALL.into_iter().filter(|c| has(*c, name)).collect();
        if !having.is_empty() {
            let calls: Vec<String> = having
                .iter()
                .map(|c| format!("`cargo compare {c} {name}`"))
                .collect();
            let calls = List(&calls);
            text!(
                "`{name}` is an exercise: {calls}.",
                "`{name}` 是一个练习：{calls:#}。"
            )
        } else if is_program(name) {
            behind_dashes("CHAPTER", name, &[])
        } else {
            let chapters = List(&Chapter::ALL);
            text!(
                "there is no chapter `{name}`; there are {chapters}.",
                "没有 `{name}` 这一章；有 {chapters:#}。"
            )
        }
    };
    Chapter::named(name).ok_or_else(wrong)
}

/// An exercise of the chapter, or all. A program may stand there by mistake.
fn exercises(chapter: Chapter, name: &str, rest: &[String]) -> Result<Wanted, Text> {
    if !rest.is_empty() {
        return Err(behind_dashes(chapter.name(), name, rest));
    }
    if name == ALL {
        return Ok(Wanted::All(vec![chapter]));
    }
    if has(chapter, name) {
        return Ok(Wanted::One(Subject::Exercise(chapter, name.to_owned())));
    }
    if is_program(name) {
        return Err(behind_dashes(chapter.name(), name, rest));
    }
    let exercises = chapter.exercises();
    let exercises = List(&exercises);
    Err(text!(
        "{chapter} has no exercise `{name}`; it has {exercises}.",
        "{chapter} 没有练习 `{name}`；有 {exercises:#}。"
    ))
}

fn has(chapter: Chapter, exercise: &str) -> bool {
    chapter.exercises().iter().any(|known| known == exercise)
}

fn is_program(name: &str) -> bool {
    name.ends_with(".py") || Path::new(name).is_file()
}

fn behind_dashes(chapter: &str, program: &str, arguments: &[String]) -> Text {
    let python = if program.ends_with(".py") {
        "python3 "
    } else {
        ""
    };
    let words = [&[format!("{python}{program}")], arguments]
        .concat()
        .join(" ");
    text!(
        "a program stands behind `--`: `cargo compare {chapter} -- {words}`.",
        "程序要写在 `--` 后面：`cargo compare {chapter} -- {words}`。"
    )
}

fn seconds(seconds: f64) -> Result<Duration, Text> {
    let limit = Duration::try_from_secs_f64(seconds).ok();
    limit.filter(|limit| !limit.is_zero()).ok_or(Text::new(
        "give a number of seconds, more than 0.",
        "请给出大于 0 的秒数。",
    ))
}
