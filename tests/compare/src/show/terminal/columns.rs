//! The columns: one for each program, line by line as they come.
//!
//! On a terminal a line goes into the first free row of its column, also when
//! that row is not the last. In a pipe, where no row can be changed, all are printed
//! at the end. stdout and stderr are read apart: a line that comes after one that was
//! printed later goes before that one.

use std::io;
use std::iter;
use std::time::Duration;

use anstyle::Style;
use compare::language::Text;
use compare::width::{cut, folded, padded};

use crate::show::terminal::Screen;

const BETWEEN: &str = " │ ";

/// The columns a time takes: `12.34` and a space.
const TIME: usize = 6;

/// Of a line is shown what fits into so many rows, or a little more.
const MOST_ROWS: usize = 4;

/// So many rows below the columns may be the status.
const STATUS: usize = 3;

/// A row of one column: a part of a line, with its time in front.
struct Cell {
    at: Duration,
    text: String,
    style: Style,
}

/// One program's column; what has left the screen before its line came is None.
type Column = Vec<Option<Cell>>;

/// One or two columns, as far as they are known.
pub struct Columns<'a> {
    screen: &'a Screen,
    columns: Vec<Column>,
    /// The width of one column.
    width: usize,
    /// How many rows are on the terminal.
    printed: usize,
    /// What is below them.
    status: Vec<String>,
}

impl<'a> Columns<'a> {
    /// Prints the titles.
    pub fn new(screen: &'a Screen, titles: &[&str]) -> io::Result<Columns<'a>> {
        let between = BETWEEN.chars().count() * (titles.len() - 1);
        let width = (screen.width - between) / titles.len();
        let columns = titles.iter().map(|_| Column::new()).collect();
        let titles: Vec<_> = titles
            .iter()
            .map(|title| padded(&cut(title, width), width))
            .collect();
        let rule = vec!["─".repeat(width); titles.len()].join("─┼─");
        screen.print(&format!("{}\n{rule}\n", titles.join(BETWEEN).trim_end()))?;
        Ok(Columns {
            screen,
            columns,
            width,
            printed: 0,
            status: Vec::new(),
        })
    }

    /// Adds a line to a column, before those of it that were printed later.
    pub fn add(&mut self, side: usize, at: Duration, text: &str, style: Style) -> io::Result<()> {
        let text = cut(text, MOST_ROWS * (self.width - TIME));
        let parts = folded(&text, self.width - TIME, ["", "  "]);
        let times = [format!("{:5.2} ", at.as_secs_f64())].into_iter();
        let times = times.chain(iter::repeat(" ".repeat(TIME)));
        let cells = times.zip(parts).map(|(time, part)| {
            let text = format!("{time}{part}");
            Some(Cell { at, text, style })
        });
        let first = self.row_for(side, at);
        let column = &mut self.columns[side];
        column.splice(first..first, cells);
        self.show(first)
    }

    /// Shows how long it has taken, and what is said of quiet programs.
    pub fn status(&mut self, elapsed: Duration, quiet: &[Text]) -> io::Result<()> {
        let quiet = quiet.iter().map(|words| words.to(self.screen.language));
        let clock = format!("{:3.0} s", elapsed.as_secs_f64());
        let quiet = quiet.map(|words| cut(words, self.screen.width));
        self.status = iter::once(clock).chain(quiet).collect();
        self.show(self.printed)
    }

    /// Takes the status away, or prints the rows in a pipe.
    pub fn finish(&mut self) -> io::Result<()> {
        self.status.clear();
        match self.screen.height {
            Some(_) => self.show(self.printed),
            None => self.screen.print(&self.rows_from(0)),
        }
    }

    /// The row of a column where a line of this time belongs.
    fn row_for(&mut self, side: usize, at: Duration) -> usize {
        // What has left the screen cannot be changed: the column skips it.
        let height = self.screen.height.unwrap_or(usize::MAX);
        let first = self.printed.saturating_sub(height.saturating_sub(STATUS));
        let column = &mut self.columns[side];
        column.resize_with(column.len().max(first), || None);
        let is_later = |cell: &&Option<Cell>| cell.as_ref().is_some_and(|cell| cell.at > at);
        column.len() - column[first..].iter().rev().take_while(is_later).count()
    }

    /// On a terminal: prints the rows from this one on, and the status.
    fn show(&mut self, first: usize) -> io::Result<()> {
        if self.screen.height.is_none() {
            return Ok(());
        }
        let up = "\x1b[A".repeat(self.printed - first);
        let (rows, status) = (self.rows_from(first), self.status.join("\n"));
        let back = "\x1b[A".repeat(self.status.len().saturating_sub(1));
        self.printed = self.rows();
        self.screen
            .print(&format!("{up}\r\x1b[J{rows}{status}{back}\r"))
    }

    fn rows(&self) -> usize {
        self.columns.iter().map(Vec::len).max().unwrap_or(0)
    }

    fn rows_from(&self, first: usize) -> String {
        let rows = first..self.rows();
        rows.map(|row| self.line(row).trim_end().to_owned() + "\n")
            .collect()
    }

    fn line(&self, row: usize) -> String {
        let cells = self.columns.iter().map(|column| match column.get(row) {
            Some(Some(cell)) => self
                .screen
                .styled(cell.style, &padded(&cell.text, self.width)),
            _ => " ".repeat(self.width),
        });
        cells.collect::<Vec<_>>().join(BETWEEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compare::language::Language;

    #[test]
    fn lines_stand_in_the_order_in_which_they_were_printed() {
        let screen = Screen {
            width: 40,
            height: None,
            colours: false,
            language: Language::English,
        };
        let mut columns = Columns::new(&screen, &["a program"]).expect("stdout is there");
        for (at, text) in [(1, "first"), (3, "third"), (2, "second"), (2, "its end")] {
            let at = Duration::from_secs(at);
            let added = columns.add(0, at, text, Style::new());
            added.expect("nothing is printed yet");
        }
        let rows = [0, 1, 2, 3].map(|row| columns.line(row)[TIME..].trim_end().to_owned());
        assert_eq!(rows, ["first", "second", "its end", "third"]);
    }
}
