//! A pipe between two processes.

fn main() {}
