use std::any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam::channel::{self, Sender};
use process_basic::Target;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::async_result::Slot;
use crate::call;
use crate::dispatcher::{Dispatcher, Job};
use crate::fork_server::ForkServer;
use crate::shared::Shared;
use crate::{AsyncResult, PoolError, TaskError};

/// A fixed number of worker processes, and a queue of tasks for them.
///
/// Dropping it terminates the workers, as Python does; tasks that are to be
/// done need [`close`](Pool::close) and [`join`](ClosedPool::join).
#[must_use = "a pool that is dropped terminates its workers"]
pub struct Pool {
    /// Dropped first: the dispatchers end when the queue is closed.
    tasks: Sender<Job>,
    submitted: AtomicUsize,
    running: Running,
}

impl Pool {
    /// Starts `processes` workers.
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
        let mut running = Running::new()?;
        let (tasks, queue) = channel::unbounded();
        for worker in running.server.start_workers(processes)? {
            let (server, shared) = (Arc::clone(&running.server), Arc::clone(&running.shared));
            let dispatcher = Dispatcher::new(queue.clone(), worker, server, shared, processes);
            let thread = thread::Builder::new().name("dispatcher".to_string());
            running
                .dispatchers
                .push(thread.spawn(|| dispatcher.dispatch())?);
        }
        Ok(Pool {
            tasks,
            submitted: AtomicUsize::new(0),
            running,
        })
    }

    /// Has a worker run `task` with `args`, a tuple, and does not wait for it.
    ///
    /// A task is a plain function, or a closure that captures nothing (one that
    /// captures does not compile); all it works on comes with its arguments,
    /// encoded. The handle may be ignored. When the arguments cannot be encoded,
    /// it is the handle's `get` that fails.
    ///
    /// Tasks must not wait for one another: while hundreds are in the queue,
    /// short ones are handed to a worker several at a time, and it runs them
    /// one after the other.
    pub fn apply_async<F, A, R>(&self, task: F, args: A) -> AsyncResult<R>
    where
        F: Target<A, Output = R> + Copy + 'static,
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        let number = self.submitted.fetch_add(1, Ordering::Relaxed);
        let task_name = any::type_name::<F>();
        let slot = Slot::new((number, task_name), Arc::clone(&self.running.shared));
        match call::encode(task, &args) {
            Ok(call) => {
                // When no dispatcher is left, the job comes back and answers for itself.
                let _ = self.tasks.send(Job::new(call, Arc::clone(&slot)));
            }
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
        self.apply_async(task, args).get()
    }

    /// Has the workers run `task` on every item, and waits for all results, in
    /// the order of the items.
    ///
    /// The items travel in four chunks a worker, as in Python.
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
    pub fn close(self) -> ClosedPool {
        let Pool { tasks, running, .. } = self;
        drop(tasks);
        ClosedPool { running }
    }

    /// Kills the workers, whatever they do, and waits until they are gone. A
    /// `get` for a task that was not done fails with [`TaskError::Terminated`].
    pub fn terminate(self) {
        drop(self);
    }
}

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
    /// [`PoolError::Failed`] with the tasks that failed although nobody was
    /// there to take their results; those whose worker ended with
    /// [`STDOUT_GONE`](common::STDOUT_GONE) are left out, since nobody reads
    /// what this program says.
    pub fn join(mut self) -> Result<(), PoolError> {
        self.running.join();
        match self.running.shared.take_failures() {
            failures if failures.is_empty() => Ok(()),
            failures => Err(PoolError::Failed(failures)),
        }
    }

    /// Kills the workers, as [`Pool::terminate`].
    pub fn terminate(self) {
        drop(self);
    }
}

/// The threads and processes of a pool. Dropping them before they are joined
/// terminates the workers.
struct Running {
    dispatchers: Vec<JoinHandle<()>>,
    server: Arc<ForkServer>,
    shared: Arc<Shared>,
}

impl Running {
    fn new() -> Result<Running, PoolError> {
        Ok(Running {
            dispatchers: Vec::new(),
            server: Arc::new(ForkServer::start()?),
            shared: Arc::default(),
        })
    }

    fn join(&mut self) {
        for dispatcher in self.dispatchers.drain(..) {
            // Tasks of one that has panicked are answered for as it unwinds.
            let _ = dispatcher.join();
        }
        self.server.stop();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.dispatchers.is_empty() {
            self.shared.terminate();
            self.server.terminate();
            self.join();
        }
    }
}
