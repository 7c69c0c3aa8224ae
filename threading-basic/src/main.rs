//! A thread with a name.

fn main() {}
