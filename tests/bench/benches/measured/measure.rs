//! Runs the ways of a row in turns, and takes medians.

use std::ops::Sub;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::python::Python;
use crate::row::{Result, Row};
use crate::{bare, cores};

/// The samples of each way.
pub struct Measured {
    pub ours: Samples,
    pub bare: Option<Samples>,
    pub python: Option<Samples>,
}

/// One sample a round.
#[derive(Default)]
pub struct Samples {
    /// The time of an operation, in seconds.
    pub time: Vec<f64>,
    /// The processor time of an operation in all processes, in seconds.
    pub user: Vec<f64>,
    pub system: Vec<f64>,
}

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Stop after this time,
    pub time: Duration,
    /// but make at least this many rounds.
    pub rounds: usize,
}

/// Measures a row, on one core if it says so.
pub fn measure(row: &Row, python: &mut Option<Python>, effort: Effort) -> Result<Measured> {
    let mut processes = vec![cores::this_process()];
    processes.extend(python.as_ref().map(Python::pid));
    let before = cores::allowed()?;
    if row.one_core {
        cores::pin_to_one(&processes)?;
    }
    let call = row.python.call;
    let measured = in_turns(row.operations, effort, row.ours, row.bare, python, call);
    cores::pin(&processes, &before)?;
    measured
}

/// Runs the three ways in turns, each round with another one first, so that other
/// load on the machine affects them alike.
pub fn in_turns(
    operations: u32,
    effort: Effort,
    ours: impl Fn() -> Result<Duration>,
    bare: Option<impl Fn() -> Result<Duration>>,
    python: &mut Option<Python>,
    call: &str,
) -> Result<Measured> {
    let mut run = |way| -> Result<Option<Sample>> {
        match (way, &bare, &mut *python) {
            (0, _, _) => timed(&ours).map(Some),
            (1, Some(bare), _) => timed(bare).map(Some),
            (2, _, Some(python)) => python.call(call).map(Some),
            _ => Ok(None),
        }
    };
    (0..3).try_for_each(|way| run(way).map(drop))?; // warms up
    let mut samples: [Samples; 3] = Default::default();
    let start = Instant::now();
    for round in 0.. {
        if round >= effort.rounds && start.elapsed() >= effort.time {
            break;
        }
        for way in [round, round + 1, round + 2].map(|way| way % 3) {
            if let Some(sample) = run(way)? {
                samples[way].add(sample, f64::from(operations));
            }
        }
    }
    let [ours, bare, python] = samples;
    let if_any = |samples: Samples| Some(samples).filter(|samples| !samples.time.is_empty());
    Ok(Measured {
        ours,
        bare: if_any(bare),
        python: if_any(python),
    })
}

/// What one run took, in seconds.
pub struct Sample {
    pub time: f64,
    pub user: f64,
    pub system: f64,
}

/// Runs our way or the bare way once.
fn timed(run: impl FnOnce() -> Result<Duration>) -> Result<Sample> {
    bare::wait_for_one_thread()?;
    let before = Cpu::now()?;
    let time = run()?.as_secs_f64();
    let cpu = Cpu::now()? - before;
    Ok(Sample {
        time,
        user: cpu.user,
        system: cpu.system,
    })
}

/// The processor time so far of this process and all that ended below it.
struct Cpu {
    user: f64,
    system: f64,
}

impl Cpu {
    fn now() -> Result<Cpu> {
        let (own, ended) = (
            getrusage(UsageWho::RUSAGE_SELF)?,
            getrusage(UsageWho::RUSAGE_CHILDREN)?,
        );
        let seconds = |time: fn(&Usage) -> i64| (time(&own) + time(&ended)) as f64 / 1e6;
        Ok(Cpu {
            user: seconds(|usage| usage.user_time().num_microseconds()),
            system: seconds(|usage| usage.system_time().num_microseconds()),
        })
    }
}

impl Sub for Cpu {
    type Output = Cpu;

    fn sub(self, before: Cpu) -> Cpu {
        Cpu {
            user: self.user - before.user,
            system: self.system - before.system,
        }
    }
}

impl Samples {
    pub fn add(&mut self, sample: Sample, operations: f64) {
        self.time.push(sample.time / operations);
        self.user.push(sample.user / operations);
        self.system.push(sample.system / operations);
    }
}

pub fn median(samples: &[f64]) -> f64 {
    quantile(samples, 1, 2)
}

/// Half of the samples differ from the median by less than this share of it.
pub fn spread(samples: &[f64]) -> f64 {
    (quantile(samples, 3, 4) - quantile(samples, 1, 4)) / 2.0 / median(samples)
}

/// How many times as long one takes as the other, round by round.
pub fn times(one: &Samples, other: &Samples) -> f64 {
    let rounds = one.time.iter().zip(&other.time);
    median(&rounds.map(|(one, other)| one / other).collect::<Vec<_>>())
}

fn quantile(samples: &[f64], part: usize, of: usize) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() - 1) * part / of]
}
