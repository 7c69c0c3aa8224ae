use std::any::type_name;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam::channel::Sender;
use process_basic::Target;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::async_result::{Promise, TaskId};
use crate::call::encode_call;
use crate::place::Job;
use crate::travel::{Args, CapturesNothing, Returned, Value};
use crate::{AsyncResult, ClosedPool, PoolError, TaskError, TaskErrorKind};

/// A fixed number of worker processes, and a queue of tasks for them.
///
/// Dropping it terminates the workers, as Python does, and says on stderr how many
/// tasks were not done. So tasks need [`close`](Pool::close) and
/// [`join`](ClosedPool::join).
#[must_use = "a pool that is dropped terminates its workers"]
pub struct Pool {
    /// Dropped before `closed`, which waits for the places: they end when the queue is
    /// closed.
    tasks: Sender<Job>,
    submitted: AtomicUsize,
    /// All else, as it is left when the queue is closed.
    closed: ClosedPool,
}

impl Pool {
    /// Starts `processes` workers, and waits until each is ready. Each takes four
    /// descriptors and a thread of this process. A large pool raises this process's soft
    /// limit on descriptors, to the hard one.
    ///
    /// # Errors
    ///
    /// [`PoolError`]: for no processes at all, when threads run already, when
    /// the system has no thread or descriptor left, and when for three seconds a worker
    /// cannot be forked, or one after the other dies. What was started by then is ended.
    pub fn new(processes: usize) -> Result<Pool, PoolError> {
        if processes == 0 {
            return Err(PoolError::NoProcesses);
        }
        let (tasks, closed) = ClosedPool::start(processes)?;
        Ok(Pool {
            tasks,
            submitted: AtomicUsize::new(0),
            closed,
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
    /// Types whose serde attributes leave out what the other side reads, or guess
    /// what comes (`skip_serializing_if`, `skip_serializing`, `skip_deserializing`,
    /// `skip` on a variant, `flatten`, `untagged`, `tag`), and `serde_json::Value`,
    /// arrive wrong or not at all. A value that is nested thousands deep, such as a long
    /// linked list, overflows the stack of whoever encodes or decodes it.
    ///
    /// The handle may be ignored. When the arguments cannot be encoded, it is
    /// the handle's `get` that fails.
    ///
    /// A worker finds the task by its address in the program. Do not submit a task of
    /// a library that dlopen(3) has loaded after [`Pool::new`], nor a closure that
    /// captures a value without size which proves that something was done after
    /// [`Pool::new`]: in the worker it was not done.
    pub fn apply_async<F, A, R>(&self, task: F, args: A) -> AsyncResult<R>
    where
        F: Target<A, Output = R> + CapturesNothing,
        A: Args,
        R: Returned,
    {
        const { assert_plain_function::<F>() };
        self.submit(task, self.next_id::<F>(), &args)
    }

    /// Has a worker run `task` with `args`, a tuple, and waits for the result.
    ///
    /// # Errors
    ///
    /// A [`TaskError`] when the task has no result.
    pub fn apply<F, A, R>(&self, task: F, args: A) -> Result<R, TaskError>
    where
        F: Target<A, Output = R> + CapturesNothing,
        A: Args,
        R: Returned,
    {
        const { assert_plain_function::<F>() };
        self.submit(task, self.next_id::<F>(), &args).get()
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
        F: Fn(A) -> R + CapturesNothing,
        A: Value,
        R: Returned,
    {
        const { assert_plain_function::<F>() };
        let run_chunk = move |chunk: Vec<A>| chunk.into_iter().map(task).collect::<Vec<R>>();
        let id = TaskId {
            number: None,
            name: type_name::<F>(),
        };
        let items: Vec<A> = items.into_iter().collect();
        let chunk_size = items.len().div_ceil(4 * self.closed.places.len());
        let mut results = Vec::with_capacity(items.len());
        let mut items = items.into_iter();
        let mut chunks = Vec::new();
        while items.len() > 0 {
            let chunk: Vec<A> = items.by_ref().take(chunk_size).collect();
            chunks.push(self.submit(run_chunk, id, &(chunk,)));
        }
        let chunks: Vec<_> = chunks.into_iter().map(AsyncResult::get).collect();
        for chunk in chunks {
            results.append(&mut chunk?);
        }
        Ok(results)
    }

    fn next_id<F>(&self) -> TaskId {
        TaskId {
            number: Some(self.submitted.fetch_add(1, Ordering::Relaxed)),
            name: type_name::<F>(),
        }
    }

    /// The task itself is not sent: its type says which function it is.
    fn submit<F, A, R>(&self, _task: F, id: TaskId, args: &A) -> AsyncResult<R>
    where
        F: Target<A, Output = R> + Copy,
        A: Serialize + DeserializeOwned,
        R: Serialize,
    {
        let call = encode_call::<F, A, R>(args);
        let (promise, result) = Promise::new(id, &self.closed.state);
        match call {
            // When no place is left, the job is dropped.
            Ok(call) => drop(self.tasks.send(Job { call, promise })),
            Err(why) => promise.fulfil(Err(TaskErrorKind::Codec(why))),
        }
        result
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
        self.closed
    }

    /// Cannot be called: it is here for what rustc says to whoever calls it.
    #[doc(hidden)]
    pub fn join(self) -> Result<(), PoolError>
    where
        for<'never> Self: Closed<'never>,
    {
        self.close().join()
    }

    /// Kills the workers, whatever they do, and waits until they are gone. (If somebody
    /// has stopped the fork server with SIGSTOP, it waits for SIGCONT.) A
    /// `get` for a task that was not done fails with [`TaskErrorKind::Lost`] or
    /// [`TaskErrorKind::NotRun`].
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

/// What no [`Pool`] is. (Without the lifetime, rustc would refuse the bound itself, not
/// the call.)
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a pool that is not closed cannot be joined",
    label = "`join` needs what `close` returns",
    note = "before it, write `let p = p.close();` in place of `p.close();`"
)]
pub trait Closed<'never> {}
