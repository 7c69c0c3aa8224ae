//! What a process or thread is to its program: how that is said, and its colour.

use anstyle::{AnsiColor, Style};
use compare::language::{Language, Text};
use compare::words::in_chinese;

/// A role in the reader's language: `worker 1`. The name that a thread has of its own
/// stays.
pub fn said(role: Option<&str>, language: Language) -> String {
    let Some(role) = role else {
        return Text::new("not known", "不知道是谁").to(language).to_owned();
    };
    if language == Language::English {
        return role.to_owned();
    }
    in_chinese(role)
}

/// The number of its colour, of so many: the same on both sides.
pub fn colour(role: &str, colours: usize) -> usize {
    let number = role
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok());
    match (role, number) {
        ("parent" | "main" | "MainThread", _) => 0,
        ("reader", _) => 2,
        (_, number) => 1 + (number.unwrap_or(1).max(1) - 1) % (colours - 1),
    }
}

/// Its colour on a terminal.
pub fn style(role: Option<&str>) -> Style {
    const COLOURS: [AnsiColor; 5] = [
        AnsiColor::Cyan,
        AnsiColor::Green,
        AnsiColor::Yellow,
        AnsiColor::Magenta,
        AnsiColor::Blue,
    ];
    role.map_or(Style::new(), |role| {
        COLOURS[colour(role, COLOURS.len())].on_default()
    })
}
