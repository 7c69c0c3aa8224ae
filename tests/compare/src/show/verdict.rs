//! The verdict: whether two programs tell the same story, and in which points not.

mod exercise;
mod stories;
mod two_programs;

use compare::language::{Language, Text};
use compare::lesson::Exercise;
use compare::two_programs::Named;
use compare::width::folded;
use compare::words::count;
use compare::{Difference, text};
use unicode_width::UnicodeWidthStr;

use crate::show::side::Side;

/// So many differences are told.
const TOLD: usize = 10;

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
    let named: Vec<Named> = sides.iter().map(Side::named).collect();
    let verdict = match (exercise, named.as_slice()) {
        (Some(exercise), &[twin, other]) => {
            exercise::judge(&mut words, [twin, other], own, exercise)
        }
        (None, &[one, other]) if one.1.chapter.is_none() => {
            two_programs::judge(&mut words, [one, other])
        }
        _ => stories::judge(&mut words, &named),
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
#[derive(Clone, Copy)]
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

    fn same(&mut self, [one, other]: [&str; 2]) {
        self.say(text!(
            "{one} and {other} tell the same story.",
            "{one} 和 {other} 的执行过程一致。"
        ));
    }

    /// Tells in what this program differs, or, without a name, each from the other: in so
    /// many points.
    fn differ(&mut self, name: Option<&str>, differences: &[Difference]) -> usize {
        let number = differences.len();
        let points = count(number, "point");
        self.say(match name {
            Some(name) => text!(
                "Not the same story: {name} differs in {points}.",
                "执行过程不一致：{name} 有 {number} 处不同。"
            ),
            None => text!(
                "Not the same story: they differ in {points}.",
                "执行过程不一致：有 {number} 处不同。"
            ),
        });
        self.list(differences);
        number
    }

    /// Points with the same cause that follow each other have it once. Of many, the first
    /// are told.
    fn list(&mut self, differences: &[Difference]) {
        for (number, Difference { what, cause }) in differences.iter().take(TOLD).enumerate() {
            self.add(Kind::Point(number + 1), what.clone());
            let next = differences.get(number + 1).map(|next| &next.cause);
            if let Some(cause) = cause.as_ref().filter(|_| next != Some(cause)) {
                self.add(Kind::Cause, cause.clone());
            }
        }
        let more = differences.len().saturating_sub(TOLD);
        if more > 0 {
            self.detail(text!("And {more} more.", "还有 {more} 处。"));
        }
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
