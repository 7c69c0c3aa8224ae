//! A pipe between two processes.
