//! Every expected line comes once, and no other does.

use super::Symptom;
use super::check::{Check, and_others};
use super::story::{Expected, Story, Told};
use crate::language::Text;
use crate::stderr::why_error;
use crate::text;
use crate::transcript::Ending;
use crate::words::times;

/// Why a line has bytes that are not text.
const NOT_TEXT: Text = Text::new(
    "It has bytes that are not UTF-8 text: is it in another encoding (UTF-16, GBK)?",
    "这一行里有不是 UTF-8 文本的字节：是不是用了别的编码（UTF-16、GBK）？",
);

/// What is to be said of lines in other words, or another language.
const OWN_WORDS: Text = Text::new(
    "The lines are held to those of the chapter. Two programs of your own are compared with \
     `cargo compare -- one -- other`.",
    "这里逐行对照这一章该有的输出。要比较两个自己写的程序，请用 `cargo compare -- one -- other`。",
);

/// Why each process begins the file anew.
const NO_GUARD: Text = Text::new(
    "Did each child run the whole program: is `if __name__ == \"__main__\"` left out, or does a \
     print stand outside of it?",
    "是不是每个子进程都把整个程序运行了一遍：漏了 `if __name__ == \"__main__\"`，或者有 print 写在它外面？",
);

/// What never came on stdout, but on stderr.
pub fn on_stderr(check: &mut Check) {
    let story = check.story;
    let errors = story.transcript.errors.iter();
    let meant: Vec<&str> = errors
        .filter_map(|error| Some(story.meaning(&error.text)?.0.line))
        .collect();
    let lines = never_came(story).into_iter();
    let lines: Vec<_> = lines.filter(|e| meant.contains(&e.line)).collect();
    let Some(first) = lines.first() else { return };
    let line = first.filled("…");
    let what = text!("`{line}` came on stderr.", "`{line}` 打印到了 stderr。");
    let cause = Text::new(
        "It belongs on stdout: is it printed by eprintln!, or with file=sys.stderr?",
        "它应该打印到 stdout：是不是用了 eprintln!，或者写了 file=sys.stderr？",
    );
    check.differs(and_others(what, lines.len() - 1), cause);
    check.explained = true;
}

pub fn check(check: &mut Check) {
    if check.story.told.is_empty() {
        let what = Text::new(
            "No line of this chapter came.",
            "这一章该打印的行，一行也没有打印。",
        );
        check.differs(what, OWN_WORDS);
    }
    torn(check);
    misspelt(check);
    unknown(check);
    doubled(check);
    // How a program ended that failed is a difference already, and has them.
    let is_told = check.story.transcript.succeeded() && !check.story.told.is_empty();
    if let Some(what) = missing(check).filter(|_| is_told) {
        let cause = why_missing(check);
        check.differs(what, cause);
    }
}

fn torn(check: &mut Check) {
    let Some(first) = first_torn(check) else {
        return;
    };
    let line = check.quote_line(first);
    let what = text!(
        "Line {line} is several lines in one.",
        "第 {line:#} 是几行连在了一起。"
    );
    let cause = Text::new(
        "Is the line end left out (print! in place of println!, in Python end=\"\")? Or did processes \
         print at once, each writing its line and the line end separately: is the output unbuffered \
         (python3 -u)?",
        "是不是漏了换行（把 println! 写成了 print!，或者 Python 里写了 end=\"\"）？还是几个进程同时打印，而内容和\
         换行符是分开写的：是不是关掉了输出缓冲（python3 -u）？",
    );
    check.differs(what, cause);
}

/// The first line that is more than one.
pub fn first_torn(check: &Check) -> Option<usize> {
    let mut neighbours = check.story.told.windows(2);
    let torn = neighbours.find(|two| two[0].index == two[1].index)?;
    Some(torn[0].index)
}

fn misspelt(check: &mut Check) {
    let misspelt = check.story.told.iter().filter(|told| told.misspelt);
    let point = |told: &Told| {
        let (line, meant) = (check.quote(told), told.expected.filled("…"));
        let what = text!(
            "Line {line} should be `{meant}`.",
            "第 {line:#} 应该是 `{meant}`。"
        );
        (what, Some(why_misspelt(check, told)))
    };
    let points: Vec<_> = misspelt.map(point).collect();
    check.differ(points);
}

fn why_misspelt(check: &Check, told: &Told) -> Text {
    let line = &check.story.transcript.lines[told.index];
    let (text, meant) = (told.expected.zeroed(&line.text), told.expected.filled("0"));
    let without_spaces = |text: &str| text.replace(' ', "");
    let is_wide = |c: &char| !c.is_ascii() && *c != char::REPLACEMENT_CHARACTER;
    if line.text.contains(char::REPLACEMENT_CHARACTER) {
        NOT_TEXT
    } else if text == meant {
        Text::new(
            "The seconds have two decimals: {end - start:.2f} in Python, {:.2} in Rust.",
            "秒数保留两位小数：Python 写 {end - start:.2f}，Rust 写 {:.2}。",
        )
    } else if text.eq_ignore_ascii_case(&meant) {
        let capitals = Text::new("Capital letters count.", "要区分大小写。");
        check.cause(Symptom::SmallLetters).unwrap_or(capitals)
    } else if let Some(cause) = not_filled_in(&text) {
        cause
    } else if let Some(wide) = text.chars().find(is_wide) {
        let code = u32::from(wide);
        text!(
            "It has the character `{wide}` (U+{code:04X}); the chapter's lines are plain ASCII.",
            "里面有字符 `{wide}`（U+{code:04X}）；这一章的行只有 ASCII 字符。"
        )
    } else if without_spaces(&text) == without_spaces(&meant) {
        Text::new(
            "Is there a space too many, or one too few?",
            "是不是多了或者少了一个空格？",
        )
    } else {
        Text::new("Is it misspelt?", "是不是拼错了？").then(&OWN_WORDS)
    }
}

/// A value that was to be filled in, and was not.
fn not_filled_in(text: &str) -> Option<Text> {
    const OBJECTS: [&str; 3] = ["<built-in ", "<function ", "<bound method "];
    if text.contains('{') && text.contains('}') {
        Some(Text::new(
            "Is the f before the string left out: print(f\"...\")?",
            "是不是漏了字符串前面的 f：print(f\"...\")？",
        ))
    } else if text.contains("%s") || text.contains("%d") || text.contains("%0.2f") {
        Some(Text::new(
            "Is there a comma in place of the % after the string: print('...' % value)?",
            "字符串后面的 % 是不是写成了逗号：print('...' % value)？",
        ))
    } else if OBJECTS.iter().any(|object| text.contains(object)) {
        Some(Text::new(
            "Are the parentheses of a call left out, as in os.getpid()?",
            "调用函数是不是漏了括号，比如 os.getpid()？",
        ))
    } else {
        None
    }
}

fn unknown(check: &mut Check) {
    let story = check.story;
    let text = |index: usize| story.transcript.lines[index].text.as_str();
    // After a torn line comes an empty one.
    let is_torn = first_torn(check).is_some();
    let unknown = story.unknown.iter().copied();
    let unknown: Vec<usize> = unknown
        .filter(|&index| !is_torn || !text(index).is_empty())
        .collect();
    // It should have been one of the missing lines.
    let explains = |&index: &usize| {
        let line = text(index);
        not_filled_in(line).is_some() || story.has_another_value(line)
    };
    let explained = unknown.iter().any(explains) && unknown.len() >= never_came(story).len();
    let is_new = !check.explained;
    check.explained |= explained;
    let point = |index: usize| {
        let line = check.quote_line(index);
        let what = text!(
            "Line {line} is not a line of this chapter.",
            "第 {line:#} 不是这一章该打印的行。"
        );
        (what, is_new.then(|| why_unknown(check, index)))
    };
    let points: Vec<_> = unknown.into_iter().map(point).collect();
    check.differ(points);
}

fn why_unknown(check: &Check, index: usize) -> Text {
    let line = &check.story.transcript.lines[index];
    let another_value = || match check.story.has_another_value(&line.text) {
        true => check.cause(Symptom::AnotherValue(&line.text)),
        false => None,
    };
    match line.text.trim() {
        text if text.contains(char::REPLACEMENT_CHARACTER) => NOT_TEXT,
        "" => Text::new(
            "Is there a print without text?",
            "是不是有一个没有内容的 print？",
        ),
        _ => not_filled_in(&line.text)
            .or_else(another_value)
            .unwrap_or(OWN_WORDS),
    }
}

fn doubled(check: &mut Check) {
    let story = check.story;
    let endless = story.transcript.ending() == Some(Ending::TooMuchOutput);
    let more_than_once = |e: &&Expected| story.count(e.line) > 1;
    let doubled: Vec<&Expected> = story.expected().iter().filter(more_than_once).collect();
    let Some(first) = doubled.first().filter(|_| !check.explained && !endless) else {
        return;
    };
    let says_first = |told: &&Told| told.expected.line == first.line && !told.stray;
    let lines: Vec<&Told> = story.told.iter().filter(says_first).collect();
    let (line, number, times) = (check.quote(lines[0]), lines.len(), times(lines.len()));
    let what = text!(
        "Line {line} comes {times}.",
        "第 {line:#} 出现了 {number} 次。"
    );
    let what = match story.rules().of_threads || lines[1].pid == lines[0].pid {
        true => what,
        false => {
            let again = check.quote(lines[1]);
            what.then(&text!(
                "The second one, line {again}, was written by another process.",
                "第二次是第 {again:#}，打印它的是另一个进程。"
            ))
        }
    };
    let cause = why_doubled(check, &lines);
    check.differs(and_others(what, doubled.len() - 1), cause);
}

fn why_doubled(check: &mut Check, lines: &[&Told]) -> Text {
    let first = lines[0].expected;
    let introduction = first.speaker == "parent" && first.line.contains("{pid}");
    let of_several = lines.windows(2).any(|two| two[0].pid != two[1].pid);
    if introduction && of_several {
        // The children did this instead, so other lines are missing too.
        check.explained = true;
        why_error(&check.story.transcript.errors).unwrap_or(NO_GUARD)
    } else if introduction {
        Text::new(
            "Was it still in stdout's buffer when the process was forked, so that both wrote it? \
             Flush before the fork.",
            "是不是 fork 的时候，这一行还在 stdout 的缓冲里，于是两个进程都写了它？fork 之前要刷新缓冲区。",
        )
    } else if let Some(cause) = check.cause(Symptom::Doubled(first.line)) {
        check.explained = true;
        cause
    } else {
        Text::new(
            "Is it printed twice, or is something started twice?",
            "是不是打印了两次，或者启动了两次？",
        )
    }
}

/// The lines that never came, as a sentence, unless a difference says why.
pub fn missing(check: &Check) -> Option<Text> {
    let lines = never_came(check.story);
    let first = lines.first().filter(|_| !check.explained)?.filled("…");
    let what = text!("`{first}` is missing.", "缺少 `{first}`。");
    Some(match lines.len() - 1 {
        0 => what,
        1 => what.then(&Text::new("So is 1 other line.", "此外还缺 1 行。")),
        others => what.then(&text!(
            "So are {others} other lines.",
            "此外还缺 {others} 行。"
        )),
    })
}

fn why_missing(check: &Check) -> Option<Text> {
    let lines = never_came(check.story);
    // They may be there, in other words.
    if check.story.unknown.len() >= lines.len() {
        return None;
    }
    why_error(&check.story.transcript.errors)
        .or_else(|| check.cause(Symptom::Missing(lines[0].line)))
        .or(Some(Text::new(
            "Is a print left out, or did the program end too early?",
            "是不是漏了 print，或者程序结束得太早？",
        )))
}

/// The lines of the chapter that never came.
pub fn never_came(story: &Story) -> Vec<&'static Expected> {
    let lines = story.expected().iter();
    lines.filter(|e| story.count(e.line) == 0).collect()
}
