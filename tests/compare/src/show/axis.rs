//! The time axis, which both programs share.

use std::time::Duration;

use crate::show::side::Side;

/// Ticks are at least so many letters apart.
const BETWEEN_TICKS: usize = 8;

/// So many letters have room behind the end, for what comes last.
const BEHIND: usize = 3;

/// From the start of the programs to the end of the last, in columns.
pub struct Axis {
    seconds: f64,
    pub columns: usize,
    /// The columns that a letter takes.
    pub letter: usize,
}

impl Axis {
    pub fn of(sides: &[Side], columns: usize, letter: usize) -> Axis {
        let ends = sides.iter().map(|side| {
            let transcript = &side.story.transcript;
            let line = transcript.lines.last().map(|line| line.at);
            line.max(transcript.lasted())
        });
        let end = ends.max().flatten().unwrap_or_default();
        // A program may end at once.
        let seconds = end.as_secs_f64().max(0.1);
        Axis {
            seconds,
            columns,
            letter,
        }
    }

    pub fn column(&self, at: Duration) -> usize {
        let part = (at.as_secs_f64() / self.seconds).min(1.0);
        (part * (self.columns - BEHIND * self.letter) as f64).round() as usize
    }

    /// Round times, in seconds, and their columns.
    pub fn ticks(&self) -> Vec<(usize, String)> {
        let most = self.columns / self.letter / BETWEEN_TICKS;
        let closest = self.seconds / most as f64;
        let magnitude = 10_f64.powf(closest.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * magnitude);
        let step = steps.into_iter().find(|&step| step >= closest);
        let step = step.unwrap_or(self.seconds);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let tick = |n: usize| {
            let seconds = n as f64 * step;
            let column = self.column(Duration::from_secs_f64(seconds));
            (column, format!("{seconds:.decimals$}"))
        };
        (0..=(self.seconds / step) as usize).map(tick).collect()
    }
}
