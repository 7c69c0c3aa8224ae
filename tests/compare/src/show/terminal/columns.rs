//! The columns: one for each program, line by line as they come.
//!
//! On a terminal a line goes into the first free row of its column, also when
//! that row is not the last. In a pipe, where no row can be changed, all are printed
//! at the end.

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

    /// Adds a line to a column.
    pub fn add(&mut self, side: usize, at: Duration, text: &str, style: Style) -> io::Result<()> {
        let mut parts = folded(text, self.width - TIME, ["", "  "]);
        if parts.len() > MOST_PARTS {
            parts.truncate(MOST_PARTS);
            parts.push("  …".to_owned());
        }
        let times = [format!("{:5.2} ", at.as_secs_f64())].into_iter();
        let times = times.chain(std::iter::repeat(" ".repeat(TIME)));
        for (time, part) in times.zip(parts) {
            let text = format!("{time}{part}");
            self.add_cell(side, Cell { text, style })?;
        }
        Ok(())
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

    fn add_cell(&mut self, side: usize, cell: Cell) -> io::Result<()> {
        let column = &mut self.columns[side];
        let Some(height) = self.screen.height else {
            column.push(Some(cell));
            return Ok(());
        };
        // What has left the screen cannot be changed: the column skips it.
        let on_screen = height.saturating_sub(2 + self.quiet.len());
        let skipped = self
            .printed
            .saturating_sub(on_screen)
            .saturating_sub(column.len());
        column.extend((0..skipped).map(|_| None));
        column.push(Some(cell));
        let row = column.len() - 1;
        self.show_row(row)
    }

    /// On a terminal: prints a row in its place.
    fn show_row(&mut self, row: usize) -> io::Result<()> {
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
