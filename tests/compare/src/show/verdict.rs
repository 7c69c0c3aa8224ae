//! Whether two programs tell the same story, in words.

use compare::words::count;
use compare::{Difference, Story, check, rules};

use crate::show::text::paragraph;
use crate::show::{Finished, Outcome};

/// The verdict on the notes (when they could be run) and the other program.
pub fn judge(width: usize, programs: &[Finished]) -> (String, Outcome) {
    let differences: Vec<_> = programs.iter().map(|p| check(&p.story)).collect();
    let points = differences.iter().map(Vec::len).sum();
    let mut words = Words {
        width,
        text: "\n".to_owned(),
    };
    if programs.len() == 1 {
        words.say(
            "There is no python3 here to run the notes, so only the chapter's rules were checked.",
        );
    }
    let outcome = if points == 0 {
        words.same(programs);
        Outcome::Same
    } else if changed_alike(programs, &differences) {
        words.say("The same story, though not the chapter's. Both differ from it:");
        words.points(&differences[0]);
        Outcome::Same
    } else {
        for (program, differences) in programs.iter().zip(&differences) {
            words.differs(&program.name, differences);
        }
        Outcome::Different(points)
    };
    for program in programs {
        words.notes(program);
    }
    (words.text, outcome)
}

/// Whether two programs differ from the chapter, but not from each other:
/// somebody has changed both, and wants to know whether they still agree.
fn changed_alike(programs: &[Finished], points: &[Vec<Difference>]) -> bool {
    let ([left, right], [left_points, right_points]) = (programs, points) else {
        return false;
    };
    let causes = |points: &[Difference]| -> Vec<String> {
        points.iter().map(|point| point.cause.clone()).collect()
    };
    left.story.transcript.succeeded()
        && right.story.transcript.succeeded()
        && causes(left_points) == causes(right_points)
        && said(&left.story) == said(&right.story)
}

/// All lines without their numbers, sorted.
fn said(story: &Story) -> Vec<String> {
    let known = story.told.iter().map(|told| told.expected.line.to_owned());
    let strange = story
        .strangers
        .iter()
        .map(|&index| without_numbers(&story.transcript.lines[index].text));
    let mut said: Vec<_> = known.chain(strange).collect();
    said.sort();
    said
}

fn without_numbers(text: &str) -> String {
    let parts = text.split(|c: char| c.is_ascii_digit());
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("0")
}

struct Words {
    width: usize,
    text: String,
}

impl Words {
    fn say(&mut self, text: &str) {
        self.text += &paragraph("", "", text, self.width);
    }

    fn same(&mut self, programs: &[Finished]) {
        match programs {
            [left, right] => {
                self.say(&format!(
                    "{} and {} tell the same story.",
                    left.name, right.name
                ));
            }
            _ => self.say("It is the chapter's story."),
        }
        let checked: Vec<_> = programs.iter().map(|p| rules::checked(&p.story)).collect();
        let alike = checked.windows(2).all(|two| two[0] == two[1]);
        for (program, checked) in programs.iter().zip(&checked) {
            let of = if alike {
                String::new()
            } else {
                format!(" in {}", program.name)
            };
            let text = format!("Checked{of}: {checked}.");
            self.text += &paragraph("  ", "  ", &text, self.width);
            if alike {
                return;
            }
        }
    }

    fn differs(&mut self, name: &str, differences: &[Difference]) {
        if !differences.is_empty() {
            let points = count(differences.len(), "point");
            self.say(&format!("Not the same story: {name} differs in {points}."));
            self.points(differences);
        }
    }

    fn points(&mut self, differences: &[Difference]) {
        for (number, difference) in differences.iter().enumerate() {
            let first = format!("  {}. ", number + 1);
            self.text += &paragraph(&first, "     ", &difference.to_string(), self.width);
            let same = |earlier: &Difference| earlier.cause == difference.cause;
            let cause = match differences[..number].iter().position(same) {
                Some(earlier) => format!("The same as in point {}.", earlier + 1),
                None => difference.cause.clone(),
            };
            self.text += &paragraph("     → ", "       ", &cause, self.width);
        }
    }

    /// What a reader should know, though it is no difference.
    fn notes(&mut self, Finished { name, story, .. }: &Finished) {
        let transcript = &story.transcript;
        let Some(end) = &transcript.end else { return };
        if end.read_stdin && !self.text.contains("reads stdin") {
            self.say(&format!("Note: {name} reads stdin, which is empty here."));
        }
        if !transcript.errors.is_empty() && end.ending.is_success() {
            self.say(&format!(
                "Note: {name} also printed to stderr (the lines marked `!`)."
            ));
        }
    }
}

#[cfg(test)]
mod verdicts {
    use std::process::ExitStatus;
    use std::time::Duration;

    use compare::{Chapter, End, Ending, Line, Output};

    use super::*;

    /// A program that printed these lines, and ended well.
    fn program(name: &str, lines: &[&str]) -> Finished {
        let line = |text: &&str| Line {
            at: Duration::ZERO,
            text: text.to_string(),
            flaw: None,
        };
        let end = End {
            ending: Ending::Ended(ExitStatus::default()),
            lasted: Duration::ZERO,
            left_behind: 0,
            read_stdin: false,
            closed_stdout: None,
            ends: Vec::new(),
        };
        let mut story = Story::new(Chapter::ProcessBasic);
        let lines = lines.iter().map(line).map(Output::Line);
        lines
            .chain([Output::End(end)])
            .for_each(|output| story.record(output));
        Finished {
            name: name.to_owned(),
            story,
        }
    }

    const NOTES: [&str; 4] = [
        "Parent process 1.",
        "Child process will start.",
        "Run child process test (2)...",
        "Child process end.",
    ];

    fn verdict(left: &[&str], right: &[&str]) -> (String, Outcome) {
        let programs = [program("notes.py", left), program("process-basic", right)];
        judge(80, &programs)
    }

    #[test]
    fn the_same_story() {
        let (words, outcome) = verdict(&NOTES, &NOTES);
        assert!(matches!(outcome, Outcome::Same));
        assert!(
            words.contains("notes.py and process-basic tell the same story."),
            "{words}"
        );
    }

    #[test]
    fn two_programs_changed_alike_agree() {
        let changed = [&NOTES[..], &["Goodbye 7."]].concat();
        let also_changed = [&NOTES[..], &["Goodbye 8."]].concat();
        let (words, outcome) = verdict(&changed, &also_changed);
        assert!(matches!(outcome, Outcome::Same));
        assert!(
            words.contains("The same story, though not the chapter's."),
            "{words}"
        );
    }

    #[test]
    fn two_programs_changed_differently_do_not() {
        let changed = [&NOTES[..], &["Goodbye."]].concat();
        let (words, outcome) = verdict(&changed, &NOTES);
        assert!(matches!(outcome, Outcome::Different(1)));
        assert!(
            words.contains("Not the same story: notes.py differs in 1 point."),
            "{words}"
        );
        let otherwise = [&NOTES[..], &["Farewell."]].concat();
        assert!(matches!(
            verdict(&changed, &otherwise).1,
            Outcome::Different(2)
        ));
    }
}
