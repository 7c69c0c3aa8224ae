use std::any::type_name;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam::channel::{self, Sender};
use nix::sys::resource::{Resource, getrlimit};
use process_basic::{Process, Target};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::async_result::Slot;
use crate::call::Call;
use crate::dispatcher::{Dispatcher, Job};
use crate::fork_server::serve;
use crate::mailbox::Channels;
use crate::shared::Shared;
use crate::signals::BlockedSignals;
use crate::watcher::{RunningServer, ServerLink, WatchedPlace};
use crate::worker::ProgramSettings;
use crate::{AsyncResult, PoolError, TaskError};

/// A fixed number of worker processes, and a queue of tasks for them.
///
/// Dropping it terminates the workers, as Python does, and says on stderr what
/// was not done. So tasks need [`close`](Pool::close) and
/// [`join`](ClosedPool::join).
#[must_use = "a pool that is dropped terminates its workers"]
pub struct Pool {
    /// Dropped first: the dispatchers end when the queue is closed.
    tasks: Sender<Job>,
    submitted: AtomicUsize,
    running: Running,
}

impl Pool {
    /// Starts `processes` workers, and waits until each is ready.
    ///
    /// # Errors
    ///
    /// [`PoolError`]: for no processes at all, when threads run already, and
    /// when the system has no process, thread or descriptor left. What was
    /// started by then is ended.
    pub fn new(processes: usize) -> Result<Pool, PoolError> {
        if processes == 0 {
            return Err(PoolError::NoProcesses);
        }
        let signals = BlockedSignals::new()?;
        let settings = ProgramSettings {
            signal_mask: signals.before,
            descriptors: getrlimit(Resource::RLIMIT_NOFILE)?,
        };
        let (mut running, dispatchers) = Running::start(processes, settings)?;
        let (tasks, queue) = channel::unbounded();
        for dispatcher in dispatchers {
            let queue = queue.clone();
            let thread = thread::Builder::new().name("pool-dispatcher".to_string());
            let thread = thread.spawn(|| dispatcher.dispatch(queue))?;
            running.dispatchers.push(thread);
        }
        Ok(Pool {
            tasks,
            submitted: AtomicUsize::new(0),
            running,
        })
    }

    /// Has a worker run `task` with `args`, a tuple, and does not wait for it.
    ///
    /// A task is a plain function, or a closure that captures nothing: all it
    /// works on comes with its arguments. This one captures a counter that the
    /// worker would not see, and does not compile:
    ///
    /// ```compile_fail
    /// # let pool = process_pool::Pool::new(1)?;
    /// let mut counter = 0;
    /// pool.apply_async(move || counter += 1, ());
    /// # Ok::<(), process_pool::PoolError>(())
    /// ```
    ///
    /// Arguments and result travel as bytes (postcard), so their types need
    /// serde's `Serialize` and `Deserialize`, and are owned: `String`, not `&str`.
    /// Types whose serde attributes leave fields out or guess what comes
    /// (`skip_serializing_if`, `flatten`, `untagged`, `tag`), and
    /// `serde_json::Value`, arrive wrong or not at all.
    ///
    /// The handle may be ignored. When the arguments cannot be encoded, it is
    /// the handle's `get` that fails.
    ///
    /// A worker finds the task by its address in the program. A task in a library
    /// that dlopen(3) has loaded after [`Pool::new`] is not there: do not submit
    /// one. Nor a closure that captures a value without size that vouches for
    /// something the program has done since then, such as a proof that a static
    /// has been initialized.
    pub fn apply_async<F, A, R>(&self, _task: F, args: A) -> AsyncResult<R>
    where
        F: Target<A, Output = R> + Copy + 'static,
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        const { assert_plain_function::<F>() };
        let number = self.submitted.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::clone(&self.running.shared);
        let slot = Slot::new((number, type_name::<F>()), shared);
        match Call::new::<F, A, R>(&args) {
            // If no dispatcher is left, the job is dropped, and says so.
            Ok(call) => drop(self.tasks.send(Job::new(call, Arc::clone(&slot)))),
            Err(error) => slot.fill(Err(TaskError::Codec(error))),
        }
        AsyncResult::new(slot)
    }

    /// Has a worker run `task` with `args`, a tuple, and waits for the result.
    ///
    /// # Errors
    ///
    /// A [`TaskError`] when the task has no result.
    pub fn apply<F, A, R>(&self, task: F, args: A) -> Result<R, TaskError>
    where
        F: Target<A, Output = R> + Copy + 'static,
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        const { assert_plain_function::<F>() };
        self.apply_async(task, args).get()
    }

    /// Has the workers run `task` on every item, and waits for all results, in
    /// the order of the items.
    ///
    /// The items travel in chunks, four for each worker, as in Python. If a task
    /// panics, its whole chunk has no result.
    ///
    /// # Errors
    ///
    /// The first [`TaskError`], when a chunk has no result.
    pub fn map<F, A, R>(
        &self,
        task: F,
        items: impl IntoIterator<Item = A>,
    ) -> Result<Vec<R>, TaskError>
    where
        F: Fn(A) -> R + Copy + 'static,
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        const { assert_plain_function::<F>() };
        let run_chunk = move |chunk: Vec<A>| chunk.into_iter().map(task).collect::<Vec<R>>();
        let items: Vec<A> = items.into_iter().collect();
        let mut all = Vec::with_capacity(items.len());
        let chunk_size = items.len().div_ceil(4 * self.running.dispatchers.len());
        let mut items = items.into_iter();
        let mut chunks = Vec::new();
        while items.len() > 0 {
            let chunk: Vec<A> = items.by_ref().take(chunk_size).collect();
            chunks.push(self.apply_async(run_chunk, (chunk,)));
        }
        let results: Vec<_> = chunks.into_iter().map(AsyncResult::get).collect();
        for chunk in results {
            all.append(&mut chunk?);
        }
        Ok(all)
    }

    /// Ends the submission of tasks; those submitted are still run.
    ///
    /// Afterwards nothing can be submitted. This does not compile:
    ///
    /// ```compile_fail
    /// # let pool = process_pool::Pool::new(1)?;
    /// let closed = pool.close();
    /// pool.apply_async(|| println!("Run task"), ());
    /// # Ok::<(), process_pool::PoolError>(())
    /// ```
    pub fn close(self) -> ClosedPool {
        let Pool { tasks, running, .. } = self;
        drop(tasks);
        ClosedPool { running }
    }

    /// Not to be called: it is here for the words of rustc's error.
    #[doc(hidden)]
    pub fn join(self) -> Result<(), PoolError>
    where
        for<'never> Self: Closed<'never>,
    {
        self.close().join()
    }

    /// Kills the workers, whatever they do, and waits until they are gone. A
    /// `get` for a task that was not done fails with [`TaskError::Lost`] or
    /// [`TaskError::NotRun`].
    pub fn terminate(self) {
        self.close().terminate();
    }
}

/// In each method that takes a task, so that the error names the caller's line.
const fn assert_plain_function<F>() {
    assert!(
        size_of::<F>() == 0,
        "a task must be a plain function: a worker cannot see what a closure has captured, or \
         where a function pointer leads; pass it as an argument"
    );
}

/// What no [`Pool`] is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a pool that is not closed cannot be joined",
    label = "`join` needs what `close` returns",
    note = "before it, write: `let p = p.close();`"
)]
pub trait Closed<'never> {}

/// A pool that takes no more tasks.
///
/// Dropping it terminates the workers, as dropping a [`Pool`] does.
#[must_use = "a closed pool that is dropped terminates its workers: join it"]
pub struct ClosedPool {
    running: Running,
}

impl ClosedPool {
    /// Waits for all tasks to be done, and for the workers to end.
    ///
    /// # Errors
    ///
    /// [`PoolError::Failed`] with the tasks that failed, and whose results nobody
    /// has taken. (A task that has returned an `Err` has not failed: that is its
    /// result.)
    pub fn join(mut self) -> Result<(), PoolError> {
        self.running.join();
        match self.running.shared.report() {
            (failures, _) if failures.is_empty() => Ok(()),
            (failures, _) => Err(PoolError::Failed(failures)),
        }
    }

    /// Kills the workers, as [`Pool::terminate`].
    pub fn terminate(mut self) {
        self.running.terminate("the pool was terminated");
    }
}

/// The threads and processes of a pool. If it is dropped before it is joined,
/// the workers are killed.
struct Running {
    dispatchers: Vec<JoinHandle<Dispatcher>>,
    /// None once it has been joined.
    watcher: Option<(ServerLink, JoinHandle<()>)>,
    shared: Arc<Shared>,
}

impl Running {
    /// Starts the fork server and the watcher, and waits until all workers are ready.
    fn start(
        processes: usize,
        settings: ProgramSettings,
    ) -> Result<(Running, Vec<Dispatcher>), PoolError> {
        let mut channels = Some(Channels::new(processes)?);
        // It runs in the server, and takes the server's copy of the channels.
        let serve = || {
            if let Some(links) = channels.take().map(Channels::into_links) {
                serve(links, settings);
            }
        };
        let server = Process::new(serve, ()).start().map_err(PoolError::Start)?;
        let Some(channels) = channels else {
            unreachable!("only the server takes them");
        };
        drop(channels.links.program);
        let link = ServerLink(Arc::new(channels.link));
        let server = RunningServer::new(link.clone(), server);

        let shared = Arc::<Shared>::default();
        let ends = channels
            .links
            .mailboxes
            .into_iter()
            .zip(channels.dispatchers);
        let (places, dispatchers): (Vec<_>, Vec<_>) = ends
            .map(|(worker, dispatcher)| WatchedPlace::new(worker, dispatcher))
            .unzip();
        let known = Arc::clone(&shared);
        let watcher = thread::Builder::new().name("pool-watcher".to_string());
        let watcher = watcher.spawn(move || server.watch(places, &known))?;
        let running = Running {
            dispatchers: Vec::new(),
            watcher: Some((link, watcher)),
            shared,
        };
        for dispatcher in &dispatchers {
            dispatcher.wait_until_ready().map_err(PoolError::Worker)?;
        }
        Ok((running, dispatchers))
    }

    fn say_what_is_lost(&self) {
        let (failures, undone) = self.shared.report();
        for failure in failures {
            eprintln!("Error: {failure}");
        }
        if undone > 0 {
            eprintln!(
                "Error: the pool was dropped with {undone} tasks undone; close it, then join it, \
                 to have them done"
            );
        }
    }

    fn join(&mut self) {
        // If one has panicked, its tasks have got an error.
        let ended = self.dispatchers.drain(..).map(JoinHandle::join);
        // Kept until the workers have ended: else the server would replace them.
        let _ended: Vec<_> = ended.collect();
        self.end_server();
    }

    fn terminate(&mut self, reason: &str) {
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
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.watcher.is_some() {
            self.terminate("the pool was dropped before it was joined");
            self.say_what_is_lost();
        }
    }
}
