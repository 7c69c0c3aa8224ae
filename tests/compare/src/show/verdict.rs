//! The verdict: whether two programs tell the same story, in words.

mod exercise;
mod stories;
mod two_programs;

use std::fmt;

use compare::Reading;
use compare::lesson::Exercise;
use compare::words::count;
use textwrap::Options;
use unicode_width::UnicodeWidthStr;

use crate::show::side::Side;

/// What was found.
pub enum Outcome {
    Same,
    /// Different, as the lesson says.
    Expected,
    /// In so many points.
    Different(usize),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Outcome::Same => f.write_str("the same story"),
            Outcome::Expected => f.write_str("different, as the lesson says"),
            Outcome::Different(points) => write!(f, "different in {}", count(*points, "point")),
        }
    }
}

/// The verdict, and what is to be said of programs that did not end. An exercise is
/// held to its lesson; `own` is whether the second program is the reader's own.
pub fn judge(sides: &[Side], own: bool, exercise: Option<&Exercise>) -> (Paragraphs, Outcome) {
    let mut words = Paragraphs::default();
    if sides.iter().any(Side::was_stopped) {
        words.say("Stopped: this is what was seen until then.");
    }
    let (mut stories, mut programs) = (Vec::new(), Vec::new());
    for side in sides {
        match &side.reading {
            Reading::ByRules(story) => stories.push((side.name.as_str(), story)),
            Reading::WithoutRules(program) => programs.push((side.name.as_str(), program)),
        }
    }
    let outcome = match (sides, exercise, programs.as_slice()) {
        ([twin, other], Some(exercise), _) => {
            exercise::judge(&mut words, [twin, other], own, exercise)
        }
        (_, _, &[one, other]) => two_programs::judge(&mut words, one, other),
        _ => stories::judge(&mut words, &stories),
    };
    for last in sides.iter().flat_map(Side::last_words) {
        words.say(&last);
    }
    (words, outcome)
}

/// The paragraphs of a verdict.
#[derive(Default)]
pub struct Paragraphs(pub Vec<Paragraph>);

pub struct Paragraph {
    /// What stands before the text, such as a number.
    pub first: String,
    pub text: String,
}

impl Paragraphs {
    fn say(&mut self, text: &str) {
        self.item("", text);
    }

    fn item(&mut self, first: &str, text: &str) {
        let (first, text) = (first.to_owned(), text.to_owned());
        self.0.push(Paragraph { first, text });
    }

    /// All in lines of this width, the text of each below its beginning.
    pub fn wrapped(&self, width: usize) -> String {
        let mut wrapped = "\n".to_owned();
        for Paragraph { first, text } in &self.0 {
            let others = " ".repeat(first.width());
            let options = Options::new(width)
                .initial_indent(first)
                .subsequent_indent(&others);
            wrapped += &textwrap::fill(text, options);
            wrapped += "\n";
        }
        wrapped
    }
}
