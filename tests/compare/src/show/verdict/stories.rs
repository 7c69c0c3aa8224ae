//! The verdict by a chapter's rules.

use compare::language::Text;
use compare::two_programs::{Named, compare};
use compare::{Difference, Ending, check, rules, text};

use super::{Explanation, Verdict};

/// The verdict on the notes (when they could be run) and the other program.
pub fn judge(words: &mut Explanation, programs: &[Named]) -> Verdict {
    let differences: Vec<_> = programs.iter().map(|(_, story)| check(story)).collect();
    let points = differences.iter().map(Vec::len).sum();
    if programs.len() == 1 {
        words.say(Text::new(
            "There is no python3 here to run notes.py, so only the chapter's rules were checked.",
            "这里没有 python3，不能运行 notes.py，所以只检查了这一章的规则。",
        ));
    }
    let verdict = if points == 0 {
        same(words, programs);
        Verdict::Same
    } else if changed_alike(programs, &differences) {
        words.say(Text::new(
            "The same story, though not the chapter's. Both differ from it:",
            "两个程序的执行过程彼此一致，但都和这一章不同：",
        ));
        words.list(&differences[0]);
        Verdict::Same
    } else {
        for ((name, _), differences) in programs.iter().zip(&differences) {
            if !differences.is_empty() {
                words.differ(Some(name), differences);
            }
        }
        if let [notes, other] = differences.as_slice()
            && other.is_empty()
            && !notes.is_empty()
            && programs[0].1.transcript.succeeded()
        {
            words.say(Text::new(
                "Only notes.py differs. If you have changed it, change the Rust program alike. If \
                 not, the machine was probably too busy: compare again.",
                "只有 notes.py 与这一章不一致。如果改过它，请对 Rust 程序也作同样的修改；如果没有改过，那多半是机器太忙：请再比较一次。",
            ));
        }
        Verdict::Different(points)
    };
    for (name, story) in programs {
        let transcript = &story.transcript;
        if !transcript.errors.is_empty() && transcript.succeeded() {
            words.say(text!(
                "Note: {name} also printed to stderr (the lines marked `!`).",
                "另外，{name} 在 stderr 上也打印了内容（标有 `!` 的行）。"
            ));
        }
    }
    verdict
}

/// Whether two programs differ from the chapter, but not from each other:
/// somebody has changed both, and wants to know whether they still agree.
fn changed_alike(programs: &[Named], differences: &[Vec<Difference>]) -> bool {
    let (&[one, other], [points, other_points]) = (programs, differences) else {
        return false;
    };
    let causes = |points: &[Difference]| -> Vec<Option<Text>> {
        points.iter().map(|point| point.cause.clone()).collect()
    };
    let was_stopped = one.1.transcript.ending() == Some(Ending::Stopped);
    let alike = causes(points) == causes(other_points) && !was_stopped;
    alike && compare([one, other]).differences.is_empty()
}

fn same(words: &mut Explanation, programs: &[Named]) {
    match programs {
        [(left, _), (right, _)] => words.same([left, right]),
        _ => words.say(Text::new(
            "It is the chapter's story.",
            "执行过程与这一章一致。",
        )),
    }
    let checked: Vec<_> = programs
        .iter()
        .map(|(_, story)| rules::checked(story))
        .collect();
    let alike = checked.windows(2).all(|two| two[0] == two[1]);
    for ((name, _), checked) in programs.iter().zip(&checked) {
        if alike {
            return words.detail(Text::new("Checked:", "已检查：").then(checked));
        }
        words.detail(text!("Checked in {name}:", "{name} 已检查：").then(checked));
    }
}

#[cfg(test)]
mod tests {
    use compare::language::Language;
    use compare::{Chapter, End, Line, Output, Story};

    use super::*;

    /// A program that printed these lines.
    fn program(lines: &[&str]) -> Story {
        let line = |text: &&str| Line {
            text: text.to_string(),
            ..Line::default()
        };
        let mut story = Story::new(Chapter::ProcessBasic);
        let lines = lines.iter().map(line).map(Output::Line);
        let outputs = lines.chain([Output::End(End::default())]);
        outputs.for_each(|output| story.record(output));
        story
    }

    const NOTES: [&str; 4] = [
        "Parent process 1.",
        "Child process will start.",
        "Run child process test (2)...",
        "Child process end.",
    ];

    fn judged(left: &[&str], right: &[&str]) -> (Verdict, String) {
        let (left, right) = (program(left), program(right));
        let mut words = Explanation::default();
        let verdict = judge(
            &mut words,
            &[("notes.py", &left), ("process-basic", &right)],
        );
        (verdict, words.wrapped(Language::English, 80))
    }

    #[test]
    fn two_programs_changed_alike_agree() {
        let with = |line| [&NOTES[..], &[line]].concat();
        let (verdict, words) = judged(&with("Goodbye 7."), &with("Goodbye 8."));
        assert!(matches!(verdict, Verdict::Same), "{words}");
        assert!(words.contains("though not the chapter's."), "{words}");
        let (verdict, words) = judged(&with("Goodbye."), &with("Farewell."));
        assert!(matches!(verdict, Verdict::Different(2)), "{words}");
    }

    #[test]
    fn what_only_the_notes_differ_in_is_no_fault_of_the_other() {
        let (verdict, words) = judged(&NOTES[..3], &NOTES);
        assert!(matches!(verdict, Verdict::Different(1)), "{words}");
        assert!(words.contains("Only notes.py differs."), "{words}");
    }
}
