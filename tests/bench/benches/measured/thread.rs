//! Start a thread that does nothing, and join it.

use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc::{c_void, pthread_create, pthread_join};

use crate::row::{Python, Result, Row, Unit};

pub const ROW: Row = Row {
    title: "thread: start + join",
    unit: Unit::Time,
    operations: THREADS,
    one_core: false,
    ours,
    bare: Some(bare),
    python: Python {
        source: PYTHON,
        call: "thread(200)",
    },
};

const THREADS: u32 = 200;

/// With the standard library, as in the chapter.
fn ours() -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..THREADS {
        let thread = thread::Builder::new().name("LoopThread".to_string());
        let joined = thread.spawn(|| {})?.join();
        assert!(joined.is_ok());
    }
    Ok(start.elapsed())
}

extern "C" fn nothing(_: *mut c_void) -> *mut c_void {
    null_mut()
}

#[expect(unsafe_code, reason = "pthread_create(3) has no safe form")]
fn bare() -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..THREADS {
        let mut thread = MaybeUninit::uninit();
        // SAFETY: `thread` has room for an id, the thread takes no argument,
        // and it is joined once, after the id was written.
        let result = unsafe {
            match pthread_create(thread.as_mut_ptr(), null(), nothing, null_mut()) {
                0 => pthread_join(thread.assume_init(), null_mut()),
                error => error,
            }
        };
        Errno::result(-result)?;
    }
    Ok(start.elapsed())
}

const PYTHON: &str = "\
def thread(threads):
    start = perf_counter()
    for _ in range(threads):
        t = Thread(target=nothing, name='LoopThread')
        t.start()
        t.join()
    return perf_counter() - start
";
