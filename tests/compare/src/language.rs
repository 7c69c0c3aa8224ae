//! What `compare` says, in English and in Chinese: both stand side by side where a
//! sentence is made, so none can be without its translation.

use std::borrow::Cow;
use std::env;

use unicode_width::UnicodeWidthChar;

/// A language that `compare` speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// The language of names and programs.
    #[default]
    English,
    /// 中文, the language of the notes.
    Chinese,
}

impl Language {
    /// The language of the environment: the first of LC_ALL, LC_MESSAGES and LANG that is
    /// set, as locale(7) says.
    pub fn of_environment() -> Language {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let set = names.into_iter().filter_map(|name| env::var(name).ok());
        match set.into_iter().find(|locale| !locale.is_empty()) {
            Some(locale) if locale.starts_with("zh") => Language::Chinese,
            _ => Language::English,
        }
    }
}

/// Whole sentences, or a word that stands alone, in both languages. [`text!`] makes one
/// with values in it.
///
/// [`text!`]: crate::text!
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    english: Cow<'static, str>,
    chinese: Cow<'static, str>,
}

impl Text {
    /// A text without values, also for a `const`.
    pub const fn new(english: &'static str, chinese: &'static str) -> Text {
        Text {
            english: Cow::Borrowed(english),
            chinese: Cow::Borrowed(chinese),
        }
    }

    /// What [`text!`](crate::text!) makes.
    #[doc(hidden)]
    pub fn formatted(english: String, chinese: String) -> Text {
        Text {
            english: Cow::Owned(english),
            chinese: Cow::Owned(without_inner_spaces(&chinese)),
        }
    }

    /// The text in this language.
    pub fn to(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::Chinese => &self.chinese,
        }
    }

    /// This text, and other sentences after it.
    pub fn then(&self, more: &Text) -> Text {
        // Chinese has no space after a full stop.
        Text::formatted(
            format!("{} {}", self.english, more.english),
            format!("{}{}", self.chinese, more.chinese),
        )
    }
}

/// The sentence without a space between two Chinese characters: a value may be Chinese
/// (`你的程序`) or not (`notes.py`). What stands between backticks stays.
fn without_inner_spaces(chinese: &str) -> String {
    let mut letters = chinese.chars().peekable();
    let (mut text, mut last, mut quoted) = (String::new(), ' ', false);
    while let Some(letter) = letters.next() {
        quoted ^= letter == '`';
        let is_chinese = |letter: char| letter.width() == Some(2);
        let inner = is_chinese(last) && letters.peek().is_some_and(|next| is_chinese(*next));
        if quoted || letter != ' ' || !inner {
            text.push(letter);
        }
        last = letter;
    }
    text
}

/// A [`Text`] with values in it: the same arguments, as `format!` takes them, in English
/// and in Chinese.
///
/// ```
/// use compare::language::Language;
/// use compare::text;
///
/// let line = 3;
/// let text = text!("Line {line} is missing.", "缺少第 {line} 行。");
/// assert_eq!(text.to(Language::English), "Line 3 is missing.");
/// assert_eq!(text.to(Language::Chinese), "缺少第 3 行。");
/// ```
#[macro_export]
macro_rules! text {
    ($english:literal, $chinese:literal $(, $($argument:tt)+)?) => {
        $crate::language::Text::formatted(
            format!($english $(, $($argument)+)?),
            format!($chinese $(, $($argument)+)?),
        )
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_stands_only_beside_what_is_not_chinese() {
        let said = |name: &str| text!("{name}", "{name} 打印了 `甲 乙` 和 2 行");
        let said = |name: &str| said(name).to(Language::Chinese).to_owned();
        assert_eq!(said("你的程序"), "你的程序打印了 `甲 乙` 和 2 行");
        assert_eq!(said("notes.py"), "notes.py 打印了 `甲 乙` 和 2 行");
    }
}
