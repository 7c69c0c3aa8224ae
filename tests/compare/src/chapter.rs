//! The five chapters: their names, and where their notes are.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::language::Text;

/// One chapter of the notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chapter {
    /// `Process`: start, join.
    ProcessBasic,
    /// `Pool`: apply_async, close, join.
    ProcessPool,
    /// `Queue`: put, get, close.
    IpcQueue,
    /// `pipe()`: send, recv, close.
    IpcPipe,
    /// A named thread.
    ThreadingBasic,
}

impl Chapter {
    /// All chapters, in the order of the notes.
    pub const ALL: [Chapter; 5] = [
        Chapter::ProcessBasic,
        Chapter::ProcessPool,
        Chapter::IpcQueue,
        Chapter::IpcPipe,
        Chapter::ThreadingBasic,
    ];

    /// The chapter of this name.
    pub fn named(name: &str) -> Option<Chapter> {
        Chapter::ALL.into_iter().find(|c| c.name() == name)
    }

    /// The name of its folder, its package and its program.
    pub fn name(self) -> &'static str {
        match self {
            Chapter::ProcessBasic => "process-basic",
            Chapter::ProcessPool => "process-pool",
            Chapter::IpcQueue => "ipc-queue",
            Chapter::IpcPipe => "ipc-pipe",
            Chapter::ThreadingBasic => "threading-basic",
        }
    }

    /// What it shows, in a few words.
    pub const fn idea(self) -> Text {
        match self {
            Chapter::ProcessBasic => Text::new(
                "a process: start it, wait for it",
                "一个进程：启动它，等它结束",
            ),
            Chapter::ProcessPool => Text::new(
                "a pool of four processes that run five tasks",
                "一个进程池：四个进程，五个任务",
            ),
            Chapter::IpcQueue => Text::new(
                "a queue from a writer to a reader",
                "写进程和读进程之间的队列",
            ),
            Chapter::IpcPipe => Text::new(
                "a pipe between parent and child, both ways",
                "父进程和子进程之间的双向管道",
            ),
            Chapter::ThreadingBasic => Text::new("a thread with a name", "一个有名字的线程"),
        }
    }

    /// The Python side: `notes.py` in the chapter's folder.
    pub fn notes(self) -> PathBuf {
        self.folder().join("notes.py")
    }

    /// The Rust side: `src/main.rs` in the chapter's folder.
    pub fn main(self) -> PathBuf {
        self.folder().join("src").join("main.rs")
    }

    /// One side of an exercise: this file in the folder `examples`.
    pub fn example(self, file: &str) -> PathBuf {
        self.folder().join("examples").join(file)
    }

    /// Its lesson: `README.md` in the chapter's folder.
    pub fn lesson(self) -> PathBuf {
        self.folder().join("README.md")
    }

    /// The names of its exercises, sorted.
    pub fn exercises(self) -> Vec<String> {
        let files = self.folder().join("examples").read_dir();
        let files = files.into_iter().flatten().flatten();
        let paths = files.map(|file| file.path());
        let rust = paths.filter(|path| path.extension().is_some_and(|end| end == "rs"));
        let names = rust.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    fn folder(self) -> PathBuf {
        workspace().join(self.name())
    }
}

impl fmt::Display for Chapter {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The folder of the workspace, in which this package is at tests/compare.
pub fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package)
}
