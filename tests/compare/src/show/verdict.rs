//! The verdict: whether two programs tell the same story, and in which points not.

mod exercise;
mod stories;
mod two_programs;

use compare::Reading;
use compare::language::{Language, Text};
use compare::lesson::Exercise;
use compare::text;
use compare::width::folded;
use compare::words::count;
use unicode_width::UnicodeWidthStr;

use crate::show::side::Side;

/// What was found.
#[derive(Clone, Copy)]
pub enum Verdict {
    Same,
    /// Different, as the lesson says.
    AsTheLessonSays,
    /// In so many points.
    Different(usize),
    /// A program could not be built or started, or its page not be written.
    CouldNotCompare,
}

impl Verdict {
    /// In a few words.
    pub fn text(self) -> Text {
        match self {
            Verdict::Same => Text::new("the same story", "执行过程一致"),
            Verdict::AsTheLessonSays => {
                Text::new("different, as the lesson says", "有差别，与教程所说的一样")
            }
            Verdict::Different(number) => {
                let points = count(number, "point");
                text!("different in {points}", "有 {number} 处不同")
            }
            Verdict::CouldNotCompare => Text::new("could not be compared", "无法比较"),
        }
    }
}

/// The verdict, and what is to be said of programs that did not end. An exercise is
/// held to its lesson; `own` is whether the second program is the reader's own.
pub fn judge(sides: &[Side], own: bool, exercise: Option<&Exercise>) -> (Verdict, Explanation) {
    let mut words = Explanation::default();
    if sides.iter().any(Side::was_stopped) {
        words.say(Text::new(
            "Stopped: this is what was seen until then.",
            "已中断：以下是到那时为止看到的。",
        ));
    }
    let (mut stories, mut programs) = (Vec::new(), Vec::new());
    for side in sides {
        match &side.reading {
            Reading::ByRules(story) => stories.push((side.name.as_str(), story)),
            Reading::WithoutRules(program) => programs.push((side.name.as_str(), program)),
        }
    }
    let verdict = match (sides, exercise, programs.as_slice()) {
        ([twin, other], Some(exercise), _) => {
            exercise::judge(&mut words, [twin, other], own, exercise)
        }
        (_, _, &[one, other]) => two_programs::judge(&mut words, one, other),
        _ => stories::judge(&mut words, &stories),
    };
    let waits = exercise.is_some_and(Exercise::waits);
    for last in sides.iter().flat_map(|side| side.last_words(waits)) {
        words.say(last);
    }
    (verdict, words)
}

/// What is said of a verdict, paragraph by paragraph.
#[derive(Default)]
pub struct Explanation(pub Vec<Paragraph>);

/// A paragraph, and what it is.
pub struct Paragraph {
    pub kind: Kind,
    pub text: Text,
}

/// What a paragraph is.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// It stands for itself.
    Statement,
    /// It belongs to the statement before it.
    Detail,
    /// A difference, with its number.
    Point(usize),
    /// The likely cause of the difference before it.
    Cause,
}

impl Explanation {
    fn say(&mut self, text: Text) {
        self.add(Kind::Statement, text);
    }

    fn detail(&mut self, text: Text) {
        self.add(Kind::Detail, text);
    }

    /// One of the numbered differences after a statement.
    fn point(&mut self, text: Text) {
        let since = self.0.iter().rev().map(|paragraph| paragraph.kind);
        let mut since = since.take_while(|kind| *kind != Kind::Statement);
        let last = since.find_map(|kind| match kind {
            Kind::Point(number) => Some(number),
            _ => None,
        });
        self.add(Kind::Point(last.unwrap_or(0) + 1), text);
    }

    fn cause(&mut self, text: Text) {
        self.add(Kind::Cause, text);
    }

    fn add(&mut self, kind: Kind, text: Text) {
        self.0.push(Paragraph { kind, text });
    }

    /// All in lines of this width, the text of each below its beginning.
    pub fn wrapped(&self, language: Language, width: usize) -> String {
        let mut wrapped = "\n".to_owned();
        for Paragraph { kind, text } in &self.0 {
            let first = match kind {
                Kind::Statement => String::new(),
                Kind::Detail => "  ".to_owned(),
                Kind::Point(number) => format!("  {number}. "),
                Kind::Cause => "     → ".to_owned(),
            };
            let others = " ".repeat(first.width());
            let lines = folded(text.to(language), width, [&first, &others]);
            wrapped += &(lines.join("\n") + "\n");
        }
        wrapped
    }
}
