//! A process: start it, wait for it.

fn main() {}
