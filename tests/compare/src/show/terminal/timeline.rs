//! The timeline in characters: a lane for each process or thread, on one axis for
//! both programs.

use std::time::Duration;

use compare::Chapter;
use compare::language::Text;
use compare::width::{cut, folded, padded};
use unicode_width::UnicodeWidthStr;

use crate::show::axis::Axis;
use crate::show::role;
use crate::show::side::Side;
use crate::show::terminal::Screen;
use crate::show::timeline::{Bar, BarEnd, Lane, lanes, legend, note};

/// How wide the names of the lanes are.
const NAMES: usize = 17;

/// Ticks of the axis are at least so many columns apart.
const BETWEEN_TICKS: usize = 8;

/// Draws what the programs did, with the marks of this chapter.
pub fn draw(screen: &Screen, sides: &[Side], chapter: Option<Chapter>) -> String {
    let scale = Scale {
        axis: Axis::of(sides),
        columns: screen.width - NAMES,
    };
    let drawn: Vec<_> = sides
        .iter()
        .map(|side| (side, lanes(&side.story, chapter)))
        .collect();
    let folded = |text: &Text| {
        let lines = folded(text.to(screen.language), screen.width, ["", "  "]);
        lines.join("\n") + "\n"
    };
    if drawn.iter().all(|(_, lanes)| lanes.is_empty()) {
        return "\n".to_owned()
            + &folded(&Text::new(
                "No line came: there is nothing to draw.",
                "没有输出，没有什么可画的。",
            ));
    }
    let mut timeline = format!("\n{}{}", folded(&legend(sides, chapter)), scale.draw());
    for (side, lanes) in drawn {
        timeline += &format!("{}\n", cut(&side.title, screen.width));
        lanes
            .iter()
            .for_each(|lane| timeline += &draw_lane(screen, &scale, lane));
    }
    timeline + &note(sides).map(|note| folded(&note)).unwrap_or_default()
}

fn draw_lane(screen: &Screen, scale: &Scale, lane: &Lane) -> String {
    let mut name = role::said(lane.role.as_deref(), screen.language);
    let mut drawn = String::new();
    for bars in lane.rows() {
        let name = padded(
            &format!("  {}", cut(&std::mem::take(&mut name), NAMES - 3)),
            NAMES,
        );
        let row = name + &draw_row(scale, lane, &bars);
        drawn += &screen.styled(role::style(lane.role.as_deref()), &row);
        drawn += "\n";
    }
    drawn
}

/// The columns that the axis takes.
struct Scale {
    axis: Axis,
    columns: usize,
}

impl Scale {
    fn column(&self, at: Duration) -> usize {
        (self.axis.part(at) * (self.columns - 1) as f64).round() as usize
    }

    /// The times, and a line with a tick for each.
    fn draw(&self) -> String {
        let (mut times, mut ticks) = (String::new(), Canvas::new(self.columns));
        ticks.fill(0, self.columns, '─');
        for (at, time) in self.axis.ticks(self.columns / BETWEEN_TICKS) {
            let column = self.column(at);
            if times.width() <= column && column + time.width() <= self.columns {
                times = padded(&times, column) + &time;
            }
            ticks.put(column, '┬');
        }
        let names = " ".repeat(NAMES);
        format!("{names}{times}\n{names}{}\n", ticks.text())
    }
}

fn draw_row(scale: &Scale, lane: &Lane, bars: &[&Bar]) -> String {
    let mut canvas = Canvas::new(scale.columns);
    if bars.is_empty() {
        draw_life(scale, lane, &mut canvas);
    }
    let mut free = 0;
    for bar in bars {
        let width = format!("[{}]", bar.task).len();
        let from = scale.column(bar.from).max(free);
        // The axis has room for the last one, too.
        let from = from.min(scale.columns.saturating_sub(width));
        free = scale.column(bar.to).clamp(from + width, scale.columns);
        draw_bar(&mut canvas, from, free, bar);
    }
    canvas.text()
}

/// A bar has room for its number and both its ends, however short its task was.
fn draw_bar(canvas: &mut Canvas, from: usize, to: usize, bar: &Bar) {
    canvas.fill(from, to, '═');
    canvas.write(from, &format!("[{}", bar.task));
    let end = match bar.end {
        BarEnd::Line(_) => ']',
        BarEnd::Death => '✗',
        BarEnd::Unseen => '…',
    };
    canvas.put(to - 1, end);
}

fn draw_life(scale: &Scale, lane: &Lane, canvas: &mut Canvas) {
    if let Some((from, to)) = lane.life {
        let (from, to) = (scale.column(from), scale.column(to));
        canvas.fill(from, to, '─');
        canvas.put(to, '┤');
    }
    let mut free = 0;
    for (number, &(at, _, mark)) in lane.lines.iter().enumerate() {
        // Marks that would cover each other stand side by side, the last one on the axis.
        let last = scale.columns.saturating_sub(lane.lines.len() - number);
        let column = scale.column(at).max(free).min(last);
        canvas.put(column, mark);
        free = column + 1;
    }
}
/// A line of characters that can be written in any order.
struct Canvas {
    characters: Vec<char>,
}

impl Canvas {
    fn new(columns: usize) -> Canvas {
        Canvas {
            characters: vec![' '; columns],
        }
    }

    /// What does not fit is left out.
    fn put(&mut self, column: usize, character: char) {
        if let Some(place) = self.characters.get_mut(column) {
            *place = character;
        }
    }

    fn fill(&mut self, from: usize, to: usize, character: char) {
        (from..to).for_each(|column| self.put(column, character));
    }

    fn write(&mut self, from: usize, text: &str) {
        text.chars()
            .enumerate()
            .for_each(|(i, c)| self.put(from + i, c));
    }

    fn text(&self) -> String {
        let text: String = self.characters.iter().collect();
        text.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lane of 20 columns and 20 seconds, with these tasks: from, to, end.
    fn drawn(tasks: &[(u64, u64, BarEnd)]) -> String {
        let end = Duration::from_secs(20);
        let scale = Scale {
            axis: Axis { end },
            columns: 21,
        };
        let bar = |(task, &(from, to, end)): (usize, &(u64, u64, BarEnd))| Bar {
            from: Duration::from_secs(from),
            to: Duration::from_secs(to),
            end,
            task,
        };
        let lane = Lane {
            bars: tasks.iter().enumerate().map(bar).collect(),
            ..Lane::default()
        };
        draw_row(&scale, &lane, &lane.rows()[0])
    }

    #[test]
    fn each_of_the_last_lines_has_its_mark() {
        let end = Duration::from_secs(20);
        let scale = Scale {
            axis: Axis { end },
            columns: 21,
        };
        let mut lane = Lane {
            life: Some((Duration::ZERO, end)),
            ..Lane::default()
        };
        for (second, mark) in [(0, 'A'), (1, 'B'), (20, 'C'), (20, 'D')] {
            lane.lines.push((Duration::from_secs(second), 0, mark));
        }
        assert_eq!(draw_row(&scale, &lane, &[]), "AB─────────────────CD");
    }

    #[test]
    fn every_bar_has_one_form() {
        let [line, death, unseen] = [BarEnd::Line(1), BarEnd::Death, BarEnd::Unseen];
        let long = drawn(&[(0, 6, line), (7, 11, death), (12, 18, unseen)]);
        assert_eq!(long, "[0═══] [1═✗ [2═══…");
        let short = drawn(&[(0, 0, line), (1, 2, death), (8, 9, unseen), (20, 20, line)]);
        assert_eq!(short, "[0][1✗  [2…       [3]");
    }
}
