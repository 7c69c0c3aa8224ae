//! The system has no more processes or descriptors: the error is clear, what runs
//! goes on, and nothing leaks.

use std::os::unix::process::parent_id;
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{ptr, thread};

use common::pid;
use ipc_pipe::{Connection, pipe};
use ipc_queue::Queue;
use nix::libc::{RLIMIT_NOFILE, prlimit, rlimit};
use nix::sys::prctl::set_dumpable;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, geteuid, setuid};
use process_basic::{Child, Process};
use process_pool::Pool;
use process_pool::TaskErrorKind::WorkerDied;
use tests::footprint::Footprint;
use tests::harness::Trial;
use tests::processes::{address_space, threads_of};
use tests::signals::send;
use tests::tasks::{length_of, nap};
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        arguments_for_which_a_worker_has_no_memory_cost_their_own_task_only,
        no_process_is_a_clear_error: alone_unless_root,
        a_pool_gets_all_its_processes_or_leaves_none: alone_unless_root,
        a_place_without_a_worker_is_given_up_and_the_others_go_on: alone_unless_root,
        a_task_lost_after_a_place_was_given_up_has_its_own_reason: alone_unless_root,
        a_pool_gets_all_its_descriptors_or_leaves_none,
        a_large_pool_raises_the_limit_on_descriptors_but_not_for_its_workers,
        a_replacement_needs_no_descriptor_of_the_program,
        a_replacement_lives_with_a_limit_that_was_lowered,
        a_queue_gets_its_descriptors_or_a_clear_error,
        a_large_item_without_a_descriptor_is_a_clear_error,
        too_many_large_items_on_their_way_are_waited_for_then_an_error: alone_unless_root,
        a_pipe_gets_its_descriptors_or_a_clear_error,
        a_process_needs_no_descriptor,
    ]
}

/// A limit on processes does not bind root. So the test changes to a user that
/// has no other processes.
fn become_nobody_special() {
    if geteuid().is_root() {
        setuid(Uid::from_raw(50_000 + pid() % 10_000)).unwrap();
        // Otherwise /proc/self belongs to root after the change.
        set_dumpable(true).unwrap();
    }
}

fn limit(resource: Resource, limit: u64) {
    let (_, hard) = getrlimit(resource).unwrap();
    setrlimit(resource, limit.min(hard), hard).unwrap();
}

fn unlimit(resource: Resource) {
    limit(resource, u64::MAX);
}

/// The exit code of a process that could not make what it should.
const REFUSED: u8 = 3;

/// Makes something under a limit of 1, 2, and so on, each time in a new
/// process, until it can be made; then uses it. Returns how often it could not.
fn with_ever_more<T, E: ToString>(
    resource: Resource,
    least: u64,
    make: impl Fn() -> Result<T, E>,
    refusal: (&str, &str),
    using: impl Fn(T),
) -> usize {
    for most in least.. {
        let attempt = || {
            let before = Footprint::now();
            limit(resource, most);
            let made = make();
            unlimit(resource);
            match made {
                Ok(made) => using(made),
                Err(error) => {
                    check_refusal(&error, refusal);
                    before.check();
                    return ExitCode::from(REFUSED);
                }
            }
            before.check();
            ExitCode::SUCCESS
        };
        unlimit(resource);
        let status = Process::new(attempt, ()).start().unwrap().join().unwrap();
        match status.code() {
            Some(0) => return (most - least) as usize,
            code => assert_eq!(code, Some(REFUSED.into()), "{status}"),
        }
    }
    unreachable!("the loop has no end")
}

#[track_caller]
fn check_refusal(error: &impl ToString, (what, why): (&str, &str)) {
    let error = error.to_string();
    assert!(error.starts_with(what) && error.contains(why), "{error}");
}

const NO_PROCESS: &str = "Resource temporarily unavailable (os error 11)";
const NO_DESCRIPTOR: &str = "Too many open files (os error 24)";

fn no_process_is_a_clear_error() {
    become_nobody_special();
    let make = || Process::new(|| (), ()).start();
    let refusal = ("cannot start a process: ", NO_PROCESS);
    let refused = with_ever_more(Resource::RLIMIT_NPROC, 1, make, refusal, |child| {
        assert!(child.join().unwrap().success());
    });
    assert!(refused > 0);
}

fn a_pool_gets_all_its_processes_or_leaves_none() {
    become_nobody_special();
    let make = || Pool::new(4);
    let refusal = ("cannot make the pool: ", NO_PROCESS);
    let refused = with_ever_more(Resource::RLIMIT_NPROC, 1, make, refusal, use_pool);
    assert!(
        refused >= 9,
        "{refused} limits were too low for 5 processes and 4 threads"
    );
}

fn use_pool(pool: Pool) {
    let next = pool.map(|n: u32| n + 1, 0..100).unwrap();
    assert_eq!(next, (1..=100).collect::<Vec<_>>());
    pool.close().join().unwrap();
}

fn a_place_without_a_worker_is_given_up_and_the_others_go_on() {
    become_nobody_special();
    let before = Footprint::now();
    let pool = Pool::new(2).unwrap();
    let server = pool.apply(parent_id, ()).unwrap();
    forbid_children_of(server);
    let lost = pool.apply_async(kill_oneself, ());
    for n in 0..100 {
        assert_eq!(pool.apply(|n: u32| n + 1, (n,)), Ok(n + 1));
    }
    assert!(matches!(lost.get().unwrap_err().kind, WorkerDied { .. }));
    let last = pool.apply_async(kill_oneself, ());
    assert!(matches!(last.get().unwrap_err().kind, WorkerDied { .. }));
    drop(pool.apply_async(pid, ()));
    let refusal = (
        "task 103 (common::pid) failed: it was not run: cannot start a process",
        NO_PROCESS,
    );
    check_refusal(&pool.close().join().unwrap_err(), refusal);
    before.check();
}

fn forbid_children_of(process: u32) {
    let process = process.to_string();
    let limited = Command::new("prlimit")
        .args(["--nproc=0:0", "--pid", &process])
        .status();
    assert!(limited.unwrap().success());
}

fn a_task_lost_after_a_place_was_given_up_has_its_own_reason() {
    become_nobody_special();
    let pool = Pool::new(2).unwrap();
    let server = pool.apply(parent_id, ()).unwrap();
    forbid_children_of(server);
    pool.apply(kill_oneself, ()).unwrap_err();
    // One of the two gives up after three seconds.
    while threads_of(pid()) > 3 {
        thread::sleep(Duration::from_millis(10));
    }
    let kill_server = |server| {
        send(server, Signal::SIGKILL);
        nap(600_000);
    };
    let lost = pool.apply(kill_server, (server,)).unwrap_err();
    let why = "was lost: the pool's fork server has ended";
    check_refusal(&lost, ("task 2 (", why));
    pool.close().join().unwrap();
}

fn kill_oneself() {
    kill(Pid::this(), Signal::SIGKILL).unwrap();
}

fn a_pool_gets_all_its_descriptors_or_leaves_none() {
    // Else the pool raises the soft limit.
    let make = || {
        let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, soft, soft).unwrap();
        Pool::new(4)
    };
    let refusal = ("cannot make the pool: ", NO_DESCRIPTOR);
    let refused = with_ever_more(Resource::RLIMIT_NOFILE, 8, make, refusal, use_pool);
    assert!(refused > 4, "{refused} limits were too low for 4 workers");
}

fn a_large_pool_raises_the_limit_on_descriptors_but_not_for_its_workers() {
    limit(Resource::RLIMIT_NOFILE, 64);
    let pool = Pool::new(40).unwrap();
    let soft_limit = || getrlimit(Resource::RLIMIT_NOFILE).unwrap().0;
    assert_eq!(pool.apply(soft_limit, ()), Ok(64));
    use_pool(pool);
}

fn a_replacement_needs_no_descriptor_of_the_program() {
    let before = Footprint::now();
    let pool = Pool::new(1).unwrap();
    limit(Resource::RLIMIT_NOFILE, 3);
    let lost = pool.apply_async(kill_oneself, ());
    assert!(matches!(lost.get().unwrap_err().kind, WorkerDied { .. }));
    assert_eq!(pool.apply(|n: u32| n + 1, (1,)), Ok(2));
    unlimit(Resource::RLIMIT_NOFILE);
    pool.close().join().unwrap();
    before.check();
}

#[expect(unsafe_code, reason = "prlimit(2) has no safe form")]
fn a_replacement_lives_with_a_limit_that_was_lowered() {
    become_nobody_special();
    let pool = Pool::new(1).unwrap();
    let server = pool.apply(parent_id, ()).unwrap() as i32;
    let lower = rlimit {
        rlim_cur: 30,
        rlim_max: 30,
    };
    // SAFETY: the limit is valid, and the old one is not asked for.
    let lowered = unsafe { prlimit(server, RLIMIT_NOFILE, &raw const lower, ptr::null_mut()) };
    assert_eq!(lowered, 0);
    pool.apply(kill_oneself, ()).unwrap_err();
    let length = 1_000_000;
    let read = pool.apply(|bytes: Vec<u8>| bytes.len(), (vec![0; length],));
    assert_eq!(read, Ok(length));
    pool.close().join().unwrap();
}

fn a_queue_gets_its_descriptors_or_a_clear_error() {
    let refusal = ("the queue failed: ", NO_DESCRIPTOR);
    let refused = with_ever_more(Resource::RLIMIT_NOFILE, 1, Queue::new, refusal, |queue| {
        limit(Resource::RLIMIT_NOFILE, 3);
        queue.put(7).unwrap();
        assert_eq!(queue.get().unwrap(), Some(7));
        drop(queue);
        unlimit(Resource::RLIMIT_NOFILE);
    });
    assert!(refused > 0);
}

fn a_large_item_without_a_descriptor_is_a_clear_error() {
    let before = Footprint::now();
    let queue = Queue::<Vec<u8>>::new().unwrap();
    let large = vec![7; 100_000];
    limit(Resource::RLIMIT_NOFILE, 3);
    let error = queue.put(large.clone()).unwrap_err();
    check_refusal(&error, ("the queue failed: ", NO_DESCRIPTOR));
    unlimit(Resource::RLIMIT_NOFILE);
    queue.put(large.clone()).unwrap();
    queue.put(vec![8]).unwrap();
    limit(Resource::RLIMIT_NOFILE, 3);
    let error = queue.get().unwrap_err();
    assert!(matches!(error, ipc_queue::Error::NoDescriptor), "{error}");
    unlimit(Resource::RLIMIT_NOFILE);
    assert_eq!(queue.get().unwrap(), Some(vec![8]));
    drop(queue);
    before.check();
}

fn too_many_large_items_on_their_way_are_waited_for_then_an_error() {
    const QUEUES: usize = 20;
    become_nobody_special();
    let before = Footprint::now();
    let (full, queue) = (Queue::new().unwrap(), Queue::new().unwrap());
    let large = "x".repeat(100_000);
    // Nobody gets what is in this queue, so the filler waits in the end.
    let fill = || {
        let queue = Queue::new().unwrap();
        for number in 1.. {
            queue.put(large.clone()).unwrap();
            if number == 2 {
                full.put(()).unwrap();
            }
        }
    };
    let fillers: Vec<Child> = (0..QUEUES)
        .map(|_| Process::new(fill, ()).start().unwrap())
        .collect();
    (0..QUEUES).for_each(|_| assert_eq!(full.get().unwrap(), Some(())));
    limit(Resource::RLIMIT_NOFILE, QUEUES as u64);
    let error = queue.put(large.clone()).unwrap_err();
    check_refusal(&error, ("the queue failed: ", "ulimit -n"));
    let free = || {
        thread::sleep(Duration::from_millis(200));
        // They are this process's siblings, not its children.
        fillers
            .iter()
            .for_each(|filler| send(filler.pid(), Signal::SIGKILL));
    };
    let freeing = Process::new(free, ()).start().unwrap();
    queue.put(large.clone()).unwrap();
    assert!(freeing.join().unwrap().success());
    for filler in fillers {
        filler.join().unwrap();
    }
    assert_eq!(queue.get().unwrap(), Some(large));
    drop((full, queue));
    before.check();
}

fn a_pipe_gets_its_descriptors_or_a_clear_error() {
    type Ends = (Connection<u32, ()>, Connection<(), u32>);
    let make = || -> Result<Ends, ipc_pipe::Error> { pipe() };
    let refusal = ("the pipe failed: ", NO_DESCRIPTOR);
    let refused = with_ever_more(
        Resource::RLIMIT_NOFILE,
        1,
        make,
        refusal,
        |(mut one, mut other)| {
            limit(Resource::RLIMIT_NOFILE, 3);
            one.send(&7).unwrap();
            assert_eq!(other.recv().unwrap(), Some(7));
            drop((one, other));
            unlimit(Resource::RLIMIT_NOFILE);
        },
    );
    assert!(refused > 0);
}

fn a_process_needs_no_descriptor() {
    limit(Resource::RLIMIT_NOFILE, 3);
    let child = Process::new(|| (), ()).start().unwrap();
    assert!(child.join().unwrap().success());
}

fn arguments_for_which_a_worker_has_no_memory_cost_their_own_task_only() {
    const ENOUGH: u64 = 24 << 20;
    limit(Resource::RLIMIT_AS, address_space() + ENOUGH);
    let pool = Pool::new(1).unwrap();
    unlimit(Resource::RLIMIT_AS);
    let much = vec![0_u8; 2 * ENOUGH as usize];
    let error = pool.apply(length_of, (much,)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("ended with signal: 6 (SIGABRT)"),
        "{error}"
    );
    assert_eq!(pool.apply(length_of, (vec![0; 7],)), Ok(7));
    pool.close().join().unwrap();
}
