//! A pool without its task queue: its processes and threads, from start to end.

use std::io;
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use crossbeam::channel::{self, Sender};
use nix::libc;

use crate::PoolError;
use crate::fork_server::ForkServer;
use crate::message::{Mailbox, NoWorker, ToPlace};
use crate::place::{Job, Place};
use crate::settings::Settings;
use crate::state::PoolState;

/// A pool that takes no more tasks.
///
/// Dropping it terminates the workers, as dropping a [`Pool`](crate::Pool) does.
#[must_use = "a closed pool that is dropped terminates its workers: join it"]
pub struct ClosedPool {
    server: Arc<ForkServer>,
    pub(crate) state: Arc<PoolState>,
    pub(crate) places: Vec<JoinHandle<()>>,
    /// The thread that waits for the end of the fork server.
    watcher: Option<JoinHandle<()>>,
}

impl ClosedPool {
    /// Starts everything, waits until all workers are ready, and returns the sender of
    /// the task queue, which keeps the pool open.
    pub(crate) fn start(processes: usize) -> Result<(Sender<Job>, ClosedPool), PoolError> {
        let settings = Settings::save_and_block_signals()?;
        let (server, mailboxes) = ForkServer::start(processes, &settings)?;
        let mut pool = ClosedPool {
            server: Arc::new(server),
            state: Arc::new(PoolState::new()),
            places: Vec::new(),
            watcher: None,
        };
        pool.watch_server(&mailboxes)?;
        let tasks = pool.start_places(mailboxes)?;
        report_at_exit(&pool.state);
        Ok((tasks, pool))
    }

    /// Starts the thread that waits for the end of the fork server, and tells the places.
    fn watch_server(&mut self, mailboxes: &[Mailbox]) -> io::Result<()> {
        let to_place = |mailbox: &Mailbox| mailbox.worker_side.to_place.clone();
        let to_places: Vec<ToPlace> = mailboxes.iter().map(to_place).collect();
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
            awaited.map_err(|why| PoolError::Start(why.to_string()))?;
        }
        let (tasks, queue) = channel::unbounded();
        for place in places {
            let queue = queue.clone();
            let thread = thread::Builder::new().name("pool-place".to_string());
            self.places.push(thread.spawn(move || place.work(&queue))?);
        }
        Ok(tasks)
    }

    /// Waits for all tasks to be done, and for the workers to end.
    ///
    /// # Errors
    ///
    /// [`PoolError::Failed`] when tasks failed whose handles were dropped. A handle that
    /// is still there has the failure itself. (A task that has returned an `Err` has
    /// not failed: that is its result.)
    pub fn join(mut self) -> Result<(), PoolError> {
        self.wait();
        self.state.take_failures()
    }

    /// Kills the workers, as [`Pool::terminate`](crate::Pool::terminate).
    pub fn terminate(self) {
        // The drop ends the pool. As the reason is noted here, it counts no undone tasks.
        self.state.note_termination("the pool was terminated");
    }

    /// Waits for all tasks to be done, and for all processes and threads to end.
    fn wait(&mut self) {
        for place in self.places.drain(..) {
            // A place does not panic.
            let _ = place.join();
        }
        self.server.shut_down();
        self.server.join();
        if let Some(watcher) = self.watcher.take() {
            // The watcher does not panic, either.
            let _ = watcher.join();
        }
    }
}

impl Drop for ClosedPool {
    fn drop(&mut self) {
        if !self.state.is_copy() {
            let why = "the pool was dropped before it was joined";
            let undone = self.state.note_termination(why);
            self.server.shut_down();
            self.wait();
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
