//! The timeline as SVG: a lane for each process or thread, on one axis for both
//! programs.
//!
//! Every lane is a picture of its own, with places in hundredths of its width, so
//! that its text keeps its size on any screen.

use std::time::Duration;

use compare::language::Text;
use compare::text;
use compare::width::cut;
use maud::{Markup, html};

use super::{MOST_LINES, Page, class, sentences};
use crate::show::axis::Axis;
use crate::show::role;
use crate::show::side::Side;
use crate::show::timeline::{Bar, BarEnd, LINE, Lane, lanes, legend, note};

/// At most so many times stand on the axis.
const TICKS: usize = 8;

/// So many letters of a line are told at its dot.
const LONGEST_TITLE: usize = 40;

/// What a mark or a digit takes, in hundredths of the width.
const MARK: f64 = 3.0;

pub fn draw(page: &Page) -> Markup {
    let axis = Axis::of(page.sides);
    let seconds = Text::new("seconds", "秒");
    html! {
        div.lanes {
            @for side in page.sides {
                h3 { (side.title) }
                @for lane in lanes(&side.story, page.chapter) {
                    (rows(page, &axis, side, &lane))
                }
            }
            div.lane.axis { span { (page.say(&seconds)) } (draw_axis(&axis)) }
            p.legend { (sentences(page.say(&legend(page.sides, page.chapter)))) }
            @if let Some(note) = note(page.sides) {
                p.legend { (page.say(&note)) }
            }
        }
    }
}

/// In hundredths of the width; some room is left at the right.
fn place(axis: &Axis, at: Duration) -> f64 {
    axis.part(at) * 94.0
}

fn percent(place: f64) -> String {
    format!("{place:.2}%")
}

fn draw_axis(axis: &Axis) -> Markup {
    html! {
        svg {
            line x1="0" y1="0.1em" x2="100%" y2="0.1em" {}
            @for (at, time) in axis.ticks(TICKS) {
                @let x = percent(place(axis, at));
                line x1=(x) y1="0.1em" x2=(x) y2="0.5em" {}
                text x=(x) y="1.4em" { (time.trim_end_matches(" s")) }
            }
        }
    }
}

fn rows(page: &Page, axis: &Axis, side: &Side, lane: &Lane) -> Markup {
    let role = lane.role.as_deref();
    html! {
        @for (row, bars) in lane.rows().iter().enumerate() {
            div.lane.flat[bars.is_empty()].(class(role)) {
                span { @if row == 0 { (role::said(role, page.language)) } }
                svg {
                    @if bars.is_empty() {
                        (life(axis, lane)) (dots(axis, side, lane)) (marks(axis, lane))
                    } @else {
                        @for bar in bars { (draw_bar(page, axis, bar)) }
                        (numbers(axis, bars))
                    }
                }
            }
        }
    }
}

fn life(axis: &Axis, lane: &Lane) -> Markup {
    html! {
        @if let Some((from, to)) = lane.life {
            @let (from, to) = (percent(place(axis, from)), percent(place(axis, to)));
            line x1=(from) y1="0.6em" x2=(to) y2="0.6em" {}
            line x1=(to) y1="0.3em" x2=(to) y2="0.9em" {}
        }
    }
}

/// One for each line of this lane's that has no other mark.
fn dots(axis: &Axis, side: &Side, lane: &Lane) -> Markup {
    let text = |line: usize| cut(&side.story.transcript.lines[line].text, LONGEST_TITLE);
    let dots = lane.lines.iter().filter(|(_, _, mark)| *mark == LINE);
    html! {
        @for &(at, line, _) in dots.take(MOST_LINES) {
            circle cx=(percent(place(axis, at))) cy="0.6em" r="0.24em" { title { (text(line)) } }
        }
    }
}

/// Marks that would cover each other are one text, from the place of the first.
fn marks(axis: &Axis, lane: &Lane) -> Markup {
    let mut texts: Vec<(f64, String)> = Vec::new();
    for &(at, _, mark) in lane.lines.iter().filter(|(_, _, mark)| *mark != LINE) {
        let place = place(axis, at);
        match texts.last_mut() {
            Some((first, text)) if place < *first + MARK * text.chars().count() as f64 => {
                text.push(mark);
            }
            _ => texts.push((place, mark.to_string())),
        }
    }
    html! {
        @for (place, text) in texts {
            text.mark x=(percent(place)) y="0.95em" { (text) }
        }
    }
}

fn draw_bar(page: &Page, axis: &Axis, bar: &Bar) -> Markup {
    let (from, to) = (place(axis, bar.from), place(axis, bar.to));
    let task = bar.task;
    let (class, what, end) = match bar.end {
        BarEnd::Line(_) => ("done", text!("task {task} ran", "任务 {task} 运行"), ""),
        BarEnd::Death => (
            "cut",
            text!(
                "task {task}: its worker died",
                "任务 {task}：它的工作进程死了"
            ),
            "✗",
        ),
        BarEnd::Unseen => (
            "open",
            text!(
                "task {task}: no line of its end",
                "任务 {task}：没有打印结束的那一行"
            ),
            "…",
        ),
    };
    html! {
        rect.(class) x=(percent(from)) y="0.1em" width=(percent(to - from)) height="1.35em" rx="3" {
            title { (page.say(&what)) }
        }
        text.end x=(percent(to)) dx="0.1em" y="1.1em" { (end) }
    }
}

/// A number that has no room in its bar stands behind it, and beside others.
fn numbers(axis: &Axis, bars: &[&Bar]) -> Markup {
    let mut free = 0.0;
    let numbers = bars.iter().map(|bar| {
        let place = place(axis, bar.from).max(free);
        // A space follows.
        free = place + MARK * (bar.task.to_string().len() + 1) as f64 / 1.5;
        (place, bar.task)
    });
    html! {
        @for (place, task) in numbers {
            text.number x=(percent(place)) dx="0.3em" y="1.1em" { (task) }
        }
    }
}
