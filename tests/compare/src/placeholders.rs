//! Puts placeholders for what differs from run to run into the lines of a program:
//! PIDs, times, moments, addresses.

use std::collections::BTreeSet;
use std::ops::Range;

/// Stands for a PID.
pub const PID: &str = "{PID}";

/// What a line says, whatever the run, where these are PIDs. Where they are not known, any
/// whole number may be one.
pub fn placeholders(line: &str, pids: Option<&BTreeSet<u32>>) -> String {
    let of_whole = |number: u32| match pids {
        None => Some("{number}"),
        Some(pids) => pids.contains(&number).then_some(PID),
    };
    let (mut text, mut done) = (String::new(), 0);
    for range in numbers(line) {
        let whole = line[range.clone()].parse().ok();
        let placeholder = whole.and_then(of_whole);
        if let Some(placeholder) = placeholder.or_else(|| of_moment(line, &range)) {
            text += &line[done..range.start];
            text += placeholder;
            done = range.end;
        }
    }
    text + &line[done..]
}

/// Where in a line the numbers are that stand alone (not `A1`), with what belongs to
/// them: `2026-11-30`, `21:35:13`, `9.5e-07`, `0x7f3a`; but not a unit.
fn numbers(line: &str) -> impl Iterator<Item = Range<usize>> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let begins = move |at: usize| !line[..at].ends_with(in_word);
    let digits = line.match_indices(|c: char| c.is_ascii_digit());
    let begins = digits.filter(move |(at, _)| begins(*at));
    let mut done = 0;
    begins.filter_map(move |(begin, _)| {
        if begin < done {
            return None;
        }
        let belongs = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
        let rest = line[begin..].trim_start_matches(belongs);
        let number = &line[begin..line.len() - rest.len()];
        let number = match number.starts_with("0x") {
            true => number,
            false => number.trim_end_matches(|c: char| !c.is_ascii_digit()),
        };
        done = begin + number.len();
        Some(begin..done)
    })
}

/// The placeholder of a time or an address.
fn of_moment(line: &str, range: &Range<usize>) -> Option<&'static str> {
    let number = &line[range.clone()];
    let has = |sign: char, times: usize| number.matches(sign).count() == times;
    let is_date = || has('-', 2) && number.len() >= "26-11-30".len();
    let is_clock = || (has(':', 1) || has(':', 2)) && number.len() >= "9:59".len();
    let is_moment =
        !number.contains(|c: char| c.is_ascii_alphabetic()) && (is_date() || is_clock());
    if number.starts_with("0x") {
        (number.len() > "0xfff".len()).then_some("{address}")
    } else {
        (is_moment || is_time(line, range)).then_some("{time}")
    }
}

/// Whether the number there is a measured time: it has decimals, and a unit follows,
/// or the line speaks of time.
fn is_time(line: &str, range: &Range<usize>) -> bool {
    const UNITS: [&str; 9] = [
        "s", "sec", "secs", "second", "seconds", "ms", "us", "秒", "毫秒",
    ];
    const WORDS: [&str; 8] = [
        "time", "took", "elapsed", "second", "duration", "用时", "耗时", "时间",
    ];
    let number = &line[range.clone()];
    let rest = line[range.end..].trim_start_matches(' ');
    let unit = rest.split(|c: char| !c.is_alphabetic()).next();
    let has_unit = || unit.is_some_and(|unit| UNITS.contains(&unit));
    let speaks = || WORDS.iter().any(|word| line.to_lowercase().contains(word));
    // In another encoding no unit can be read.
    let unreadable = || line.contains(char::REPLACEMENT_CHARACTER);
    number.contains('.')
        && number.parse::<f64>().is_ok()
        && (has_unit() || speaks() || unreadable())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_has_placeholders() {
        let same = "42 / 7 is 6, pi is 3.14, A100, 1.2.3, 3 s, 7:1";
        for (line, expected) in [
            ("Parent process 100.", "Parent process {PID}."),
            ("pid=101: runs (101)...", "pid={PID}: runs ({PID})..."),
            ("Task 0 runs 0.25 seconds.", "Task 0 runs {time} seconds."),
            ("用了 1.50秒, 2.5ms", "用了 {time}秒, {time}ms"),
            ("Time taken: 1.0234, 9.5e-07", "Time taken: {time}, {time}"),
            (
                "at 2026-11-30 21:35:13.123456, <Job object at 0x7f3a91c2>",
                "at {time} {time}, <Job object at {address}>",
            ),
            (same, same),
        ] {
            let pids = BTreeSet::from([100, 101]);
            assert_eq!(placeholders(line, Some(&pids)), expected);
        }
    }

    #[test]
    fn where_nothing_was_traced_any_number_may_be_a_pid() {
        assert_eq!(
            placeholders("Child 7 of 100: A1", None),
            "Child {number} of {number}: A1"
        );
    }
}
