//! The picture: a lane for each process or thread, on one time axis for both
//! programs.

use std::time::Duration;

use compare::words::cut;

use crate::show::lanes::{Bar, BarEnd, Lane, lanes, legend};
use crate::show::screen::{Screen, role_style};
use crate::show::side::Side;
use crate::show::text::{padded, width};

/// How wide the names of the lanes are.
const NAMES: usize = 14;

/// Ticks of the axis are at least so many columns apart.
const BETWEEN_TICKS: usize = 8;

/// Draws what the programs did.
pub fn draw(screen: &Screen, sides: &[Side]) -> String {
    let axis = Axis {
        columns: screen.width - NAMES,
        end: end_of_axis(&sides.iter().collect::<Vec<_>>()),
    };
    let drawn: Vec<_> = sides.iter().map(|side| (side, lanes(side))).collect();
    let Some((first, _)) = drawn.iter().find(|(_, lanes)| !lanes.is_empty()) else {
        return "\nNo line came that belongs here: there is nothing to draw.\n".to_owned();
    };
    let mut picture = format!("\n{}", axis.draw(legend(first)));
    for (side, lanes) in drawn {
        picture += &format!("{}\n", cut(&side.title, screen.width));
        for lane in lanes {
            let name_of_lane = cut(&lane.name, NAMES - 3);
            for (row, line) in draw_lane(&axis, &lane).into_iter().enumerate() {
                let name = if row == 0 { name_of_lane.as_str() } else { "" };
                let line = format!("{}{line}", padded(&format!("  {name}"), NAMES));
                picture += &format!("{}\n", screen.styled(role_style(&lane.name), &line));
            }
        }
    }
    picture
}

/// When the last of the programs ended.
pub fn end_of_axis(sides: &[&Side]) -> Duration {
    let ends = sides.iter().map(|side| {
        let transcript = side.reading.transcript();
        let line = transcript.lines.last().map(|line| line.at);
        line.max(transcript.end.as_ref().map(|end| end.lasted))
    });
    ends.max().flatten().unwrap_or_default()
}

/// From the start of the programs to the end of the last.
struct Axis {
    columns: usize,
    end: Duration,
}

impl Axis {
    fn column(&self, at: Duration) -> usize {
        let end = self.end.as_secs_f64().max(1e-6);
        let part = (at.as_secs_f64() / end).min(1.0);
        (part * (self.columns - 1) as f64).round() as usize
    }

    /// The times, and a line with a tick for each.
    fn draw(&self, legend: &str) -> String {
        let (mut times, mut ticks) = (String::new(), Canvas::new(self.columns));
        ticks.fill(0, self.columns, '─');
        for (at, time) in self.ticks() {
            let column = self.column(at);
            if width(&times) <= column && column + width(&time) <= self.columns {
                times = padded(&times, column) + &time;
            }
            ticks.put(column, '┬');
        }
        let names = " ".repeat(NAMES);
        format!("{names}{legend}\n{names}{times}\n{names}{}\n", ticks.text())
    }

    /// Round times, not too close to each other.
    fn ticks(&self) -> Vec<(Duration, String)> {
        ticks(self.end, self.columns / BETWEEN_TICKS)
    }
}

/// At most so many round times, from zero to the end.
pub fn ticks(end: Duration, most: usize) -> Vec<(Duration, String)> {
    let end = end.as_secs_f64().max(1e-6);
    let closest = end / most as f64;
    let magnitude = 10_f64.powf(closest.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * magnitude);
    let step = steps
        .into_iter()
        .find(|&step| step >= closest)
        .unwrap_or(end);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let count = (end / step) as usize;
    let tick = |n: usize| {
        let seconds = n as f64 * step;
        let unit = if n == 0 { " s" } else { "" };
        (
            Duration::from_secs_f64(seconds),
            format!("{seconds:.decimals$}{unit}"),
        )
    };
    (0..=count).map(tick).collect()
}

/// The lane's rows: tasks that ran at the same time in one process take a row
/// each.
fn draw_lane(axis: &Axis, lane: &Lane) -> Vec<String> {
    let mut rows = rows_of_bars(&lane.bars);
    if rows.is_empty() {
        rows.push(Vec::new());
    }
    let rows = rows.into_iter();
    rows.map(|bars| draw_row(axis, lane, &bars)).collect()
}

/// The bars in as few rows as they need.
pub fn rows_of_bars(bars: &[Bar]) -> Vec<Vec<Bar>> {
    let mut rows: Vec<Vec<Bar>> = Vec::new();
    for bar in bars {
        let free = |row: &&mut Vec<Bar>| row.last().is_none_or(|last| last.to <= bar.from);
        match rows.iter_mut().find(free) {
            Some(row) => row.push(bar.clone()),
            None => rows.push(vec![bar.clone()]),
        }
    }
    rows
}

fn draw_row(axis: &Axis, lane: &Lane, bars: &[Bar]) -> String {
    let mut canvas = Canvas::new(axis.columns);
    if bars.is_empty() {
        draw_life(axis, lane, &mut canvas);
    }
    let mut free = 0;
    for bar in bars {
        let width = format!("[{}]", bar.task).len();
        let from = axis.column(bar.from).max(free);
        // The axis has room for the last one, too.
        let from = from.min(axis.columns.saturating_sub(width));
        free = axis.column(bar.to).clamp(from + width, axis.columns);
        draw_bar(&mut canvas, from, free, bar);
    }
    canvas.text()
}

/// A bar has room for its number and both its ends, however short its task was.
fn draw_bar(canvas: &mut Canvas, from: usize, to: usize, bar: &Bar) {
    canvas.fill(from, to, '═');
    canvas.write(from, &format!("[{}", bar.task));
    let end = match bar.end {
        BarEnd::Line => ']',
        BarEnd::Death => '✗',
        BarEnd::Unseen => '…',
    };
    canvas.put(to - 1, end);
}

fn draw_life(axis: &Axis, lane: &Lane, canvas: &mut Canvas) {
    if let Some((from, to)) = lane.life {
        let (from, to) = (axis.column(from), axis.column(to));
        canvas.fill(from, to + 1, '─');
        canvas.put(from, '├');
        canvas.put(to, if from == to { '│' } else { '┤' });
    }
    let mut free = 0;
    for &(at, mark) in &lane.marks {
        // Marks that would cover each other stand side by side.
        let column = axis.column(at).max(free);
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
        let axis = Axis {
            columns: 21,
            end: Duration::from_secs(20),
        };
        let bar = |(task, &(from, to, end)): (usize, &(u64, u64, BarEnd))| Bar {
            from: Duration::from_secs(from),
            to: Duration::from_secs(to),
            end,
            task,
        };
        let bars: Vec<Bar> = tasks.iter().enumerate().map(bar).collect();
        let lane = Lane {
            name: String::new(),
            life: None,
            bars: bars.clone(),
            marks: Vec::new(),
        };
        draw_row(&axis, &lane, &bars)
    }

    #[test]
    fn every_bar_has_one_form() {
        let [line, death, unseen] = [BarEnd::Line, BarEnd::Death, BarEnd::Unseen];
        let long = drawn(&[(0, 6, line), (7, 11, death), (12, 18, unseen)]);
        assert_eq!(long, "[0═══] [1═✗ [2═══…");
        let short = drawn(&[(0, 0, line), (1, 2, death), (8, 9, unseen), (20, 20, line)]);
        assert_eq!(short, "[0][1✗  [2…       [3]");
    }
}
