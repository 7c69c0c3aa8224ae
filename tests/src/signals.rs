//! Signals to processes, and the statuses of what they end.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::unistd::Pid;

/// A real-time signal, which nix cannot name.
pub const REAL_TIME: i32 = 40;

/// Sends a signal to a process, unless the process has ended already.
pub fn send(pid: u32, signal: Signal) {
    let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
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

/// From now on, a signal of this kind interrupts system calls (signal(7),
/// SA_RESTART), and does nothing else.
///
/// # Panics
///
/// When the signal cannot be handled.
#[expect(unsafe_code, reason = "sigaction(2) has no safe form")]
pub fn let_interrupt(signal: Signal) {
    extern "C" fn do_nothing(_: i32) {}
    let handler = SigHandler::Handler(do_nothing);
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing, so it may run at any moment.
    unsafe { sigaction(signal, &action) }.expect("a signal that can be handled");
}

/// The status of a process that a signal has ended.
pub fn killed_by(signal: Signal) -> ExitStatus {
    ExitStatus::from_raw(signal as i32)
}

/// The status of a process that has exited with this code.
pub fn exited_with(code: u8) -> ExitStatus {
    ExitStatus::from_raw(i32::from(code) << 8)
}
