//! The processes and threads of a pool, from their start to their end.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use common::pid;
use crossbeam::channel::{self, Receiver, Sender};
use ipc_channel::ipc::IpcSender;
use nix::libc;
use process_basic::Child;

use crate::PoolError;
use crate::failures::Failures;
use crate::fork_server::start_fork_server;
use crate::message::{Mailbox, PlaceEnd, Reply, send};
use crate::place::{Job, Place};
use crate::settings::{BlockedSignals, Settings};

/// What runs in a pool. If it is dropped before it is joined, the workers are
/// killed.
pub(crate) struct Running {
    /// Where workers are ordered from the fork server. Shut down, it ends the server.
    orders: Arc<UnixStream>,
    failures: Arc<Failures>,
    places: Vec<JoinHandle<()>>,
    /// The thread that waits for the end of the fork server; None once it has been
    /// joined.
    watcher: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts everything, waits until all workers are ready, and gives the end
    /// of the task queue where tasks are put in.
    pub(crate) fn start(processes: usize) -> Result<(Sender<Job>, Running), PoolError> {
        let signals = BlockedSignals::new()?;
        let settings = Settings::of_program(&signals)?;
        let (server, orders, mailboxes) = start_fork_server(processes, settings)?;
        let ends = mailboxes.into_iter().map(Mailbox::into_place_end);
        let (ends, last_words): (Vec<_>, Vec<_>) = ends.unzip();
        let mut running = Running {
            orders: Arc::new(orders),
            failures: Arc::default(),
            places: Vec::new(),
            watcher: None,
        };
        running.end_at_exit();
        running.watch(server, last_words)?;
        let (tasks, queue) = channel::unbounded();
        let started = running.start_places(ends, &queue)?;
        // From here on, Ctrl-C ends the program.
        drop(signals);
        for place in started.iter().take(processes) {
            place.map_err(PoolError::Worker)?;
        }
        Ok((tasks, running))
    }

    /// Starts the thread that waits for the end of the fork server, and tells all
    /// places.
    fn watch(&mut self, server: Child, places: Vec<IpcSender<Reply>>) -> io::Result<()> {
        let failures = Arc::clone(&self.failures);
        // If there is no thread to be had, the server must be ended and joined here. So the
        // thread gets it only when it has begun.
        let (to_watcher, received) = channel::bounded::<Child>(1);
        let watcher = thread::Builder::new().name("pool-watcher".to_string());
        let watcher = watcher.spawn(move || {
            let Ok(server) = received.recv() else { return };
            let why = match (server.join(), failures.terminated()) {
                (_, Some(why)) => why.to_string(),
                (Ok(status), _) => format!("the pool's fork server has ended with {status}"),
                (Err(error), _) => format!("the pool's fork server has ended: {error}"),
            };
            for place in places {
                // A place that has ended does not read it.
                let _ = send(&place, &Reply::Ended(why.clone()));
            }
        });
        match watcher {
            Ok(watcher) => {
                self.watcher = Some(watcher);
                let _ = to_watcher.send(server);
                Ok(())
            }
            Err(error) => {
                self.end_server();
                let _ = server.join();
                Err(error)
            }
        }
    }

    /// Starts a thread for each place. Each says when it has its first worker.
    fn start_places(
        &mut self,
        ends: Vec<PlaceEnd>,
        queue: &Receiver<Job>,
    ) -> io::Result<Receiver<Result<(), String>>> {
        let (started, all_started) = channel::unbounded();
        let working = Arc::new(AtomicUsize::new(ends.len()));
        for (number, end) in (0..).zip(ends) {
            let place = Place::new(number, end, Arc::clone(&self.orders));
            let (started, queue) = (started.clone(), queue.clone());
            let working = Arc::clone(&working);
            let thread = thread::Builder::new().name("pool-place".to_string());
            let thread = thread.spawn(move || place.work(&started, &queue, &working))?;
            self.places.push(thread);
        }
        Ok(all_started)
    }

    pub(crate) fn failures(&self) -> &Arc<Failures> {
        &self.failures
    }

    /// Waits for all tasks to be done, and for all processes and threads to end.
    pub(crate) fn join(&mut self) {
        for place in self.places.drain(..) {
            // It does not panic.
            let _ = place.join();
        }
        self.end_server();
        if let Some(watcher) = self.watcher.take() {
            // Nor does this.
            let _ = watcher.join();
        }
    }

    /// Kills all processes, and waits for their end and that of all threads.
    pub(crate) fn terminate(&mut self, why: &'static str) {
        self.failures.note_termination(why);
        self.end_server();
        self.join();
    }

    fn end_server(&self) {
        // A server that has ended already need not be told.
        let _ = self.orders.shutdown(Shutdown::Write);
    }

    /// Has the end of the program end the pool, where no drop does: at
    /// `std::process::exit`, and for a pool in a `static`.
    #[expect(unsafe_code, reason = "atexit(3) has no safe form")]
    fn end_at_exit(&self) {
        extern "C" fn at_exit() {
            end_open_pool();
        }
        let open = (Arc::downgrade(&self.orders), Arc::downgrade(&self.failures));
        *OPEN.lock().unwrap_or_else(PoisonError::into_inner) = open;
        if PROGRAM.swap(pid(), Ordering::Relaxed) == 0 {
            // SAFETY: `at_exit` is there as long as the program runs, does not unwind,
            // and does not call exit.
            let _ = unsafe { libc::atexit(at_exit) };
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A copy of the program, which a bare fork has made, leaves the pool alone.
        if self.watcher.is_some() && PROGRAM.load(Ordering::Relaxed) == pid() {
            self.terminate("the pool was dropped before it was joined");
            self.failures.tell_with_undone("the pool was dropped");
        }
    }
}

/// The pool that is open, for the end of the program.
static OPEN: Mutex<(Weak<UnixStream>, Weak<Failures>)> = Mutex::new((Weak::new(), Weak::new()));

/// The process whose pool it is: a fork copies it, too.
static PROGRAM: AtomicU32 = AtomicU32::new(0);

fn end_open_pool() {
    if PROGRAM.load(Ordering::Relaxed) != pid() {
        return;
    }
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let (Some(orders), Some(failures)) = (open.0.upgrade(), open.1.upgrade()) {
        failures.note_termination("the program has ended before its pool was joined");
        let _ = orders.shutdown(Shutdown::Write);
        failures.tell_with_undone("the program has left its pool");
    }
}
