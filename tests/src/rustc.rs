//! Compiles programs against the chapters' libraries, without cargo.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::workspace::{self, Kind};

/// A message of rustc about a program.
#[derive(Debug)]
pub struct Message {
    /// `error` or `warning`.
    pub level: String,
    /// The code of an error, or the name of a lint.
    pub code: Option<String>,
    /// Where the program is wrong; none when that is in a library.
    pub line: Option<u64>,
    /// As a person reads it.
    pub rendered: String,
}

impl Message {
    /// Whether the program was refused for it.
    pub fn is_error(&self) -> bool {
        self.level == "error"
    }
}

/// The program that [`compile`] makes in its folder.
pub const PROGRAM: &str = "program";

/// Compiles `source`, a path in `folder`, as cargo would under that name as the
/// chapter's program (`main.rs`) or an exercise, and puts [`PROGRAM`] into the folder.
///
/// # Panics
///
/// When rustc does not run.
pub fn compile(chapter: &str, folder: &Path, source: &Path, name: &str) -> Vec<Message> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(folder).arg(source).args(["-o", PROGRAM]);
    rustc.args(["--edition=2024", "--error-format=json", "-Cdebuginfo=0"]);
    rustc.args(["--crate-name", &name.replace('-', "_")]);
    // Tells the program from the library of the same name.
    rustc.args(["-Cmetadata=program", "--crate-type=bin"]);
    rustc.arg("-L").arg(workspace::dependencies());
    let kind = match source.ends_with("main.rs") {
        true => Kind::Program,
        false => Kind::Exercise,
    };
    for (name, library) in workspace::libraries(chapter, kind) {
        let library = format!("{name}={}", library.display());
        rustc.args(["--extern", &library]);
    }
    let output = rustc.output().expect("rustc runs");
    let json = String::from_utf8(output.stderr).expect("text");
    let messages: Vec<Message> = json.lines().filter_map(message).collect();
    let refused = messages.iter().any(Message::is_error);
    assert_eq!(output.status.success(), !refused, "{json}");
    messages
}

/// The message in a line of rustc's output, if it is about a place in a source.
fn message(line: &str) -> Option<Message> {
    let message: Value = serde_json::from_str(line).expect("JSON");
    let text = |value: &Value| value.as_str().map(str::to_string);
    let level = text(&message["level"])?;
    let spans = message["spans"].as_array()?;
    let is_place = |span: &&Value| {
        let file = span["file_name"].as_str();
        span["is_primary"] == true && file.is_some_and(|file| file.ends_with("main.rs"))
    };
    let place = spans.iter().find(is_place);
    (!spans.is_empty() && matches!(level.as_str(), "error" | "warning")).then(|| Message {
        level,
        code: text(&message["code"]["code"]),
        line: place.and_then(|span| span["line_start"].as_u64()),
        rendered: text(&message["rendered"]).unwrap_or_default(),
    })
}
