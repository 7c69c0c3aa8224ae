//! Text that keeps to a width, counted as it shows: a Chinese character takes
//! two columns.

use textwrap::Options;
use unicode_width::UnicodeWidthStr;

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, filled up with spaces.
pub fn padded(text: &str, to: usize) -> String {
    let spaces = to.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(spaces))
}

/// Cuts a text into parts of at most this width.
pub fn folded(text: &str, to: usize) -> Vec<String> {
    let options = Options::new(to).subsequent_indent("  ");
    let parts = textwrap::wrap(text, options);
    parts.into_iter().map(|part| part.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(padded("进程", 6), "进程  ");
        let parts = folded("创建子进程时只需要传入一个执行函数", 10);
        assert!(
            parts.len() > 3 && parts.iter().all(|part| width(part) <= 10),
            "{parts:?}"
        );
    }
}
