//! Text that keeps to a width, counted as it shows: a Chinese character takes
//! two columns.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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

/// The text in lines none of which is wider than this. The first line and the others
/// begin with these. A name such as `process-pool` stays whole.
pub fn folded(text: &str, columns: usize, [first, others]: [&str; 2]) -> Vec<String> {
    let options = Options::new(columns)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .initial_indent(first)
        .subsequent_indent(others);
    let lines = textwrap::wrap(text, options);
    lines.into_iter().map(|line| line.into_owned()).collect()
}

/// The parts between which a line may end: behind a space, and beside a Chinese
/// character, but not before its punctuation.
fn words(text: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let is_wide = |c: char| c.width() == Some(2);
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let may_end = |pair: &&[(usize, char)]| {
        let (before, after) = (pair[0].1, pair[1].1);
        let beside_wide = is_wide(before) || is_wide(after);
        let is_bound = "（“".contains(before) || "，。、：；？！）”…".contains(after);
        after != ' ' && (before == ' ' || beside_wide && !is_bound)
    };
    let ends = letters.windows(2).filter(may_end).map(|pair| pair[1].0);
    let places: Vec<usize> = [0].into_iter().chain(ends).chain([text.len()]).collect();
    let parts = places
        .windows(2)
        .map(|part| Word::from(&text[part[0]..part[1]]));
    Box::new(parts.collect::<Vec<_>>().into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(cut("子进程将要开始", 7), "子进程…");
        assert_eq!(cut("子进程将要开始", 6), "子进…");
        assert_eq!(padded("进程", 6), "进程  ");
    }

    #[test]
    fn a_chinese_line_ends_anywhere_but_before_its_punctuation() {
        let lines = folded(
            "缺少 `Run task 0`。父进程在等它，不是吗？",
            10,
            ["1. ", "   "],
        );
        let folded = [
            "1. 缺少",
            "   `Run",
            "   task",
            "   0`。父",
            "   进程在",
            "   等它，",
            "   不是",
            "   吗？",
        ];
        assert_eq!(lines, folded);
    }
}
