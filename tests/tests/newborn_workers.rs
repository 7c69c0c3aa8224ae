//! Workers that die before they are ready.

use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::libc::pthread_atfork;
use nix::sys::signal::{Signal, raise};
use process_pool::TaskErrorKind::WorkerDied;
use process_pool::{Pool, PoolError};
use tests::footprint::Footprint;
use tests::harness::Trial;
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        a_pool_orders_another_at_its_start_and_later,
        a_pool_that_gets_no_other_is_refused,
    ]
}

fn a_pool_orders_another_at_its_start_and_later() {
    at_birth(|| {
        // Three die, and the fourth lives, again and again.
        if GENERATION.load(Ordering::Relaxed) == 2 && FORKED.load(Ordering::Relaxed) % 4 != 3 {
            die();
        }
    });
    let pool = Pool::new(1).unwrap();
    let worker = pool.apply(process::id, ()).unwrap();
    let died = pool.apply(die, ()).unwrap_err().kind;
    assert!(
        matches!(died, WorkerDied { pid, .. } if pid == worker),
        "{died}"
    );
    assert_ne!(pool.apply(process::id, ()).unwrap(), worker);
    pool.close().join().unwrap();
}

fn a_pool_that_gets_no_other_is_refused() {
    let before = Footprint::now();
    at_birth(|| {
        if GENERATION.load(Ordering::Relaxed) == 2 {
            die();
        }
    });
    let Err(PoolError::Start(why)) = Pool::new(2).map(drop) else {
        panic!("a pool has been made");
    };
    assert!(
        why.ends_with("ended with signal: 9 (SIGKILL) before it was ready"),
        "{why}"
    );
    before.check();
}

fn die() {
    raise(Signal::SIGKILL).unwrap();
}

/// How many children this process has forked, with those that its parent had
/// forked before it.
static FORKED: AtomicUsize = AtomicUsize::new(0);

/// 0 in the test, 1 in the fork server, 2 in its workers.
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
