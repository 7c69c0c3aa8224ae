//! The picture: a lane for each process or thread, on one time axis for both
//! programs.

use std::time::Duration;

use compare::Story;

use crate::show::Finished;
use crate::show::lanes::{Bar, Lane, lanes, legend};
use crate::show::screen::{Screen, role_style};
use crate::show::text::{cut, padded, width};

/// How wide the names of the lanes are.
const NAMES: usize = 14;

/// Ticks of the axis are at least so many columns apart.
const BETWEEN_TICKS: usize = 8;

/// Draws what the programs did.
pub fn draw(screen: &Screen, programs: &[Finished]) -> String {
    let end = programs.iter().map(|p| last_moment(&p.story)).max();
    let axis = Axis {
        columns: screen.width - NAMES,
        end: end.unwrap_or_default(),
    };
    let [first, ..] = programs else {
        return String::new();
    };
    if programs.iter().all(|program| program.story.told.is_empty()) {
        return "\nNo line of this chapter came: there is nothing to draw.\n".to_owned();
    }
    let mut picture = format!("\n{}", axis.draw(legend(first.story.chapter)));
    for program in programs {
        picture += &format!("{}\n", cut(&program.title, screen.width));
        for lane in lanes(&program.story) {
            for (name, line) in draw_lane(&axis, &lane) {
                let line = format!("{}{line}", padded(&format!("  {name}"), NAMES));
                picture += &format!("{}\n", screen.styled(role_style(&lane.name), &line));
            }
        }
    }
    picture
}

fn last_moment(story: &Story) -> Duration {
    let line = story.transcript.lines.last().map(|line| line.at);
    let end = story.transcript.end.as_ref().map(|end| end.lasted);
    line.max(end).unwrap_or_default()
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
        let end = self.end.as_secs_f64().max(1e-6);
        let closest = end * BETWEEN_TICKS as f64 / self.columns as f64;
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
}

/// The lane's rows, the first with its name: tasks that ran at the same time
/// in one process take a row each.
fn draw_lane(axis: &Axis, lane: &Lane) -> Vec<(String, String)> {
    let mut rows = rows_of_bars(&lane.bars);
    if rows.is_empty() {
        rows.push(Vec::new());
    }
    let name = |row: usize| {
        if row == 0 {
            lane.name.clone()
        } else {
            String::new()
        }
    };
    let rows = rows.into_iter().enumerate();
    rows.map(|(row, bars)| (name(row), draw_row(axis, lane, &bars)))
        .collect()
}

fn rows_of_bars(bars: &[Bar]) -> Vec<Vec<Bar>> {
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
        let from = axis.column(bar.from).max(free).min(axis.columns - 1);
        let to = axis.column(bar.to).clamp(from + 1, axis.columns);
        draw_bar(&mut canvas, from, to, bar);
        free = to;
    }
    canvas.text()
}

fn draw_bar(canvas: &mut Canvas, from: usize, to: usize, bar: &Bar) {
    canvas.fill(from, to, '═');
    canvas.put(to - 1, if bar.open { '…' } else { ']' });
    let begin = if to - from < 3 { "" } else { "[" };
    canvas.write(from, &format!("{begin}{}", bar.task));
}

fn draw_life(axis: &Axis, lane: &Lane, canvas: &mut Canvas) {
    let (from, to) = (axis.column(lane.life.0), axis.column(lane.life.1));
    canvas.fill(from, to + 1, '─');
    canvas.put(from, '├');
    canvas.put(to, if from == to { '│' } else { '┤' });
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
