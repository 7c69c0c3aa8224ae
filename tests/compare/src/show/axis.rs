//! The time axis, which both programs share.

use std::time::Duration;

use crate::show::side::Side;

/// From the start of the programs to the end of the last.
pub struct Axis {
    pub end: Duration,
}

impl Axis {
    pub fn of(sides: &[Side]) -> Axis {
        let ends = sides.iter().map(|side| {
            let transcript = &side.story.transcript;
            let line = transcript.lines.last().map(|line| line.at);
            line.max(transcript.lasted())
        });
        let end = ends.max().flatten().unwrap_or_default();
        Axis { end }
    }

    /// Where this time is, from 0 to 1.
    pub fn part(&self, at: Duration) -> f64 {
        (at.as_secs_f64() / self.seconds()).min(1.0)
    }

    /// At most so many round times, from zero to the end.
    pub fn ticks(&self, most: usize) -> Vec<(Duration, String)> {
        let end = self.seconds();
        let closest = end / most as f64;
        let magnitude = 10_f64.powf(closest.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * magnitude);
        let step = steps.into_iter().find(|&step| step >= closest);
        let step = step.unwrap_or(end);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let count = (end / step) as usize;
        let tick = |n: usize| {
            let seconds = n as f64 * step;
            let unit = if n == 0 { " s" } else { "" };
            let label = format!("{seconds:.decimals$}{unit}");
            (Duration::from_secs_f64(seconds), label)
        };
        (0..=count).map(tick).collect()
    }

    fn seconds(&self) -> f64 {
        self.end.as_secs_f64().max(1e-6)
    }
}
