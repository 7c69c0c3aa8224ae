//! Workers that die before they have read a call, again and again, as when
//! memory is short for a moment.

use std::alloc::{GlobalAlloc, Layout, System};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::libc::pthread_atfork;
use nix::sys::signal::{Signal, raise};
use process_pool::{Pool, PoolError, TaskError};
use tests::footprint::Footprint;
use tests::harness::Trial;
use tests::processes::children_of;
use tests::signals::{killed_by, send};
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        workers_that_die_at_birth_do_not_hold_up_a_short_call,
        workers_that_die_at_birth_do_not_hold_up_a_long_call,
        the_worker_that_had_a_part_of_the_call_is_named,
        a_pool_whose_workers_all_die_at_birth_is_refused,
    ]
}

fn workers_that_die_at_birth_do_not_hold_up_a_short_call() {
    die_before(2);
}

fn workers_that_die_at_birth_do_not_hold_up_a_long_call() {
    die_before(1_000_000);
}

/// Workers of each kind: more than a channel has room for messages.
const MANY: usize = 300;

fn die_before(length: usize) {
    at_birth(|| match FORKED.load(Ordering::Relaxed) {
        0 => {}
        number if number <= MANY => DIES_AT.store(1, Ordering::Relaxed),
        number if number <= 2 * MANY => DIES_AT.store(2, Ordering::Relaxed),
        _ => {}
    });
    let pool = Pool::new(1).unwrap();
    let worker = pool.apply(process::id, ()).unwrap();
    let died = pool.apply(die, ()).unwrap_err();
    // The worker that had the task, not a worker that was forked after it.
    assert_eq!(died, killed(worker));
    loop {
        match pool.apply(length_of, (vec![0; length],)) {
            Ok(read) => break assert_eq!(read, length),
            // The worker had read a part of the call, or all.
            Err(TaskError::WorkerDied { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    pool.close().join().unwrap();
}

fn killed(pid: u32) -> TaskError {
    let status = killed_by(Signal::SIGKILL);
    TaskError::WorkerDied { pid, status }
}

fn die() {
    raise(Signal::SIGKILL).unwrap();
}

fn length_of(bytes: Vec<u8>) -> usize {
    bytes.len()
}

fn the_worker_that_had_a_part_of_the_call_is_named() {
    // The worker reads each piece of the call into a block, and gets no third block.
    at_birth(|| {
        if FORKED.load(Ordering::Relaxed) == 1 {
            DIES_AT.store(3, Ordering::Relaxed);
        }
    });
    let pool = Pool::new(1).unwrap();
    let idle = pool.apply(process::id, ()).unwrap();
    let server = children_of(process::id())[0];
    send(idle, Signal::SIGKILL);
    let next = loop {
        match children_of(server)[..] {
            [next] if next != idle => break next,
            _ => {}
        }
    };
    let died = pool.apply(length_of, (vec![0; 1_000_000],)).unwrap_err();
    assert_eq!(died, killed(next));
    pool.close().join().unwrap();
}

fn a_pool_whose_workers_all_die_at_birth_is_refused() {
    let before = Footprint::now();
    at_birth(|| match GENERATION.load(Ordering::Relaxed) {
        // The fork server.
        1 => {}
        _ => die(),
    });
    let Err(PoolError::Worker(why)) = Pool::new(2).map(drop) else {
        panic!("a pool has been made");
    };
    assert_eq!(why, "its workers end with signal: 9 (SIGKILL)");
    assert_eq!(Footprint::now(), before);
}

/// How many children this process has forked, with those that its parent had
/// forked before it.
static FORKED: AtomicUsize = AtomicUsize::new(0);

/// 0 in the test, 1 in its children, and so on.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// What each child does when it is born.
static AT_BIRTH: OnceLock<fn()> = OnceLock::new();

#[expect(unsafe_code, reason = "pthread_atfork(3) has no safe form")]
fn at_birth(action: fn()) {
    extern "C" fn count() {
        FORKED.fetch_add(1, Ordering::Relaxed);
    }
    extern "C" fn begin() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        if let Some(action) = AT_BIRTH.get() {
            action();
        }
    }
    AT_BIRTH.set(action).expect("a test has one");
    // SAFETY: both functions may run between fork and the return from it: they
    // touch atomics and call what signal-safety(7) allows.
    let registered = unsafe { pthread_atfork(None, Some(count), Some(begin)) };
    assert_eq!(registered, 0);
}

/// The large allocation at which this process dies, counted from 1; 0 for none.
/// A worker makes a large allocation each time before it reads.
static DIES_AT: AtomicUsize = AtomicUsize::new(0);

struct Deadly;

#[global_allocator]
static ALLOCATOR: Deadly = Deadly;

/// The least size of a large block, in bytes.
const LARGE: usize = 150_000;

#[expect(unsafe_code, reason = "an allocator is unsafe to write")]
// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Deadly {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let dies = layout.size() > LARGE && DIES_AT.load(Ordering::Relaxed) > 0;
        if dies && DIES_AT.fetch_sub(1, Ordering::Relaxed) == 1 {
            die();
        }
        // SAFETY: the caller keeps the same rules.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the same rules.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the same rules.
        unsafe { System.dealloc(pointer, layout) }
    }
}
