//! A queue between processes.

fn main() {}
