//! A process: start it, wait for it.
