//! Which signals reach the processes and threads of a pool.

use nix::libc::c_int;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction};

/// While it lives, this thread blocks signals, and so do the fork server and the
/// pool's threads, which begin meanwhile: what comes for the program reaches the
/// program's own threads.
pub(crate) struct BlockedSignals {
    pub(crate) before: SigSet,
}

/// What a thread causes itself cannot wait.
const SYNCHRONOUS: [Signal; 6] = [
    Signal::SIGSEGV,
    Signal::SIGBUS,
    Signal::SIGFPE,
    Signal::SIGILL,
    Signal::SIGTRAP,
    Signal::SIGSYS,
];

impl BlockedSignals {
    pub(crate) fn new() -> nix::Result<BlockedSignals> {
        let mut signals = SigSet::all();
        for signal in SYNCHRONOUS {
            signals.remove(signal);
        }
        let before = signals.thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
        Ok(BlockedSignals { before })
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // This mask was in force before, so it is valid.
        let _ = self.before.thread_set_mask();
    }
}

/// Has a signal interrupt a wait, and do nothing else. A program that this
/// process executes gets the default action again (execve(2)).
#[expect(unsafe_code, reason = "sigaction(2) has no safe form")]
pub(crate) fn handle_with_nothing(signal: Signal) -> nix::Result<()> {
    extern "C" fn nothing(_: c_int) {}
    let handler = SigHandler::Handler(nothing);
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: a handler that does nothing may run at any moment.
    unsafe { sigaction(signal, &action) }.map(drop)
}
