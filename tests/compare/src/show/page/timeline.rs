//! The timeline as a grid.

use compare::language::Text;
use maud::{Markup, html};

use super::{Page, class, sentences};
use crate::show::axis::Axis;
use crate::show::role;
use crate::show::timeline::{Row, Sign, TaskEnd, lanes, legend, note};

/// The columns of the grid, as in the style, and those that a letter takes.
const COLUMNS: usize = 80;
const LETTER: usize = 2;

pub fn draw(page: &Page) -> Markup {
    let axis = Axis::of(page.sides, COLUMNS, LETTER);
    let seconds = Text::new("seconds", "秒");
    html! {
        div.timeline {
            @for side in page.sides {
                h3 { (side.title) }
                @for lane in lanes(&side.story, page.chapter) {
                    @let role = lane.role.as_deref();
                    @for (number, row) in lane.rows(&axis).iter().enumerate() {
                        b.(class(role)) { @if number == 0 { (role::said(role, page.language)) } }
                        div.row.(class(role)) { (draw_row(row)) }
                    }
                }
            }
            span { (page.say(&seconds)) }
            div.row.axis {
                @for (column, time) in axis.ticks() {
                    span style=(place(column, column + 1)) { (time) }
                }
            }
            p.legend { (sentences(page.say(&legend(page.sides, page.chapter)))) }
            @if let Some(note) = note(page.sides) {
                p.legend { (page.say(&note)) }
            }
        }
    }
}

fn draw_row(row: &Row) -> Markup {
    html! {
        @if let Some(life) = &row.life {
            i.life style=(place(life.start, life.end + LETTER)) {}
        }
        @for (columns, sign) in &row.signs {
            @let place = place(columns.start, columns.end);
            @match sign {
                Sign::Mark(mark) => b style=(place) { (mark) },
                Sign::Task(number, TaskEnd::Told) => span.task style=(place) { (number) },
                Sign::Task(number, TaskEnd::Death) => span.task.died style=(place) { (number) },
                Sign::Task(number, TaskEnd::Unseen) => span.task.open style=(place) { (number) },
            }
        }
    }
}

fn place(from: usize, to: usize) -> String {
    format!("grid-column: {} / {}", from + 1, to + 1)
}
