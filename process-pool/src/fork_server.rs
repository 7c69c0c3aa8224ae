//! The process that forks workers and reaps them. It takes no orders: it waits
//! for its children to end, and for the pool to end.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Read, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::time::TimeSpec;
use process_basic::{Child, Process};

use crate::mailbox::Links;
use crate::message::now;
use crate::signals::handle_with_nothing;
use crate::worker::{Died, ProgramSettings, work};

/// A worker that lives shorter than this has died young. The server waits before
/// it forks the next one, each time twice as long and at most as long as this:
/// a place whose workers cannot live must not keep the machine busy.
const YOUNG: Duration = Duration::from_millis(10);

/// So many dead workers of a place are remembered. If more die one after the other
/// before they can tell, a wrong one is named.
const REMEMBERED: usize = 500;

/// When a worker cannot be forked, the server tries again this often.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// After this time the server gives a place up: when no worker can be forked, or,
/// while the pool starts, when one after the other dies.
const GIVE_UP: Duration = Duration::from_secs(3);

/// The life of the fork server. It has one thread, so it may fork, and begins
/// with all signals blocked.
pub(crate) fn serve(links: Links, settings: ProgramSettings) {
    let places = links.mailboxes.iter().map(|_| Place::new()).collect();
    let mut server = ForkServer {
        places,
        links: Some(links),
        settings,
        starting: true,
    };
    let ran = server.run();
    // Before their places are given up: the watcher then empties the mailboxes.
    server.kill_workers();
    if let Err(error) = ran {
        for number in 0..server.places.len() {
            server.give_up(number, &error);
        }
    }
}

struct ForkServer {
    places: Vec<Place>,
    /// None in a worker: it keeps its own mailbox, and closes all else.
    links: Option<Links>,
    settings: ProgramSettings,
    /// Whether some workers are not ready yet.
    starting: bool,
}

/// One mailbox, and the workers that have it one after the other.
struct Place {
    worker: Option<Child>,
    /// The last workers that have died.
    died: Vec<Died>,
    /// When its first worker was found dead.
    first_death: Option<Instant>,
    /// When the worker was forked, or when the last one was found dead.
    since: Instant,
    /// How long the place stays vacant after a worker that died young.
    pause: Duration,
    /// A vacant place gets its next worker at this time.
    not_before: Instant,
    given_up: bool,
}

impl ForkServer {
    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        // Not ignored, even if the program was started so: nobody would learn
        // how a worker has ended.
        handle_with_nothing(Signal::SIGCHLD)?;
        for number in 0..self.places.len() {
            self.places[number].worker = Some(self.fork(number)?);
        }
        while self.wait()? {
            for number in 0..self.places.len() {
                if let Some(status) = self.places[number].reap()?
                    && self.starting
                    && self.places[number].has_failed_for(GIVE_UP)
                {
                    self.give_up(number, &format!("its workers end with {status}"));
                }
                let next_fork = self.places[number].next_fork();
                if next_fork.is_some_and(|at| at <= Instant::now()) {
                    self.fill(number);
                }
            }
        }
        Ok(())
    }

    /// Waits until a child ends, or it is time to try again; false once the pool ends.
    fn wait(&mut self) -> io::Result<bool> {
        let Some(links) = &mut self.links else {
            return Ok(false);
        };
        let next_fork = self.places.iter().filter_map(Place::next_fork).min();
        let limit = next_fork.map(|at| at.saturating_duration_since(Instant::now()));
        let limit = limit.map(TimeSpec::from_duration);
        // SIGCHLD comes during this wait alone, so none is missed.
        let mut blocked = SigSet::thread_get_mask()?;
        blocked.remove(Signal::SIGCHLD);
        let mut program = [PollFd::new(links.program.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut program, limit, Some(blocked)) {
            Ok(0) | Err(Errno::EINTR) => Ok(true),
            Ok(_) => {
                self.starting = false;
                Ok(links.program.read(&mut [0])? > 0)
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn fill(&mut self, number: usize) {
        let worker = self.fork(number);
        let place = &mut self.places[number];
        match worker {
            Ok(worker) => {
                place.worker = Some(worker);
                place.since = Instant::now();
            }
            Err(error) if place.since.elapsed() > GIVE_UP => self.give_up(number, &error),
            Err(_) => place.not_before = Instant::now() + RETRY_INTERVAL,
        }
    }

    fn fork(&mut self, number: usize) -> Result<Child, process_basic::Error> {
        let died = &mut self.places[number].died;
        let settings = self.settings;
        let links = &mut self.links;
        // It runs in the worker, and takes the worker's copies.
        let begin = || match links.take() {
            Some(links) => work(links.into_mailbox(number), mem::take(died), settings),
            None => Ok(()),
        };
        Process::new(begin, ()).daemon().start()
    }

    fn give_up(&mut self, number: usize, why: &dyn Display) {
        self.places[number].given_up = true;
        if let Some(links) = &mut self.links {
            // A program that has ended need not know.
            let _ = writeln!(links.program, "{number} {why}");
        }
    }

    fn kill_workers(&mut self) {
        let workers = self
            .places
            .iter_mut()
            .filter_map(|place| place.worker.take());
        let workers: Vec<Child> = workers.collect();
        for worker in &workers {
            // It fails only for one that has ended.
            let _ = worker.kill();
        }
        for worker in workers {
            // Nobody needs to know how it ended.
            let _ = worker.join();
        }
    }
}

impl Place {
    fn new() -> Place {
        Place {
            worker: None,
            died: Vec::new(),
            first_death: None,
            since: Instant::now(),
            pause: Duration::ZERO,
            not_before: Instant::now(),
            given_up: false,
        }
    }

    /// Whether its first worker died that long ago.
    fn has_failed_for(&self, time: Duration) -> bool {
        self.first_death.is_some_and(|first| first.elapsed() > time)
    }

    /// When it gets its next worker, if it has none.
    fn next_fork(&self) -> Option<Instant> {
        let vacant = self.worker.is_none() && !self.given_up;
        vacant.then_some(self.not_before)
    }

    /// Notes the end of the worker, and gives its status, if it has ended.
    fn reap(&mut self) -> Result<Option<ExitStatus>, Box<dyn Error>> {
        let Some(worker) = &mut self.worker else {
            return Ok(None);
        };
        let Some(status) = worker.join_timeout(Duration::ZERO)? else {
            return Ok(None);
        };
        if self.died.len() == REMEMBERED {
            self.died.remove(0);
        }
        self.died.push(Died {
            pid: worker.pid(),
            status: status.into_raw(),
            at: now()?,
        });
        self.pause = match self.since.elapsed() < YOUNG {
            true => (self.pause * 2).clamp(Duration::from_millis(1), YOUNG),
            false => Duration::ZERO,
        };
        self.worker = None;
        self.since = Instant::now();
        self.first_death.get_or_insert(self.since);
        self.not_before = self.since + self.pause;
        Ok(Some(status))
    }
}
