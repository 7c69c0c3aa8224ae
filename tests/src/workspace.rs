//! The workspace: its chapters, its files, and what cargo builds of them.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The chapters, in the order of the notes.
pub const CHAPTERS: [&str; 5] = [
    "process-basic",
    "process-pool",
    "ipc-queue",
    "ipc-pipe",
    "threading-basic",
];

/// A file or folder of the workspace.
pub fn path(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The text of a file of the workspace.
///
/// # Panics
///
/// When it cannot be read.
pub fn read(file: impl AsRef<Path>) -> String {
    let file = path(file);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A chapter's program.
pub fn program(chapter: &str) -> PathBuf {
    target().join(chapter)
}

/// The program of an exercise.
pub fn exercise(name: &str) -> PathBuf {
    target().join("examples").join(name)
}

/// The folder of the libraries that libraries need.
pub fn dependencies() -> PathBuf {
    target().join("deps")
}

/// The folder of the programs: target/debug, or that of another profile. This
/// program is target/debug/deps/main-0123456789abcdef.
fn target() -> PathBuf {
    let test = env::current_exe().expect("the path of this program");
    test.ancestors().nth(2).expect("target/debug").to_path_buf()
}

/// The libraries that a program may name, with their files.
pub type Libraries = BTreeMap<String, PathBuf>;

/// The environment variable that holds what [`build`] has built.
pub const LIBRARIES: &str = "LIBRARIES";

/// The libraries of a chapter's programs of this kind.
///
/// # Panics
///
/// When this is not a trial of the harness.
pub fn libraries(chapter: &str, kind: Kind) -> Libraries {
    let libraries = env::var(LIBRARIES).expect("the harness sets it");
    let mut libraries: BTreeMap<String, Libraries> =
        serde_json::from_str(&libraries).expect("as `build` has written it");
    libraries.remove(&kind.of(chapter)).expect("a chapter")
}

/// The programs that a package has.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Its `main.rs`.
    Program,
    /// Its exercises, which have the dev-dependencies, too.
    Exercise,
}

impl Kind {
    /// The key of the package's libraries for programs of this kind.
    fn of(self, package: &str) -> String {
        format!("{package} {}", self.option())
    }

    fn option(self) -> &'static str {
        match self {
            Kind::Program => "--bins",
            Kind::Exercise => "--examples",
        }
    }
}

/// Builds each package's programs and exercises in the profile of this program, as
/// `cargo run -p` does. (All in one call would not be the same: each crate would
/// have the features that any package, or any exercise, needs.) Returns what
/// [`LIBRARIES`] must be.
///
/// # Panics
///
/// When a package does not build.
pub fn build(packages: &[&str]) -> String {
    let kinds = [Kind::Exercise, Kind::Program];
    let calls = packages
        .iter()
        .flat_map(|&package| kinds.map(|kind| (package, kind)));
    let libraries: BTreeMap<String, Libraries> = calls
        .map(|(package, kind)| (kind.of(package), build_one(package, kind)))
        .collect();
    serde_json::to_string(&libraries).expect("paths are text")
}

fn build_one(package: &str, kind: Kind) -> Libraries {
    let target = target();
    let profile = match target.file_name().and_then(OsStr::to_str) {
        None | Some("debug") => "dev",
        Some(profile) => profile,
    };
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", kind.option()])
        .args(["--package", package, "--profile", profile])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(path(""))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{package} does not build");
    let messages = String::from_utf8(output.stdout).expect("text");
    let messages = messages.lines().map(serde_json::from_str::<Value>);
    messages
        .filter_map(|message| library(&message.expect("JSON")))
        .collect()
}

/// The name and the file of what cargo has built, if a chapter's program may name it.
fn library(message: &Value) -> Option<(String, PathBuf)> {
    const NAMED: [&str; 8] = [
        "anyhow",
        "common",
        "ipc_pipe",
        "ipc_queue",
        "nix",
        "process_basic",
        "process_pool",
        "serde",
    ];
    let name = message["target"]["name"].as_str()?;
    let files = message["filenames"].as_array()?;
    let mut files = files.iter().filter_map(Value::as_str);
    let file = files.find(|file| file.ends_with(".rlib"))?;
    NAMED
        .contains(&name)
        .then(|| (name.to_string(), file.into()))
}
