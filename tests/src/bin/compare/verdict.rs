//! Whether two programs tell the same story, in words.

use tests::{Chapter, Difference, Ending, Story, Transcript, check, rules};

use crate::show::Outcome;
use crate::text::paragraph;

/// The verdict on the notes (when they could be run) and the other program.
pub fn judge(width: usize, chapter: Chapter, told: &[(&str, &Transcript)]) -> (String, Outcome) {
    let differences: Vec<_> = told
        .iter()
        .map(|(_, transcript)| check(chapter, transcript))
        .collect();
    let points = differences.iter().map(Vec::len).sum();
    let mut words = Words {
        width,
        text: "\n".to_owned(),
    };
    if told.len() == 1 {
        words.say("There is no python3 here to run the notes: held to the chapter's rules alone.");
    }
    let outcome = if points == 0 {
        words.same(chapter, told);
        Outcome::Same
    } else if changed_alike(chapter, told, &differences) {
        words.say("The same story, but not the chapter's. Both differ from it:");
        words.points(&differences[0]);
        Outcome::Same
    } else {
        words.say("Not the same story.");
        for ((title, _), differences) in told.iter().zip(&differences) {
            words.program(title, differences);
        }
        Outcome::Different(points)
    };
    for (title, transcript) in told {
        words.notes(title, transcript);
    }
    (words.text, outcome)
}

/// Whether two programs tell another story than the chapter, and both the
/// same: somebody has changed both, and wants to know whether they still agree.
fn changed_alike(
    chapter: Chapter,
    told: &[(&str, &Transcript)],
    differences: &[Vec<Difference>],
) -> bool {
    let [(_, left), (_, right)] = told else {
        return false;
    };
    let causes = |side: &[Difference]| -> Vec<String> {
        side.iter()
            .map(|difference| difference.cause.clone())
            .collect()
    };
    left.succeeded()
        && right.succeeded()
        && causes(&differences[0]) == causes(&differences[1])
        && said(chapter, left) == said(chapter, right)
}

/// What was said, whoever said it when.
fn said(chapter: Chapter, transcript: &Transcript) -> Vec<String> {
    let story = Story::read(chapter, transcript);
    let known = story.told.iter().map(|told| told.expected.line.to_owned());
    let other = story
        .strangers
        .iter()
        .map(|&index| transcript.lines[index].text.clone());
    let digits = |c: char| c.is_ascii_digit();
    let mut said: Vec<_> = known
        .chain(other.map(|text| text.replace(digits, "0")))
        .collect();
    said.sort();
    said
}

struct Words {
    width: usize,
    text: String,
}

impl Words {
    fn say(&mut self, text: &str) {
        self.text += &paragraph("", "", text, self.width);
    }

    fn same(&mut self, chapter: Chapter, told: &[(&str, &Transcript)]) {
        match told {
            [(left, _), (right, _)] => self.say(&format!("The same story: {left} and {right}.")),
            _ => self.say("The chapter's story."),
        }
        let checked: Vec<_> = told
            .iter()
            .map(|(_, t)| rules::checked(chapter, t))
            .collect();
        let alike = checked.windows(2).all(|two| two[0] == two[1]);
        for ((title, _), checked) in told.iter().zip(&checked).take(if alike { 1 } else { 2 }) {
            let of = if alike {
                "Checked: ".to_owned()
            } else {
                format!("Checked in {title}: ")
            };
            self.text += &paragraph("  ", "  ", &format!("{of}{checked}."), self.width);
        }
    }

    fn program(&mut self, title: &str, differences: &[Difference]) {
        match differences.len() {
            0 => self.say(&format!("{title} tells the chapter's story.")),
            1 => self.say(&format!("{title} differs from it in 1 point:")),
            points => self.say(&format!("{title} differs from it in {points} points:")),
        }
        self.points(differences);
    }

    fn points(&mut self, differences: &[Difference]) {
        for (number, difference) in differences.iter().enumerate() {
            let first = format!("  {}. ", number + 1);
            self.text += &paragraph(&first, "     ", &difference.what, self.width);
            self.text += &paragraph("     → ", "       ", &difference.cause, self.width);
        }
    }

    /// What is worth knowing, and no difference.
    fn notes(&mut self, title: &str, transcript: &Transcript) {
        let Some(end) = &transcript.end else { return };
        if end.read_stdin {
            self.say(&format!("Note: {title} reads stdin, which is empty here."));
        }
        if !transcript.errors.is_empty() && matches!(end.ending, Ending::Ended(s) if s.success()) {
            let lines = transcript.errors.len();
            self.say(&format!(
                "Note: {title} wrote to stderr (marked `!`), {lines} line(s)."
            ));
        }
    }
}
