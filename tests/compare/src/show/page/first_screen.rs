//! The first screen: the programs' text beside each other.

use maud::{Markup, html};

use super::{Colours, Shown, link};

/// Of a screen of 1280 x 720, the height that the text has, in px.
const HEIGHT: f64 = 624.0;

/// Of a screen's width, what one side has, in hundredths.
pub const WIDTH: f64 = 47.7;

/// The width of a letter of a fixed-width font, in its size; fonts differ.
pub const LETTER: f64 = 0.603;

/// The height of an empty line, in the size of the letters; see the style.
const EMPTY_LINE: f64 = 0.6;

/// How many letters the number of a line takes.
const NUMBER: f64 = 3.5;

/// Letters are never smaller than this, in px.
const SMALLEST: f64 = 15.0;

pub fn screen(title: &Markup, shown: &[Shown], colours: &Colours) -> Markup {
    html! {
        section.screen id="code" style=(size(shown)) {
            (title)
            div.sides {
                @for (number, program) in shown.iter().enumerate() {
                    article {
                        h2 { (program.side.title) }
                        @if program.source.is_empty() {
                            p { "Its text is not shown." }
                        } @else {
                            ol.source { (lines(number, program, colours)) }
                        }
                    }
                }
            }
            p.peek data-hint="→ the run. Point at a line: what has it printed?" {}
        }
    }
}

fn lines(side: usize, program: &Shown, colours: &Colours) -> Markup {
    html! {
        @for (number, line) in program.source.lines().enumerate() {
            @let origin = program.first_alike(number);
            @let printed = origin.map_or(Vec::new(), |origin| program.printed_by(origin));
            @match (origin, printed.first()) {
                (Some(origin), Some(first)) => {
                    li.(colour(&printed, program, colours))
                        id={ "s" (link(side, number)) } data-link=(link(side, origin)) {
                        a href={ "#o" (side) "-" (first) } { (line) }
                    }
                }
                _ => li.empty[line.is_empty()] { (line) },
            }
        }
    }
}

/// The colour of the one process or thread that printed all these lines.
fn colour(printed: &[usize], program: &Shown, colours: &Colours) -> String {
    let mut roles = printed
        .iter()
        .map(|&line| program.side.reading.role_of_line(line));
    let first = roles.next().flatten();
    colours.class(first.filter(|_| roles.all(|role| role == first)))
}

/// The size of the letters, with which the longest line and the longest program
/// just fit. A comment may take two lines.
fn size(shown: &[Shown]) -> String {
    let is_code = |line: &&str| !line.starts_with("//") && !line.starts_with('#');
    let code = |program: &Shown| -> usize {
        let lines = program.source.lines().filter(is_code);
        lines.map(|line| line.chars().count()).max().unwrap_or(0)
    };
    let columns = shown.iter().map(code).max().unwrap_or(0).clamp(40, 80);
    let height = |line: &str| match line.chars().count() {
        0 => EMPTY_LINE,
        length => length.div_ceil(columns) as f64,
    };
    let rows = |program: &Shown| -> f64 { program.source.lines().map(height).sum() };
    let rows = shown.iter().map(rows).fold(1.0, f64::max);
    // Many lines stand closer to each other before they leave the screen.
    let line_height = (HEIGHT / SMALLEST / rows).clamp(1.18, 1.35);
    let by_width = WIDTH / (LETTER * (columns as f64 + NUMBER));
    let by_height = HEIGHT / 7.2 / (line_height * rows);
    format!(
        "--line: {line_height:.2}; --size: max({SMALLEST}px, min({by_width:.2}vw, {by_height:.2}vh))"
    )
}
