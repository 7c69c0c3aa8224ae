//! The processes and threads of a pool, from their start to their end.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam::channel::{self, Sender};
use nix::sys::resource::{Resource, getrlimit};
use process_basic::Process;

use crate::dispatcher::{Dispatcher, Job};
use crate::fork_server::serve;
use crate::mailbox::{Channels, DispatcherEnd, Links, WorkerEnd};
use crate::shared::{Shared, say};
use crate::signals::BlockedSignals;
use crate::watcher::{RunningServer, ServerLink, WatchedPlace};
use crate::worker::ProgramSettings;
use crate::{Failure, PoolError};

/// What runs in a pool. If it is dropped before it is joined, the workers are
/// killed.
pub(crate) struct Running {
    dispatchers: Vec<JoinHandle<Option<Dispatcher>>>,
    /// None once it has been joined.
    watcher: Option<(ServerLink, JoinHandle<()>)>,
    shared: Arc<Shared>,
}

impl Running {
    /// Starts everything, waits until all workers are ready, and gives the end
    /// of the task queue where tasks are put in.
    pub(crate) fn start(processes: usize) -> Result<(Sender<Job>, Running), PoolError> {
        let signals = BlockedSignals::new()?;
        let settings = ProgramSettings {
            signal_mask: signals.before,
            descriptors: getrlimit(Resource::RLIMIT_NOFILE)?,
        };
        let (server, places) = fork_server(processes, settings)?;
        let (mut running, dispatchers) = Running::watch(server, places)?;
        let (tasks, queue) = channel::unbounded();
        let (ready, places_ready) = channel::unbounded();
        for dispatcher in dispatchers {
            let (queue, ready) = (queue.clone(), ready.clone());
            let thread = thread::Builder::new().name("pool-dispatcher".to_string());
            let thread = thread.spawn(move || dispatcher.run(&ready, &queue))?;
            running.dispatchers.push(thread);
        }
        for place in places_ready.iter().take(processes) {
            place.map_err(PoolError::Worker)?;
        }
        if let Some((link, _)) = &running.watcher {
            link.say_started();
        }
        Ok((tasks, running))
    }

    /// Starts the watcher.
    fn watch(
        server: RunningServer,
        places: Places,
    ) -> Result<(Running, Vec<Dispatcher>), PoolError> {
        let places = places.into_iter();
        let (places, dispatchers): (Vec<_>, Vec<_>) = places
            .map(|(worker, dispatcher)| WatchedPlace::new(worker, dispatcher))
            .unzip();
        let shared = Arc::<Shared>::default();
        let (known, link) = (Arc::clone(&shared), server.link());
        let watcher = thread::Builder::new().name("pool-watcher".to_string());
        let watcher = watcher.spawn(move || server.watch(places, &known))?;
        let running = Running {
            dispatchers: Vec::new(),
            watcher: Some((link, watcher)),
            shared,
        };
        Ok((running, dispatchers))
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    pub(crate) fn take_failures(&self) -> Vec<Failure> {
        self.shared.report().0
    }

    /// Waits for all tasks to be done, and for all processes and threads to end.
    pub(crate) fn join(&mut self) {
        // If one has panicked, its tasks have got an error.
        let ended = self.dispatchers.drain(..).map(JoinHandle::join);
        // Kept until the workers have ended: else the server would replace them.
        let _ended: Vec<_> = ended.collect();
        self.end_server();
    }

    /// Kills all processes, and waits for their end and that of all threads.
    pub(crate) fn terminate(&mut self, reason: &str) {
        self.shared.terminate(reason);
        self.end_server();
        self.join();
    }

    fn end_server(&mut self) {
        if let Some((link, watcher)) = self.watcher.take() {
            drop(link);
            // It does not panic.
            let _ = watcher.join();
        }
    }

    fn say_what_is_lost(&self) {
        let (failures, undone) = self.shared.report();
        for failure in failures {
            say(&failure);
        }
        if undone > 0 {
            say(&format!(
                "the pool was dropped with {undone} tasks undone; close it, then join it, to have \
                 them done"
            ));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.watcher.is_some() {
            self.terminate("the pool was dropped before it was joined");
            self.say_what_is_lost();
        }
    }
}

type Places = Vec<(WorkerEnd, DispatcherEnd)>;

/// Forks the fork server, and gives the program's ends of the channels.
fn fork_server(
    places: usize,
    settings: ProgramSettings,
) -> Result<(RunningServer, Places), PoolError> {
    let mut channels = Some(Channels::new(places)?);
    // It runs in the server, and takes the server's copy of the channels.
    let serve = || {
        if let Some(channels) = channels.take() {
            serve(channels.into_links(), settings);
        }
    };
    let process = Process::new(serve, ())
        .daemon()
        .start()
        .map_err(PoolError::Start)?;
    let Some(channels) = channels else {
        unreachable!("only the server takes them");
    };
    let Links { mailboxes, program } = channels.links;
    // The server's end: once it has ended, nobody has it open.
    drop(program);
    let server = RunningServer::new(ServerLink::new(channels.link), process);
    Ok((
        server,
        mailboxes.into_iter().zip(channels.dispatchers).collect(),
    ))
}
