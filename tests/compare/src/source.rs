//! Which line of a program's text has printed a line: the one that has its words in
//! quotes, as in Python's `print` and Rust's `println!`.

/// The signs that begin a comment.
const COMMENTS: [&str; 2] = ["//", "#"];

/// A text in quotes.
struct Quoted<'s> {
    /// The line it is in; the first is 0.
    line: usize,
    /// What is before, between and after that which is filled in.
    parts: Vec<&'s str>,
}

/// Which line of the program's text printed each of these lines, which have their
/// writers before them; the first is 0. None where the text does not tell.
pub fn origins(source: &str, printed: &[(Option<&str>, &str)]) -> Vec<Option<usize>> {
    let lines = source.lines().enumerate();
    let texts = lines.filter_map(|(line, text)| quoted(line, text));
    let is_printed = |text: &Quoted| printed.iter().any(|(_, line)| text.fits(line));
    let texts = texts.filter(|text| text.letters() > 0 && is_printed(text));
    let texts: Vec<Quoted> = texts.collect();
    let fitting = printed.iter().map(|(_, line)| fitting(&texts, line));
    let fitting: Vec<Vec<usize>> = fitting.collect();
    let origin = |index: usize| {
        let text = match fitting[index].as_slice() {
            [only] => *only,
            _ => by_order(printed, &fitting, index)?,
        };
        Some(texts[text].line)
    };
    (0..printed.len()).map(origin).collect()
}

/// The first text in quotes of a line that is no comment.
fn quoted(line: usize, text: &str) -> Option<Quoted<'_>> {
    let text = text.trim();
    if COMMENTS.iter().any(|sign| text.starts_with(sign)) {
        return None;
    }
    let (quote, text) = text[text.find(['"', '\''])?..].split_at(1);
    let (mut text, _) = text.split_once(quote)?;
    let mut parts = Vec::new();
    // A value is filled in, as in {value:.2} and %0.2f.
    while let Some(at) = text.find(['{', '%']) {
        parts.push(&text[..at]);
        let in_braces = text[at..].starts_with('{');
        let is_end = |c: char| c == '}' || !in_braces && c.is_alphabetic();
        text = text[at..].split_once(is_end).map_or("", |(_, after)| after);
    }
    parts.push(text);
    Some(Quoted { line, parts })
}

/// The numbers of the texts that this line can be: of those that fit, the ones with the
/// most letters of their own.
fn fitting(texts: &[Quoted], line: &str) -> Vec<usize> {
    let fit = texts.iter().enumerate().filter(|(_, text)| text.fits(line));
    let most = fit.clone().map(|(_, text)| text.letters()).max();
    let fit = fit.filter(|(_, text)| Some(text.letters()) == most);
    fit.map(|(number, _)| number).collect()
}

/// The text of a line that can be several: where the source has in a row, and only once,
/// what the line's writer has printed.
fn by_order(
    printed: &[(Option<&str>, &str)],
    fitting: &[Vec<usize>],
    index: usize,
) -> Option<usize> {
    let (writer, _) = printed[index];
    writer?;
    let own = |line: &usize| printed[*line].0 == writer && !fitting[*line].is_empty();
    let mut row: Vec<usize> = (0..printed.len()).filter(own).collect();
    // A loop prints a line again and again.
    row.dedup_by_key(|line| &fitting[*line]);
    let place = row.iter().rposition(|line| *line <= index)?;
    let has_row = |first: &usize| {
        let mut row = row.iter().zip(*first..);
        row.all(|(line, text)| fitting[*line].contains(&text))
    };
    let firsts = fitting[index]
        .iter()
        .filter_map(|text| text.checked_sub(place));
    let mut firsts = firsts.filter(has_row);
    let first = firsts.next()?;
    firsts.next().is_none().then_some(first + place)
}

impl Quoted<'_> {
    fn fits(&self, line: &str) -> bool {
        match self.parts.as_slice() {
            [only] => line == *only,
            [first, between @ .., last] => {
                let is_in_line = |part: &&str| line.contains(part);
                line.starts_with(first) && line.ends_with(last) && between.iter().all(is_in_line)
            }
            [] => false,
        }
    }

    fn letters(&self) -> usize {
        let letters = self.parts.iter().flat_map(|part| part.chars());
        letters.filter(|c| c.is_alphanumeric()).count()
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
                let lines = crate::rules::of(chapter).lines;
                let printed = lines.iter().map(|line| (line.speaker, line.filled("7")));
                let printed: Vec<(&str, String)> = printed.collect();
                let printed = printed.iter().map(|(role, text)| (Some(*role), &**text));
                let printed: Vec<_> = printed.collect();
                let origins = origins(&source, &printed);
                for ((_, text), origin) in printed.iter().zip(origins) {
                    let line = origin.and_then(|line| source.lines().nth(line));
                    let words = text.split([' ', '>']).next().unwrap_or_default();
                    let has_words = line.is_some_and(|line| line.contains(words));
                    assert!(has_words, "{text}: {line:?}");
                }
            }
        }
    }

    /// Two functions begin and end with the same lines.
    const ALIKE: &str = r#"
def loop():
    print("thread %s runs" % name())
    while n < 5:
        print(f"thread {name()} >>> {n}")
    print(f"thread {name()} ended")
# print(f"thread {name()} runs")
print(f"thread {name()} runs")
print(f"thread {name()} ended")
"#;

    #[test]
    fn prints_that_are_alike_are_told_by_the_order_of_the_writer() {
        let (main, other) = (Some("main"), Some("other"));
        let printed = [
            (main, "thread 1 runs"),
            (other, "thread 2 runs"),
            (other, "thread 2 >>> 1"),
            (main, "thread 1 ended"),
            (other, "thread 2 >>> 2"),
            (other, "thread 2 ended"),
            (other, "another line"),
        ];
        let told = [Some(7), Some(2), Some(4), Some(8), Some(4), Some(5), None];
        assert_eq!(origins(ALIKE, &printed), told);
    }

    #[test]
    fn what_is_not_certain_is_not_told() {
        let (main, other) = (Some("main"), Some("other"));
        for [one, two] in [[main, other], [None, None]] {
            let printed = [(one, "thread 1 runs"), (two, "thread 1 ended")];
            assert_eq!(origins(ALIKE, &printed), [None, None], "{one:?}");
        }
    }
}
