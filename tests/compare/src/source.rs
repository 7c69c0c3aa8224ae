//! What a program's own text tells: which of its lines prints what.

/// The signs that begin a comment, in some languages.
const COMMENTS: [&str; 3] = ["//", "#", "--"];

fn is_comment(line: &str) -> bool {
    COMMENTS.iter().any(|sign| line.trim().starts_with(sign))
}

/// A printed line: its writer, if that is known, and the numbers of the prints that it
/// can be of.
type Line<'w> = (Option<&'w str>, Vec<usize>);

/// Which line of the program's text printed each of these lines, which have their
/// writers before them; the first is 0. None where the text does not tell.
pub fn origins(source: &str, printed: &[(Option<&str>, &str)]) -> Vec<Option<usize>> {
    let prints = prints(source);
    let lines = printed.iter();
    let lines = lines.map(|&(writer, text)| (writer, possible(&prints, text)));
    let lines: Vec<Line> = lines.collect();
    let print = |index: usize| match lines[index].1.as_slice() {
        [] => None,
        [only] => Some(*only),
        _ => by_order(&lines, index),
    };
    let origin = |index| Some(prints[print(index)?].line);
    (0..lines.len()).map(origin).collect()
}

/// The print of a line that can be of several: where the text has in a row, and only
/// once, what the line's writer has printed. (A loop that runs not even once may make one
/// function look like another.)
fn by_order(lines: &[Line], index: usize) -> Option<usize> {
    let (writer, possible) = &lines[index];
    writer.as_ref()?;
    let own = lines.iter().enumerate();
    let own = own.filter(|(_, (other, possible))| other == writer && !possible.is_empty());
    let mut row: Vec<(usize, &Vec<usize>)> =
        own.map(|(at, (_, possible))| (at, possible)).collect();
    // A loop prints a line again and again.
    row.dedup_by_key(|(_, possible)| *possible);
    let place = row.iter().rposition(|(at, _)| *at <= index)?;
    let prints_row = |first: &usize| {
        let mut prints = row.iter().zip(*first..);
        prints.all(|((_, possible), print)| possible.contains(&print))
    };
    let firsts = possible.iter().filter_map(|print| print.checked_sub(place));
    let mut firsts = firsts.filter(prints_row);
    let first = firsts.next()?;
    firsts.next().is_none().then_some(first + place)
}

/// A call that prints, as far as its text is known before it runs.
struct Print {
    /// The line of the call; the first is 0.
    line: usize,
    /// The text before, between and after what is filled in.
    parts: Vec<String>,
}

/// All calls in this program that print words of their own, e.g. Python's `print`,
/// Rust's `println!`, a shell's `echo`.
fn prints(source: &str) -> Vec<Print> {
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
    prints.retain(|print| print.own_text() > 0);
    prints
}

/// The names of functions that print, in some languages.
const CALLS: [&str; 5] = ["print", "echo ", "puts ", "console.log", "Println"];

/// The prints that can have printed this line, by their numbers: of those that fit, the
/// ones with the most text of their own.
fn possible(prints: &[Print], text: &str) -> Vec<usize> {
    let fit = (0..prints.len()).filter(|print| prints[*print].fits(text));
    let mut fit: Vec<usize> = fit.collect();
    let most = fit.iter().map(|print| prints[*print].own_text()).max();
    fit.retain(|print| Some(prints[*print].own_text()) == most);
    fit
}

impl Print {
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
        text.ends_with(last.as_str())
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
                let lines = crate::rules::of(chapter).lines;
                let printed = lines.iter().map(|line| (line.speaker, line.filled("7")));
                let printed: Vec<(&str, String)> = printed.collect();
                let printed = printed
                    .iter()
                    .map(|(role, text)| (Some(*role), text.as_str()));
                let printed: Vec<_> = printed.collect();
                let origins = origins(&source, &printed);
                for ((_, text), origin) in printed.iter().zip(origins) {
                    let line = origin.and_then(|line| source.lines().nth(line));
                    let words = text.split([' ', '>']).next().unwrap_or_default();
                    assert!(
                        line.is_some_and(|line| line.contains(words)),
                        "{text}: {line:?}"
                    );
                }
            }
        }
    }

    /// Two functions begin and end with the same lines.
    const ALIKE: &str = r#"
def loop():
    print(f"thread {name()} runs")
    while n < 5:
        print(f"thread {name()} >>> {n}")
    print(f"thread {name()} ended")
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
        ];
        let told = [6, 2, 4, 7, 4, 5].map(Some);
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
        for (text, line) in [
            ("Run task 0 (12)...", Some(1)),
            ("Took 1.5", Some(2)),
            ("{7} is 100% of 0.12", Some(3)),
            ("Child 12 of 13 ends", Some(5)),
            ("Task 1 runs 0.10 seconds.", Some(7)),
            ("something else", None),
        ] {
            assert_eq!(origins(source, &[(None, text)]), [line]);
        }
    }
}
