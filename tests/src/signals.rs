//! Signals to processes, and the statuses of what they end.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A real-time signal, which nix cannot name.
pub const REAL_TIME: i32 = 40;

/// Sends a signal to a process.
///
/// # Panics
///
/// When there is no such process.
pub fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.cast_signed()), signal).expect("a process");
}

/// Sends [`REAL_TIME`] to a process.
///
/// # Panics
///
/// When it cannot be sent.
pub fn send_real_time(pid: u32) {
    let script = format!("kill -{REAL_TIME} {pid}");
    let status = Command::new("sh").args(["-c", &script]).status();
    assert!(status.expect("a shell").success());
}

/// The status of a process that a signal has ended.
pub fn killed_by(signal: Signal) -> ExitStatus {
    ExitStatus::from_raw(signal as i32)
}

/// The status of a process that has exited with this code.
pub fn exited_with(code: u8) -> ExitStatus {
    ExitStatus::from_raw(i32::from(code) << 8)
}
