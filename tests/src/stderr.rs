//! What this process prints to stderr.

use std::io::{Read, Seek};

use nix::unistd::dup2_stderr;

/// What this process and its children print to stderr meanwhile. It stays
/// redirected, so this is for once in a process.
///
/// # Panics
///
/// When stderr cannot be redirected.
pub fn stderr_of(run: impl FnOnce()) -> String {
    let mut file = tempfile::tempfile().expect("a file");
    dup2_stderr(&file).expect("a descriptor");
    run();
    let mut text = String::new();
    file.rewind().expect("a file");
    file.read_to_string(&mut text).expect("text");
    text
}
