//! The second screen: what the programs printed, the timeline, and the verdict.

use compare::Line;
use compare::language::Text;
use compare::text;
use compare::width::cut;
use maud::{Markup, html};

use super::{Page, Shown, class, class_of, link, sentences, timeline};
use crate::show::verdict::{Explanation, Kind, Paragraph, Verdict};

/// So many lines of what a program printed are shown.
const MOST_LINES: usize = 100;

/// So many letters of such a line are shown.
const LONGEST_LINE: usize = 160;

pub fn screen(page: &Page, heading: &Markup, verdict: Verdict, words: &Explanation) -> Markup {
    let hint = Text::new(
        "Press ← to see the code. Point at a line to see which one printed it.",
        "按 ← 键看代码。把鼠标移到一行上，看它是由哪一行打印的。",
    );
    html! {
        section.screen id="run" {
            (heading)
            div.sides {
                @for (number, program) in page.shown.iter().enumerate() {
                    article {
                        h2 { (program.side.title) }
                        (output(page, number, program))
                    }
                }
            }
            div.below {
                (timeline::draw(page))
                div.verdict { (paragraphs(page, verdict, words)) }
            }
            p.foot { span.peek data-hint=(page.say(&hint)) {} }
        }
    }
}

/// The lines of stdout, which have an index, and those of stderr.
fn output(page: &Page, side: usize, program: &Shown) -> Markup {
    let transcript = &program.side.story.transcript;
    let lines = transcript.lines.iter().enumerate();
    let lines = lines.map(|(index, line)| (Some(index), line));
    let errors = transcript.errors.iter().map(|line| (None, line));
    let mut all: Vec<_> = lines.chain(errors).collect();
    all.sort_by_key(|(_, line)| line.at);
    let more = all.len().saturating_sub(MOST_LINES);
    html! {
        ol.output {
            @for &(index, printed) in all.iter().take(MOST_LINES) {
                (line(page, side, program, index, printed))
            }
            @if more > 0 {
                li.more { (page.say(&text!("{more} more, not shown", "还有 {more} 行，没有显示"))) }
            }
        }
    }
}

fn line(page: &Page, side: usize, program: &Shown, index: Option<usize>, printed: &Line) -> Markup {
    let at = format!("{:.2}", printed.at.as_secs_f64());
    let text = cut(&printed.text, LONGEST_LINE);
    let Some(index) = index else {
        return html! {
            li.error { time { (at) } b { "stderr" } span lang="" { (text) } }
        };
    };
    let role = program.side.story.role_of_line(index);
    let origin = program.origins[index].map(|line| link(side, line));
    html! {
        li.(class(role)) id={ "o" (side) "-" (index) } data-link=[origin.as_ref()] {
            time { (at) }
            @if role.is_some() { (page.role(role)) } @else { b {} }
            @match &origin {
                Some(origin) => a href={ "#s" (origin) } lang="" { (text) },
                None => span lang="" { (text) },
            }
        }
    }
}

/// The verdict: its first paragraph is the headline.
fn paragraphs(page: &Page, verdict: Verdict, words: &Explanation) -> Markup {
    html! {
        @for (number, Paragraph { kind, text }) in words.0.iter().enumerate() {
            @let text = sentences(page.say(text));
            @match kind {
                _ if number == 0 => p.headline.(class_of(verdict)) { (text) },
                Kind::Point(number) => p.point { (number) ". " (text) },
                Kind::Cause => p.cause { "→ " (text) },
                Kind::Statement | Kind::Detail => p { (text) },
            }
        }
    }
}
