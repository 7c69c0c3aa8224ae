//! The picture as SVG: a lane for each process or thread, on one time axis for
//! both programs.
//!
//! Every lane is a picture of its own, with places in hundredths of its width, so
//! that its text keeps its size on any screen.

use std::time::Duration;

use compare::Reading;
use compare::language::Language;
use compare::width::cut;
use maud::{Markup, html};

use super::{Colours, MOST_LINES, Shown};
use crate::show::axis::Axis;
use crate::show::lanes::{Bar, BarEnd, Lane, lanes, note};
use crate::show::side::Side;

/// At most so many times stand on the axis.
const TICKS: usize = 8;

/// So many letters of a line are told at its tick.
const LONGEST_TITLE: usize = 40;

/// Marks are at least so many hundredths of the width apart.
const BETWEEN_MARKS: f64 = 1.6;

pub fn draw(shown: &[Shown], colours: &Colours) -> Markup {
    let sides: Vec<&Side> = shown.iter().map(|program| program.side).collect();
    let axis = Axis::of(sides.iter().copied());
    html! {
        div.lanes {
            @for side in &sides {
                h3 { (side.title) }
                @for lane in lanes(&side.reading) {
                    (rows(&axis, side, &lane, colours))
                }
            }
            div.lane.axis { span { "seconds" } (draw_axis(&axis)) }
            @if let Some(side) = sides.first() {
                p.legend { (legend_of_page(side)) }
            }
            @if let Some(note) = note_on(shown) {
                p.legend { (note) }
            }
        }
    }
}

/// How high they are, in rem; see the style.
pub fn height(shown: &[Shown]) -> f64 {
    let height = |lane: Lane| match lane.bars.is_empty() {
        true => 1.2,
        false => 1.5 * lane.rows().len() as f64,
    };
    let lanes = shown
        .iter()
        .flat_map(|program| lanes(&program.side.reading));
    let note = if note_on(shown).is_some() { 1.3 } else { 0.0 };
    2.8 + note + 1.25 * shown.len() as f64 + lanes.map(height).sum::<f64>()
}

fn note_on(shown: &[Shown]) -> Option<String> {
    note(shown.iter().map(|program| &program.side.reading))
}

fn legend_of_page(side: &Side) -> String {
    match &side.reading {
        Reading::ByRules(story) => format!(
            "{}. A tick is a line.",
            story.rules().legend.to(Language::English)
        ),
        Reading::WithoutRules(_) => {
            "A tick is a line, in the lane of its process or thread.".to_owned()
        }
    }
}

/// In hundredths of the width; some room is left at the right.
fn place(axis: &Axis, at: Duration) -> f64 {
    axis.part(at) * 94.0
}

fn draw_axis(axis: &Axis) -> Markup {
    html! {
        svg {
            line x1="0" y1="0.1em" x2="100%" y2="0.1em" {}
            @for (at, time) in axis.ticks(TICKS) {
                @let x = percent(place(axis, at));
                line x1=(x) y1="0.1em" x2=(x) y2="0.5em" {}
                text x=(x) y="1.5em" { (time.trim_end_matches(" s")) }
            }
        }
    }
}

fn rows(axis: &Axis, side: &Side, lane: &Lane, colours: &Colours) -> Markup {
    let class = colours.class(Some(&lane.name));
    html! {
        @for (row, bars) in lane.rows().iter().enumerate() {
            div.lane.flat[bars.is_empty()].(class) {
                span { @if row == 0 { (lane.name) } }
                svg {
                    @if bars.is_empty() {
                        (life(axis, lane)) (ticks_of_lines(axis, side, lane)) (marks(axis, lane))
                    } @else {
                        (draw_bars(axis, bars))
                    }
                }
            }
        }
    }
}

fn life(axis: &Axis, lane: &Lane) -> Markup {
    html! {
        @if let Some((from, to)) = lane.life {
            line x1=(percent(place(axis, from))) y1="0.6em" x2=(percent(place(axis, to))) y2="0.6em" {}
        }
    }
}

/// One for each line of this lane's.
fn ticks_of_lines(axis: &Axis, side: &Side, lane: &Lane) -> Markup {
    let lines = side.reading.transcript().lines.iter().enumerate();
    let lines = lines.take(MOST_LINES);
    let own = lines.filter(|(index, _)| {
        let role = side.reading.role_of_line(*index);
        role.map_or(lane.life.is_none(), |role| role == lane.name)
    });
    html! {
        @for (_, line) in own {
            @let x = percent(place(axis, line.at));
            line x1=(x) y1="0.2em" x2=(x) y2="1em" { title { (cut(&line.text, LONGEST_TITLE)) } }
        }
    }
}

fn marks(axis: &Axis, lane: &Lane) -> Markup {
    let mut free = 0.0;
    // Marks that would cover each other stand side by side.
    let places = lane.marks.iter().map(|&(at, mark)| {
        let place = place(axis, at).max(free);
        free = place + BETWEEN_MARKS;
        (place, mark)
    });
    html! {
        @for (place, mark) in places.filter(|(_, mark)| *mark != '•') {
            text.mark x=(percent(place)) y="0.95em" { (mark) }
        }
    }
}

fn draw_bars(axis: &Axis, bars: &[&Bar]) -> Markup {
    let mut free = 0.0;
    // A number that has no room in its bar stands behind it, and beside others.
    let numbers = bars.iter().map(|bar| {
        let place = place(axis, bar.from).max(free);
        free = place + BETWEEN_MARKS * bar.task.to_string().len() as f64;
        (place, bar.task)
    });
    html! {
        @for bar in bars { (draw_bar(axis, bar)) }
        @for (place, task) in numbers {
            text.number x=(percent(place)) dx="0.3em" y="1.15em" { (task) }
        }
    }
}

fn draw_bar(axis: &Axis, bar: &Bar) -> Markup {
    let (from, to) = (place(axis, bar.from), place(axis, bar.to));
    let (class, what) = match bar.end {
        BarEnd::Line => ("done", format!("task {} ran", bar.task)),
        BarEnd::Death => ("cut", format!("task {}: its worker died", bar.task)),
        BarEnd::Unseen => ("open", format!("task {}: no line of its end", bar.task)),
    };
    html! {
        rect.(class) x=(percent(from)) y="0.1em" width=(percent(to - from)) height="1.35em" rx="3" {
            title { (what) }
        }
        @if bar.end == BarEnd::Death {
            text.end x=(percent(to)) dx="0.2em" y="1.15em" { "✗" }
        }
    }
}

fn percent(place: f64) -> String {
    format!("{place:.2}%")
}
