//! What checks the chapters.
