//! Why there is no verdict, and what to do.

use std::io;
use std::path::Path;

use compare::language::Text;
use compare::text;

/// Why there is no verdict.
#[derive(Debug)]
pub enum Error {
    /// Ctrl-C, and the like.
    Interrupted,
    /// Nothing can be shown.
    Output(io::Error),
    /// Anything else.
    Said(Text),
}

impl Error {
    pub fn text(&self) -> Text {
        match self {
            Error::Interrupted => Text::new(
                "Interrupted: what still ran was ended.",
                "已中断：还在运行的程序已被终止。",
            ),
            Error::Output(error) => text!("Nothing can be shown: {error}", "无法输出：{error}"),
            Error::Said(text) => Text::new("Could not compare:", "无法比较：").then(text),
        }
    }

    /// A program could not be started.
    pub fn start(program: &str, error: &io::Error) -> Error {
        let advice = advice(program, error);
        Error::Said(
            text!(
                "`{program}` does not start ({error}).",
                "`{program}` 无法启动（{error}）。"
            )
            .then(&advice),
        )
    }

    /// A file could not be written.
    pub fn write(file: &Path, error: &io::Error) -> Error {
        let file = file.display();
        Error::Said(text!(
            "{file} cannot be written: {error}",
            "{file} 无法写入：{error}"
        ))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Output(error)
    }
}

impl From<Text> for Error {
    fn from(text: Text) -> Error {
        Error::Said(text)
    }
}

fn advice(program: &str, error: &io::Error) -> Text {
    let file = program.split(' ').next().unwrap_or_default();
    if file.ends_with(".py") {
        text!(
            "Python runs it: `-- python3 {program}`.",
            "它要由 Python 运行：`-- python3 {program}`。"
        )
    } else if error.kind() == io::ErrorKind::NotFound {
        Text::new(
            "There is no such command: is it spelt right, and installed? A file in this folder is \
             called as `./file`.",
            "没有这个命令：名字拼对了吗？装好了吗？当前文件夹里的文件要写成 `./file`。",
        )
    } else {
        Text::new(
            "Is it a program that may be executed (chmod +x), or should another run it, as in \
             `python3 file.py`?",
            "它是可以执行的程序吗（chmod +x）？还是应该由别的程序运行，例如 `python3 file.py`？",
        )
    }
}
