//! A pool of processes that run tasks.

fn main() {}
