//! A queue between processes.
