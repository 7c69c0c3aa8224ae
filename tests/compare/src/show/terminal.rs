//! Where everything is shown: a terminal, or plain text in a pipe or file.

pub mod columns;
pub mod timeline;

use std::env;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use compare::language::{Language, Text};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use rustix::termios::tcgetwinsize;

/// The width where nothing tells one.
const USUAL_WIDTH: usize = 80;

/// More columns make nothing clearer.
const WIDEST: usize = 1000;

/// Narrower than this, columns cannot be read.
const NARROWEST: usize = 40;

const HIDE_CURSOR: &str = "\x1b[?25l";
const SHOW_CURSOR: &str = "\x1b[?25h";

/// What stdout is.
pub struct Screen {
    /// In characters.
    pub width: usize,
    /// In lines; None when it is no terminal, on which nothing printed can be
    /// changed.
    pub height: Option<usize>,
    colours: bool,
    /// Its reader's.
    pub language: Language,
}

impl Screen {
    pub fn find(language: Language) -> Screen {
        let stdout = io::stdout();
        // AutoStream knows NO_COLOR and the like.
        let colours = AutoStream::choice(&stdout) != ColorChoice::Never;
        let is_terminal = stdout.is_terminal() && env::var("TERM").is_ok_and(|term| term != "dumb");
        let size = tcgetwinsize(&stdout)
            .ok()
            .filter(|size| is_terminal && size.ws_col > 0 && size.ws_row > 0);
        let told = env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok())
            .map(|columns: usize| columns.min(WIDEST));
        let width = size
            .map(|size| size.ws_col.into())
            .or(told)
            .unwrap_or(USUAL_WIDTH);
        let height = size.map_or(24, |size| size.ws_row.into());
        Screen {
            width: width.max(NARROWEST),
            height: is_terminal.then_some(height),
            colours,
            language,
        }
    }

    /// Prints text as it is.
    pub fn print(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Prints a text, in the reader's language.
    pub fn say(&self, text: &Text) -> io::Result<()> {
        self.print(text.to(self.language))
    }

    /// Text in a style, or as it is where there are no colours.
    pub fn styled(&self, style: Style, text: &str) -> String {
        match self.colours && style != Style::new() && !text.trim().is_empty() {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
}

/// A terminal on which lines are being changed: without cursor, and without
/// what is typed. Dropping it gives both back.
pub struct Live<'a> {
    screen: &'a Screen,
    /// How the keyboard was, if there is one.
    keyboard: Option<Termios>,
}

impl Live<'_> {
    /// Changes nothing when the screen is no terminal.
    pub fn new(screen: &Screen) -> io::Result<Live<'_>> {
        let mut live = Live {
            screen,
            keyboard: None,
        };
        if screen.height.is_none() {
            return Ok(live);
        }
        if let Ok(mut keyboard) = tcgetattr(io::stdin()) {
            live.keyboard = Some(keyboard.clone());
            keyboard.local_flags.remove(LocalFlags::ECHO);
            tcsetattr(io::stdin(), SetArg::TCSANOW, &keyboard)?;
        }
        screen.print(HIDE_CURSOR)?;
        Ok(live)
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        if let Some(keyboard) = &self.keyboard {
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, keyboard);
        }
        if self.screen.height.is_some() {
            let _ = self.screen.print(SHOW_CURSOR);
        }
    }
}
