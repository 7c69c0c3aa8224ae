//! What every chapter shares: [`pid`], a [`println!`] that several processes
//! can use at once, and two timing helpers.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "these chapters fork processes and tie their lives together, which needs Linux: \
     run them on Linux, in WSL 2, in a Linux container or in a virtual machine"
);

// Elsewhere, the sentence above is to be the only error.
#[cfg(target_os = "linux")]
mod print;
mod time;

#[cfg(target_os = "linux")]
pub use print::{STDOUT_GONE, print_line};
pub use time::{Stopwatch, random_nap};

/// The number by which the system knows this process, as Python's `os.getpid()`.
pub fn pid() -> u32 {
    std::process::id()
}
