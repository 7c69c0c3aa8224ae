//! What stderr says of the cause.

use crate::transcript::Line;
use crate::width::cut;

/// A quoted reason is cut to so many columns, its `…` included.
const QUOTED: usize = 301;

/// Words of an error, and the likely cause.
const HINTS: &[(&str, &str)] = &[
    ("bootstrapping phase", GUARD),
    ("context has already been set", GUARD),
    (
        "Pool is still running",
        "Was p.close() left out before p.join()?",
    ),
    (
        "Pool not running",
        "Was p.close() called before p.apply_async()?",
    ),
    (
        "required positional argument",
        "Was args left out, or one of its values?",
    ),
    ("positional argument", COMMA),
    ("must be an iterable", COMMA),
    ("is not iterable", COMMA),
    (
        "can only join a started process",
        "Was p.start() left out before p.join(), or p.run() called in its place?",
    ),
    (
        "cannot join thread before it is started",
        "Was t.start() left out before t.join()?",
    ),
    (
        "cannot start a process twice",
        "Was start() called twice? A process can be started once.",
    ),
    (
        "threads can only be started once",
        "Was start() called twice? A thread can be started once.",
    ),
    (
        "'NoneType' object has no attribute 'join'",
        "Is it p = Process(...).start()? start() returns nothing: keep the Process, then start it.",
    ),
    (
        "most likely due to a circular import",
        "Has your file the name of a module? Give it another name.",
    ),
    (
        "pickle",
        "What a child gets must be picklable: a function at the top of the file, no lambda.",
    ),
    (
        "EOF when reading a line",
        "It reads stdin, which is empty here.",
    ),
    (
        "EOFError",
        "The other end of the pipe was closed. Was it closed too early? Or is this its end, and \
         EOFError, which says so, not caught?",
    ),
    (
        "OSError: handle is closed",
        "Is this end of the pipe used after its close()?",
    ),
];

const GUARD: &str = "Is `if __name__ == \"__main__\"` left out? A child that is started by spawn or \
                     forkserver runs the whole file.";

const COMMA: &str = "Is a comma missing? A tuple of one argument has a comma: args=(x,).";

/// The lines that a process wrote; all lines, where no writer is known.
pub fn of_process(errors: &[Line], pid: u32) -> Vec<Line> {
    let known = errors.iter().any(|line| line.writer().is_some());
    let own = |line: &&Line| !known || line.writer().is_some_and(|w| w.process == pid);
    errors.iter().filter(own).cloned().collect()
}

/// What a failed program says of the cause, in a sentence.
pub fn why(errors: &[Line]) -> Option<String> {
    let last = || errors.iter().rfind(|line| !line.text.trim().is_empty());
    let reason = error(errors).or_else(|| Some(last()?.text.clone()))?;
    Some(sentence(errors, &reason))
}

/// The same, but only of a panic in Rust or an exception in Python: what a
/// program prints to stderr may be no error at all.
pub fn why_error(errors: &[Line]) -> Option<String> {
    Some(sentence(errors, &error(errors)?))
}

/// Whether a line of stderr has these words.
pub fn says(errors: &[Line], words: &str) -> bool {
    errors.iter().any(|line| line.text.contains(words))
}

fn sentence(errors: &[Line], reason: &str) -> String {
    let hint = HINTS.iter().find(|(words, _)| says(errors, words));
    let hint = hint.map_or(String::new(), |(_, hint)| format!(" {hint}"));
    let reason = cut(reason, QUOTED);
    let stop = if reason.ends_with('.') { "" } else { "." };
    format!("Its stderr says: `{reason}`{stop}{hint}")
}

/// The message of a panic or an exception.
fn error(errors: &[Line]) -> Option<String> {
    let texts: Vec<&str> = errors.iter().map(|line| line.text.as_str()).collect();
    panic(&texts).or_else(|| exception(&texts))
}

/// After a panic, a backtrace may follow.
fn panic(texts: &[&str]) -> Option<String> {
    let is_panic = |text: &&str| text.starts_with("thread '") && text.contains(" panicked at ");
    let message = texts.iter().skip_while(|text| !is_panic(text)).nth(1);
    message.map(|message| message.to_string())
}

/// The last exception. Its message may be on the lines after its name.
fn exception(texts: &[&str]) -> Option<String> {
    let at = texts.iter().rposition(|text| is_exception(text))?;
    if !texts[at].trim_end().ends_with(':') {
        return Some(texts[at].to_owned());
    }
    let message = texts[at + 1..].iter().map(|text| text.trim());
    let message: Vec<_> = message.take_while(|text| !text.is_empty()).collect();
    Some(format!("{} {}", texts[at].trim_end(), message.join(" ")))
}

/// Whether the line is like `ValueError: no child today`.
fn is_exception(text: &str) -> bool {
    let name = text.split(':').next().unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    name.chars().all(is_name)
        && ["Error", "Exception", "Interrupt", "Exit"]
            .iter()
            .any(|end| last.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        let line = |text: &&str| Line {
            text: text.to_string(),
            ..Line::default()
        };
        texts.iter().map(line).collect()
    }

    #[test]
    fn a_message_on_the_next_lines_is_whole() {
        let errors = lines(&[
            "Traceback (most recent call last):",
            "  File \"<string>\", line 1, in <module>",
            "RuntimeError: ",
            "        An attempt has been made to start a new process before the",
            "        current process has finished its bootstrapping phase.",
            "",
            "        This probably means that you are not using fork",
        ]);
        let why = why_error(&errors).unwrap();
        let message = "`RuntimeError: An attempt has been made to start a new process before the \
                       current process has finished its bootstrapping phase.`";
        assert!(why.contains(message), "{why}");
        assert!(
            why.contains("`if __name__ == \"__main__\"` left out?"),
            "{why}"
        );
    }

    #[test]
    fn a_warning_is_no_error() {
        let errors = lines(&["/home/a.py:66: DeprecationWarning: This process is old"]);
        assert_eq!(why_error(&errors), None);
        assert!(why(&errors).is_some());
    }
}
