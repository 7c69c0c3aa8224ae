//! What the chapters share: [`pid`], a [`println!`] that several processes can
//! use at once, and the timing helpers [`time`], [`sleep`] and [`random`].
//!
//! `cargo doc --no-deps --open` opens this page. From here to
//! - the chapters: [`process_basic`](../process_basic/index.html),
//!   [`process_pool`](../process_pool/index.html),
//!   [`ipc_queue`](../ipc_queue/index.html),
//!   [`ipc_pipe`](../ipc_pipe/index.html) and
//!   [`threading_basic`](../threading_basic/index.html);
//! - what checks them: [`compare`](../compare/index.html), which is
//!   `cargo compare`, and [`tests`](../tests/index.html).

#![warn(missing_docs)]

#[cfg(not(target_os = "linux"))]
compile_error!(
    "these chapters fork processes and tie their lives together, which needs Linux: \
     run them on Linux, in WSL 2, in a Linux container or in a virtual machine"
);

// On other systems, the sentence above is the only error.
#[cfg(target_os = "linux")]
mod print;
mod time;

#[cfg(target_os = "linux")]
pub use print::{flush, print_line};
pub use time::{random, sleep, time};

/// The PID of this process, as Python's `os.getpid()`.
pub fn pid() -> u32 {
    std::process::id()
}
