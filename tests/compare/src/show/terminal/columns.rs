//! The columns: one for each program, line by line as they come.
//!
//! On a terminal a line goes into the first free row of its column, also when
//! that row is not the last. In a pipe, where no row can be changed, all are printed
//! at the end. stdout and stderr are read apart: a line that comes after one that was
//! printed later goes before that one.

use std::io;
use std::mem;
use std::time::Duration;

use anstyle::Style;
use compare::language::Text;
use compare::width::{cut, folded, padded};

use crate::show::terminal::Screen;

const BETWEEN: &str = " │ ";

/// The columns a time takes: `12.34` and a space.
const TIME: usize = 6;

/// So many rows of one line are shown.
const MOST_PARTS: usize = 4;

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
    /// How many rows are on the screen.
    printed: usize,
    /// The columns of the programs that are said to be quiet.
    quiet: Vec<usize>,
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
            quiet: Vec::new(),
        })
    }

    /// Adds a line to a column, before those of it that were printed later.
    pub fn add(&mut self, side: usize, at: Duration, text: &str, style: Style) -> io::Result<()> {
        let mut parts = folded(text, self.width - TIME, ["", "  "]);
        if parts.len() > MOST_PARTS {
            parts.truncate(MOST_PARTS);
            parts.push("  …".to_owned());
        }
        let times = [format!("{:5.2} ", at.as_secs_f64())].into_iter();
        let times = times.chain(std::iter::repeat(" ".repeat(TIME)));
        let cells = times.zip(parts).map(|(time, part)| {
            let text = format!("{time}{part}");
            Some(Cell { at, text, style })
        });
        let first = self.row_for(side, at);
        let column = &mut self.columns[side];
        column.splice(first..first, cells);
        (first..column.len()).try_for_each(|row| self.show_row(row))
    }

    /// Shows how long it has taken, and what is said of quiet programs: on a
    /// terminal under the columns, else on stderr, each program's words once.
    pub fn status(&mut self, elapsed: Duration, quiet: &[(usize, Text)]) -> io::Result<()> {
        let now = quiet.iter().map(|&(side, _)| side).collect();
        let known = mem::replace(&mut self.quiet, now);
        if self.screen.height.is_none() {
            let new = quiet.iter().filter(|(side, _)| !known.contains(side));
            new.for_each(|(_, words)| eprintln!("{}", words.to(self.screen.language)));
            return Ok(());
        }
        let mut status = format!("\r\x1b[J{:5.1} s", elapsed.as_secs_f64());
        for (_, words) in quiet {
            status += &format!(
                "\n{}",
                cut(words.to(self.screen.language), self.screen.width)
            );
        }
        if !quiet.is_empty() {
            status += &format!("\x1b[{}A", quiet.len());
        }
        self.screen.print(&(status + "\r"))
    }

    /// Takes the status away, or prints the rows in a pipe.
    pub fn finish(&self) -> io::Result<()> {
        if self.screen.height.is_some() {
            return self.screen.print("\r\x1b[J");
        }
        let rows = self.columns.iter().map(Vec::len).max().unwrap_or(0);
        let rows = (0..rows).map(|row| self.line(row).trim_end().to_owned() + "\n");
        self.screen.print(&rows.collect::<String>())
    }

    /// The row of a column where a line of this time belongs.
    fn row_for(&mut self, side: usize, at: Duration) -> usize {
        // What has left the screen cannot be changed: the column skips it.
        let height = self.screen.height.unwrap_or(usize::MAX);
        let on_screen = height.saturating_sub(2 + self.quiet.len());
        let first = self.printed.saturating_sub(on_screen);
        let column = &mut self.columns[side];
        column.resize_with(column.len().max(first), || None);
        let is_later = |cell: &&Option<Cell>| cell.as_ref().is_some_and(|cell| cell.at > at);
        column.len() - column[first..].iter().rev().take_while(is_later).count()
    }

    /// On a terminal: prints a row in its place.
    fn show_row(&mut self, row: usize) -> io::Result<()> {
        if self.screen.height.is_none() {
            return Ok(());
        }
        let line = self.line(row);
        if row == self.printed {
            self.printed += 1;
            return self.screen.print(&format!("\r\x1b[J{line}\n"));
        }
        let up = self.printed - row;
        self.screen
            .print(&format!("\x1b[{up}A\r\x1b[K{line}\x1b[{up}B\r"))
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
        let mut columns = Columns {
            screen: &screen,
            columns: vec![Column::new()],
            width: 40,
            printed: 0,
            quiet: Vec::new(),
        };
        for (at, text) in [(1, "first"), (3, "third"), (2, "second"), (2, "its end")] {
            let at = Duration::from_secs(at);
            columns
                .add(0, at, text, Style::new())
                .expect("nothing is printed yet");
        }
        let rows = [0, 1, 2, 3].map(|row| columns.line(row)[TIME..].trim_end().to_owned());
        assert_eq!(rows, ["first", "second", "its end", "third"]);
    }
}
