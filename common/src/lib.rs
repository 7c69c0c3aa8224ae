//! What the chapters share: [`pid`], a [`println!`] that several processes can
//! use at once, and the timing helpers [`time`], [`sleep`] and [`random`].

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
pub use print::{STDOUT_GONE, print_line};
pub use time::{random, sleep, time};

/// The PID of this process, as Python's `os.getpid()`.
pub fn pid() -> u32 {
    std::process::id()
}
