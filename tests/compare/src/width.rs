//! Text that keeps to a width, counted as it shows: a Chinese character takes
//! two columns.

use textwrap::Options;
use unicode_width::UnicodeWidthStr;

/// The text, cut where it takes more columns than this.
pub fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let ends = text.char_indices().map(|(end, _)| end);
    let end = ends.take_while(|&end| text[..end].width() < columns).last();
    format!("{}…", &text[..end.unwrap_or(0)])
}

/// The text, filled up with spaces.
pub fn padded(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(spaces))
}

/// The text in parts, none wider than this.
pub fn folded(text: &str, columns: usize) -> Vec<String> {
    let options = Options::new(columns).subsequent_indent("  ");
    let parts = textwrap::wrap(text, options);
    parts.into_iter().map(|part| part.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(cut("子进程将要开始", 7), "子进程…");
        assert_eq!(cut("子进程将要开始", 6), "子进…");
        assert_eq!(padded("进程", 6), "进程  ");
        let parts = folded("创建子进程时只需要传入一个执行函数", 10);
        assert!(
            parts.len() > 3 && parts.iter().all(|part| part.width() <= 10),
            "{parts:?}"
        );
    }
}
