//! What a program's own text tells: which of its lines prints what.

/// The signs that begin a comment, in some languages.
const COMMENTS: [&str; 3] = ["//", "#", "--"];

fn is_comment(line: &str) -> bool {
    COMMENTS.iter().any(|sign| line.trim().starts_with(sign))
}

/// A call that prints, as far as its text is known before it runs.
#[derive(Debug)]
pub struct Print {
    /// The line of the call; the first is 0.
    pub line: usize,
    /// The text before, between and after what is filled in.
    parts: Vec<String>,
}

/// All calls in this program that print a text, e.g. Python's `print`, Rust's
/// `println!`, a shell's `echo`.
pub fn prints(source: &str) -> Vec<Print> {
    let mut prints = Vec::new();
    let mut start = 0;
    for (line, text) in source.split_inclusive('\n').enumerate() {
        let call = CALLS.iter().filter_map(|call| text.find(call)).min();
        if let Some(at) = call.filter(|_| !is_comment(text))
            && let Some(parts) = first_text(&source[start + at..])
        {
            prints.push(Print { line, parts });
        }
        start += text.len();
    }
    prints
}

/// The names of functions that print, in some languages.
const CALLS: [&str; 5] = ["print", "echo ", "puts ", "console.log", "Println"];

/// The call that has printed this line: of those that can have, the first with the
/// most text of its own.
pub fn printed_by<'p>(prints: &'p [Print], text: &str) -> Option<&'p Print> {
    let possible = prints.iter().filter(|print| print.fits(text));
    possible.rev().max_by_key(|print| print.own_text())
}

impl Print {
    /// Whether no line tells which of the two has printed it.
    pub fn prints_the_same(&self, other: &Print) -> bool {
        self.parts == other.parts
    }

    fn fits(&self, text: &str) -> bool {
        let [first, rest @ ..] = self.parts.as_slice() else {
            return false;
        };
        let Some(mut text) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        let Some((last, between)) = rest.split_last() else {
            return text.is_empty();
        };
        for part in between {
            match text.split_once(part.as_str()) {
                Some((_, after)) => text = after,
                None => return false,
            }
        }
        text.ends_with(last.as_str()) && self.own_text() > 0
    }

    fn own_text(&self) -> usize {
        let letters = |part: &String| part.chars().filter(|c| c.is_alphanumeric()).count();
        self.parts.iter().map(letters).sum()
    }
}

/// A text that begins later than so many bytes after a call's name is not its own.
const FAR: usize = 60;

/// The parts of the first quoted text of a call, without what is filled in.
fn first_text(call: &str) -> Option<Vec<String>> {
    let begin = call.find(['"', '\'']).filter(|&at| at < FAR)?;
    let (quote, text) = call[begin..].split_at(1);
    let (text, rest) = text.split_once(quote)?;
    let text = text.replace("{{", "\\{").replace("}}", "\\}");
    let (mut text, mut parts) = (text.as_str(), Vec::new());
    while let Some(at) = text.find(['{', '%', '$', '\\']) {
        parts.push(text[..at].to_owned());
        text = after_filled_in(&text[at..]);
    }
    parts.push(text.to_owned());
    if rest.starts_with(',') && call.starts_with("print(") {
        // Python's print goes on after a comma.
        parts.push(String::new());
    }
    Some(parts)
}

/// What follows a `{value:.2}`, `%0.2f`, `$name` or `\n`.
fn after_filled_in(text: &str) -> &str {
    let in_name = |c: char| c.is_alphanumeric() || "_{}$()!".contains(c);
    let (sign, rest) = text.split_at(1);
    match sign {
        "{" => rest.split_once('}').map_or("", |(_, after)| after),
        "%" => rest
            .split_once(char::is_alphabetic)
            .map_or("", |(_, after)| after),
        "$" => rest.trim_start_matches(in_name),
        _ => rest.char_indices().nth(1).map_or("", |(at, _)| &rest[at..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chapter;

    #[test]
    fn each_line_of_a_chapter_has_its_print() {
        for chapter in Chapter::ALL {
            for file in [chapter.notes(), chapter.main()] {
                let source = std::fs::read_to_string(file).expect("it is there");
                let prints = prints(&source);
                for expected in crate::rules::of(chapter).lines {
                    let text = expected.filled("7");
                    let print = printed_by(&prints, &text);
                    let line = print.and_then(|print| source.lines().nth(print.line));
                    let words = text.split([' ', '>']).next().unwrap_or_default();
                    assert!(
                        line.is_some_and(|line| line.contains(words)),
                        "{text}: {line:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn texts_of_several_languages() {
        let source = r#"
print('Run task %s (%s)...' % (name, os.getpid()))
print("Took", seconds)
    println!(
        "{{{n}}} is 100% of {:.2}",
echo "Child $! of $$ ends"
// println!("Took {}")
print(f'Task {n} runs %0.2f seconds.' % 3)
"#;
        let prints = prints(source);
        let line = |text: &str| printed_by(&prints, text).map(|print| print.line);
        assert_eq!(line("Run task 0 (12)..."), Some(1));
        assert_eq!(line("Took 1.5"), Some(2));
        assert_eq!(line("{7} is 100% of 0.12"), Some(3));
        assert_eq!(line("Child 12 of 13 ends"), Some(5));
        assert_eq!(line("Task 1 runs 0.10 seconds."), Some(7));
        assert_eq!(line("something else"), None);
    }
}
