//! The processes and threads of a pool, from their start to their end.

use std::io;
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use crossbeam::channel::{self, Sender};
use nix::libc;

use crate::PoolError;
use crate::fork_server::ForkServer;
use crate::message::{Mailbox, NoWorker, ToPlace};
use crate::place::{GivenUp, Job, Place};
use crate::settings::Settings;
use crate::state::PoolState;

/// What runs in a pool. If it is dropped before it is joined, the workers are killed.
/// Then the drop reports what nobody has taken or done.
pub(crate) struct Running {
    server: Arc<ForkServer>,
    state: Arc<PoolState>,
    places: Vec<JoinHandle<Result<(), GivenUp>>>,
    /// The thread that waits for the end of the fork server.
    watcher: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts everything, waits until all workers are ready, and returns the sender of
    /// the task queue.
    pub(crate) fn start(processes: usize) -> Result<(Sender<Job>, Running), PoolError> {
        let settings = Settings::save_and_block_signals()?;
        let (server, mailboxes) = ForkServer::start(processes, &settings)?;
        let mut running = Running {
            server: Arc::new(server),
            state: Arc::new(PoolState::new()),
            places: Vec::new(),
            watcher: None,
        };
        let to_places = mailboxes
            .iter()
            .map(|mailbox| mailbox.worker_side.to_place.clone());
        running.watch_server(to_places.collect())?;
        let tasks = running.start_places(mailboxes)?;
        report_at_exit(&running.state);
        Ok((tasks, running))
    }

    /// Starts the thread that waits for the end of the fork server, and tells the places.
    fn watch_server(&mut self, to_places: Vec<ToPlace>) -> io::Result<()> {
        let (server, state) = (Arc::clone(&self.server), Arc::clone(&self.state));
        let thread = thread::Builder::new().name("pool-watcher".to_string());
        self.watcher = Some(thread.spawn(move || {
            state.note_reason(server.join().to_string());
            for to_place in &to_places {
                // A place that has ended does not read it.
                let _ = to_place.send(Err(NoWorker::Never(state.reason())));
            }
        })?);
        Ok(())
    }

    fn start_places(&mut self, mailboxes: Vec<Mailbox>) -> Result<Sender<Job>, PoolError> {
        let place = |(number, mailbox)| Place {
            number,
            mailbox,
            server: Arc::clone(&self.server),
            state: Arc::clone(&self.state),
        };
        let places: Vec<Place> = (0..).zip(mailboxes).map(place).collect();
        places.iter().for_each(Place::order);
        for place in &places {
            let awaited = place.await_worker();
            awaited.map_err(|GivenUp| PoolError::Start(self.state.reason()))?;
        }
        let (tasks, queue) = channel::unbounded();
        for place in places {
            let queue = queue.clone();
            let thread = thread::Builder::new().name("pool-place".to_string());
            self.places.push(thread.spawn(move || place.work(&queue))?);
        }
        Ok(tasks)
    }

    pub(crate) fn state(&self) -> &Arc<PoolState> {
        &self.state
    }

    /// Waits for all tasks to be done, and for all processes and threads to end.
    pub(crate) fn join(&mut self) {
        for place in self.places.drain(..) {
            // A place does not panic. If it gave up, the failures of tasks say why.
            let _ = place.join();
        }
        self.server.shut_down();
        self.server.join();
        if let Some(watcher) = self.watcher.take() {
            // The watcher does not panic, either.
            let _ = watcher.join();
        }
    }

    /// Kills all processes, and waits for their end and that of all threads; returns the
    /// number of tasks that were undone.
    pub(crate) fn terminate(&mut self, why: &str) -> usize {
        let undone = self.state.note_termination(why);
        self.server.shut_down();
        self.join();
        undone
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.state.is_copy() {
            let why = "the pool was dropped before it was joined";
            let undone = self.terminate(why);
            self.state.report(why, undone);
        }
    }
}

/// At the end of the program, reports what no drop has reported: after
/// `std::process::exit`, and of a pool in a `static`. (The pool's processes then end with
/// the program.)
#[expect(unsafe_code, reason = "atexit(3) has no safe form")]
fn report_at_exit(state: &Arc<PoolState>) {
    static OPEN: Mutex<Weak<PoolState>> = Mutex::new(Weak::new());
    static REGISTERED: Once = Once::new();
    extern "C" fn at_exit() {
        let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = open.upgrade()
            && !state.is_copy()
        {
            let why = "the program has ended before its pool was joined";
            let undone = state.note_termination(why);
            state.report(why, undone);
        }
    }
    *OPEN.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(state);
    REGISTERED.call_once(|| {
        // SAFETY: `at_exit` is there as long as the program runs, does not unwind,
        // and does not call exit.
        let _ = unsafe { libc::atexit(at_exit) };
    });
}
