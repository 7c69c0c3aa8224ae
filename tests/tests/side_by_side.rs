//! `main.rs` reads beside `notes.py`: the same functions, the same lines to
//! print, in the same order.

use tests::trials;
use tests::workspace::{CHAPTERS, read};

trials![
    main_prints_what_the_notes_print,
    main_has_the_functions_of_the_notes,
    main_fits_on_a_slide,
];

fn main_rs(chapter: &str) -> String {
    read(format!("{chapter}/src/main.rs"))
}

fn notes_py(chapter: &str) -> String {
    read(format!("{chapter}/notes.py"))
}

/// All texts between `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let parts = text.split(before).skip(1);
    parts
        .map(|part| part.split_once(after).expect("an end").0)
        .collect()
}

/// A text to print, with empty braces.
fn shape(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |shape, part| {
        let (_, rest) = part.split_once('}').expect("a closing brace");
        shape + "{}" + rest
    })
}

fn python_prints(notes: &str) -> Vec<String> {
    let quoted = notes.replace("print(f\"", "print(\"");
    between(&quoted, "print(\"", "\")")
        .into_iter()
        .map(shape)
        .collect()
}

fn rust_prints(main: &str) -> Vec<String> {
    between(main, "println!(\"", "\"")
        .into_iter()
        .map(shape)
        .collect()
}

fn main_prints_what_the_notes_print() {
    for chapter in CHAPTERS {
        let printed = rust_prints(&main_rs(chapter));
        assert!(!printed.is_empty());
        assert_eq!(printed, python_prints(&notes_py(chapter)), "{chapter}");
    }
}

fn main_has_the_functions_of_the_notes() {
    for chapter in CHAPTERS {
        let main = main_rs(chapter).replace("r#", "");
        let mut functions = between(&main, "fn ", "(");
        assert_eq!(functions.pop(), Some("main"));
        assert_eq!(
            functions,
            between(&notes_py(chapter), "def ", "("),
            "{chapter}"
        );
    }
}

fn main_fits_on_a_slide() {
    for chapter in CHAPTERS {
        let main = main_rs(chapter);
        let is_code = |line: &&str| !line.is_empty() && !line.trim_start().starts_with("//");
        let lines = main.lines().filter(is_code).count();
        assert!(lines <= 40, "{chapter} has {lines} lines of code");
    }
}
