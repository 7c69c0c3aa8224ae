//! The process that forks workers and reaps them. It takes no orders: it waits
//! for its children to end, and for the pool to end.

use std::error::Error;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::time::TimeSpec;
use process_basic::{Child, Process};

use crate::mailbox::Links;
use crate::signals::handle_with_nothing;
use crate::worker::{Died, ProgramSettings, work};

/// A worker that lives shorter than this has died young. The next one sleeps
/// before it begins, each time twice as long and at most as long as this: a
/// place whose workers cannot live must not keep the machine busy.
const YOUNG: Duration = Duration::from_millis(10);

/// When a worker cannot be forked, the server tries again this often, and at
/// last gives the place up.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);
const GIVE_UP: Duration = Duration::from_secs(3);

/// The life of the fork server. It has one thread, so it may fork, and begins
/// with all signals blocked.
pub(crate) fn serve(links: Links, settings: ProgramSettings) {
    let places = links.mailboxes.iter().map(|_| Place::new()).collect();
    let mut server = ForkServer {
        places,
        links: Some(links),
        settings,
    };
    if let Err(error) = server.run() {
        for number in 0..server.places.len() {
            server.give_up(number, &*error);
        }
    }
    server.kill_workers();
}

struct ForkServer {
    places: Vec<Place>,
    /// None in a worker: it keeps its own mailbox, and closes all else.
    links: Option<Links>,
    settings: ProgramSettings,
}

/// One mailbox, and the workers that have it one after the other.
struct Place {
    worker: Option<Child>,
    /// The worker before this one.
    died: Option<Died>,
    /// When the worker was forked, or when the last one was found dead.
    since: Instant,
    /// How long the worker sleeps before it begins.
    sleep: Duration,
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
                self.places[number].reap()?;
                if self.places[number].is_vacant() {
                    self.fill(number);
                }
            }
        }
        Ok(())
    }

    /// Waits until a child ends, or it is time to try again; false once the pool ends.
    fn wait(&self) -> nix::Result<bool> {
        let Some(links) = &self.links else {
            return Ok(false);
        };
        let vacant = self.places.iter().any(Place::is_vacant);
        let limit = vacant.then(|| TimeSpec::from_duration(RETRY_INTERVAL));
        // SIGCHLD comes during this wait alone, so none is missed.
        let mut blocked = SigSet::thread_get_mask()?;
        blocked.remove(Signal::SIGCHLD);
        let mut program = [PollFd::new(links.program.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut program, limit, Some(blocked)) {
            Ok(ready) => Ok(ready == 0),
            Err(Errno::EINTR) => Ok(true),
            Err(errno) => Err(errno),
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
            Err(_) => {}
        }
    }

    fn fork(&mut self, number: usize) -> Result<Child, process_basic::Error> {
        let Place { died, sleep, .. } = self.places[number];
        let settings = self.settings;
        let links = &mut self.links;
        // It runs in the worker, and takes the worker's copy of the links.
        let begin = || match links.take() {
            Some(links) => work(links.into_mailbox(number), died, sleep, settings),
            None => Ok(()),
        };
        Process::new(begin, ()).start()
    }

    fn give_up(&mut self, number: usize, why: &dyn Error) {
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
            died: None,
            since: Instant::now(),
            sleep: Duration::ZERO,
            given_up: false,
        }
    }

    fn is_vacant(&self) -> bool {
        self.worker.is_none() && !self.given_up
    }

    /// Notes the end of the worker, if it has ended.
    fn reap(&mut self) -> Result<(), process_basic::Error> {
        let Some(worker) = &mut self.worker else {
            return Ok(());
        };
        let Some(status) = worker.join_timeout(Duration::ZERO)? else {
            return Ok(());
        };
        self.died = Some(Died {
            pid: worker.pid(),
            status: status.into_raw(),
        });
        self.sleep = match self.since.elapsed() < self.sleep + YOUNG {
            true => (self.sleep * 2).clamp(Duration::from_millis(1), YOUNG),
            false => Duration::ZERO,
        };
        self.worker = None;
        self.since = Instant::now();
        Ok(())
    }
}
