//! Patterns: lines in which names in braces stand for what differs from run to run.
//!
//! `{seconds}` and `{about …}` are times with two decimals; a name with an article, as in
//! `{a worker}`, a number or a word; each other name a number, such as a PID.

/// What stands in this text for each name of the pattern; None where it does not fit.
pub fn values<'p, 't>(pattern: &'p str, text: &'t str) -> Option<Vec<(&'p str, &'t str)>> {
    let (mut pattern, mut text) = (pattern, text);
    let mut values = Vec::new();
    while let Some((before, name, after)) = split_at_name(pattern) {
        let rest = text.strip_prefix(before)?;
        let (value, rest) = rest.split_at(length(name, rest)?);
        values.push((name, value));
        (pattern, text) = (after, rest);
    }
    (pattern == text).then_some(values)
}

/// The first name in braces, with what is before and behind it. (There are
/// braces without a name, too.)
pub fn split_at_name(pattern: &str) -> Option<(&str, &str, &str)> {
    let is_name = |text: &str| text.starts_with(|first: char| first.is_ascii_lowercase());
    let mut braces = pattern.match_indices('{');
    let (begin, _) = braces.find(|&(at, _)| is_name(&pattern[at + 1..]))?;
    let (name, after) = pattern[begin + 1..].split_once('}')?;
    Some((&pattern[..begin], name, after))
}

/// Whether the name stands for anything, each time.
pub fn is_any(name: &str) -> bool {
    name.starts_with("a ") || name.starts_with("an ")
}

/// Whether the name stands for a time.
pub fn is_time(name: &str) -> bool {
    name == "seconds" || name.starts_with("about ")
}

/// How many bytes the value has with which this text begins.
fn length(name: &str, text: &str) -> Option<usize> {
    let count = |text: &str, belongs: fn(&u8) -> bool| text.bytes().take_while(belongs).count();
    let digits = count(text, u8::is_ascii_digit);
    if is_any(name) {
        return Some(count(text, u8::is_ascii_alphanumeric)).filter(|&length| length > 0);
    }
    if digits == 0 || !is_time(name) {
        return Some(digits).filter(|&length| length > 0);
    }
    let decimals = text[digits..].strip_prefix('.')?;
    (count(decimals, u8::is_ascii_digit) == 2).then_some(digits + ".00".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_value_of_its_kind() {
        let line = "Task 3 runs {seconds} seconds.";
        assert_eq!(
            values(line, "Task 3 runs 0.25 seconds."),
            Some(vec![("seconds", "0.25")])
        );
        for other in [
            "Task 3 runs 0.2 seconds.",
            "Task 3 runs 0.255 seconds.",
            "Task 3 runs .25 seconds.",
            "Task 3 runs ",
        ] {
            assert_eq!(values(line, other), None, "{other}");
        }
        assert_eq!(
            values("Get {an item} ({pid}).", "Get A1 (7)."),
            Some(vec![("an item", "A1"), ("pid", "7")])
        );
        assert_eq!(values("Get ({pid}).", "Get (A)."), None);
        assert_eq!(values("Any { .. }", "Any { .. }"), Some(vec![]));
    }
}
