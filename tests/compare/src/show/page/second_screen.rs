//! The second screen: what the programs printed, the lanes, and the verdict.

use compare::language::Language;
use compare::width::cut;
use compare::{Line, Transcript};
use maud::{Markup, html};
use unicode_width::UnicodeWidthStr;

use super::first_screen::{LETTER, WIDTH};
use super::{Colours, LONGEST_LINE, MOST_LINES, Shown, class_of, link, svg};
use crate::show::verdict::{Explanation, Kind, Paragraph, Verdict};

/// See the style: what a line of output has besides its name and its text, in
/// letters, and how high it is, in its size.
const BESIDES: usize = 9;
const LINE_HEIGHT: f64 = 1.34;

/// The height of the title and of what else is on the screen, in rem.
const REST: f64 = 6.5;

pub fn screen(
    title: &Markup,
    shown: &[Shown],
    colours: &Colours,
    verdict: (Verdict, &Explanation),
) -> Markup {
    html! {
        section.screen id="run" style=(size(shown, colours)) {
            (title)
            div.sides {
                @for (number, program) in shown.iter().enumerate() {
                    article {
                        h2 { (program.side.title) }
                        (output(number, program, colours))
                    }
                }
            }
            div.below {
                (svg::draw(shown, colours))
                (words(verdict))
            }
            p.peek data-hint="← the code. Point at a line: which line printed it?" {}
        }
    }
}

/// The size of the letters, with which the longest line just fits in its column,
/// and all lines in the room that the lanes leave.
fn size(shown: &[Shown], colours: &Colours) -> String {
    let transcripts = shown
        .iter()
        .map(|program| program.side.reading.transcript());
    let lines = |t: &Transcript| t.lines.len() + t.errors.len();
    let rows = transcripts.clone().map(lines).max().unwrap_or(0).max(1) as f64;
    let letters = |t: &Transcript| t.lines.iter().map(|line| line.text.width()).max();
    let longest = transcripts
        .filter_map(letters)
        .max()
        .unwrap_or(0)
        .clamp(30, 60);
    let columns = BESIDES + colours.longest_name() + longest;
    let by_width = WIDTH / (LETTER * columns as f64);
    let lanes = svg::height(shown) + REST;
    format!(
        "--names: {}ch; --size: max(15px, min({by_width:.2}vw, (100vh - {lanes:.2}rem) / {:.2}))",
        colours.longest_name() + 1,
        LINE_HEIGHT * rows
    )
}

/// The lines of stdout, which have an index, and those of stderr.
fn output(side: usize, program: &Shown, colours: &Colours) -> Markup {
    let transcript = program.side.reading.transcript();
    let lines = transcript.lines.iter().enumerate();
    let lines = lines.map(|(index, line)| (Some(index), line));
    let errors = transcript.errors.iter().map(|line| (None, line));
    let mut all: Vec<_> = lines.chain(errors).collect();
    all.sort_by_key(|(_, line)| line.at);
    html! {
        ol.output {
            @for &(index, printed) in all.iter().take(MOST_LINES) {
                (line(side, program, colours, index, printed))
            }
            @if all.len() > MOST_LINES {
                li { (all.len() - MOST_LINES) " more, not shown" }
            }
        }
    }
}

fn line(
    side: usize,
    program: &Shown,
    colours: &Colours,
    index: Option<usize>,
    printed: &Line,
) -> Markup {
    let at = format!("{:.2}", printed.at.as_secs_f64());
    let text = cut(&printed.text, LONGEST_LINE);
    let Some(index) = index else {
        return html! { li.error { time { (at) } b { "stderr" } span { (text) } } };
    };
    let role = program.side.reading.role_of_line(index);
    let origin = program.origin(&printed.text);
    let origin = origin.map(|line| link(side, line));
    html! {
        li.(colours.class(role)) id={ "o" (side) "-" (index) } data-link=[origin.as_ref()] {
            time { (at) }
            b { (role.unwrap_or_default()) }
            @match &origin {
                Some(origin) => a href={ "#s" (origin) } { (text) },
                None => span { (text) },
            }
        }
    }
}

/// The verdict: its first paragraph is the headline.
fn words((verdict, words): (Verdict, &Explanation)) -> Markup {
    let class = |kind: Kind| match kind {
        Kind::Statement | Kind::Detail => "words",
        Kind::Point(_) => "point",
        Kind::Cause => "cause",
    };
    html! {
        div.verdict {
            @for (number, Paragraph { kind, text }) in words.0.iter().enumerate() {
                @let text = text.to(Language::English);
                @match kind {
                    Kind::Statement if number == 0 => {
                        p.headline.(class_of(verdict)) { (text) }
                    }
                    Kind::Point(number) => p.point { (number) ". " (text) },
                    Kind::Cause => p.cause { "→ " (text) },
                    _ => p.(class(*kind)) { (text) },
                }
            }
        }
    }
}
