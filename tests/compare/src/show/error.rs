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
        let folder = file
            .parent()
            .filter(|folder| !folder.exists() && *folder != Path::new(""));
        let file = file.display();
        Error::Said(match folder.map(Path::display) {
            Some(folder) => text!(
                "{file} cannot be written: there is no folder {folder}.",
                "{file} 无法写入：没有文件夹 {folder}。"
            ),
            None => text!(
                "{file} cannot be written: {error}",
                "{file} 无法写入：{error}"
            ),
        })
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
    let unknown = error.kind() == io::ErrorKind::NotFound;
    let forbidden = error.kind() == io::ErrorKind::PermissionDenied;
    if (unknown || forbidden) && file.ends_with(".py") {
        text!(
            "Python runs it: `-- python3 {program}`.",
            "它要由 Python 运行：`-- python3 {program}`。"
        )
    } else if unknown && Path::new(file).is_file() {
        text!(
            "It is a file here: `-- ./{program}`.",
            "它是这里的一个文件：`-- ./{program}`。"
        )
    } else if unknown {
        Text::new(
            "There is no such command: is it spelt right, and installed?",
            "没有这个命令：名字拼对了吗？装好了吗？",
        )
    } else if forbidden {
        Text::new(
            "It may not be executed: is it a program (chmod +x), or should another run it, as in \
             `python3 file.py`?",
            "它没有执行权限：它是程序吗（chmod +x）？还是应该由别的程序运行，例如 `python3 file.py`？",
        )
    } else {
        Text::new("See whether it runs by itself.", "先看看它能不能单独运行。")
    }
}
