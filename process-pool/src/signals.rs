//! What the pool changes about signals, and what its workers get back.

use std::io;

use nix::errno::Errno;
use nix::libc::c_int;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction};

/// While it lives, this thread blocks all signals, and so do the fork server and the
/// pool's threads, which begin meanwhile: what comes for the program reaches the
/// program's own threads.
pub(crate) struct BlockedSignals {
    pub(crate) mask_before: SigSet,
}

impl BlockedSignals {
    pub(crate) fn new() -> io::Result<BlockedSignals> {
        let mask_before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
        Ok(BlockedSignals { mask_before })
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // This mask was in force before, so it is valid.
        let _ = self.mask_before.thread_set_mask();
    }
}

/// What the program had before it made the pool. Each worker gets it back.
pub(crate) struct SignalSettings {
    mask: SigSet,
    on_child_end: SigAction,
}

impl SignalSettings {
    /// In the fork server: has SIGCHLD interrupt a wait. (If the program was started
    /// with SIGCHLD ignored, nobody would learn how a worker has ended.)
    pub(crate) fn change(mask: SigSet) -> nix::Result<SignalSettings> {
        Ok(SignalSettings {
            mask,
            on_child_end: handle_with_nothing(Signal::SIGCHLD)?,
        })
    }

    /// In a worker. But Ctrl-C, which reaches it, too, does not end it: whether the
    /// program ends is the program's decision.
    pub(crate) fn restore(&self) -> nix::Result<()> {
        handle_with_nothing(Signal::SIGINT)?;
        handle_with_nothing(Signal::SIGQUIT)?;
        set_action(Signal::SIGCHLD, &self.on_child_end)?;
        self.mask.thread_set_mask()
    }
}

/// Has a signal interrupt a wait, and do nothing else; gives what it did before. A
/// program that this process executes gets the default action again (execve(2)).
fn handle_with_nothing(signal: Signal) -> Result<SigAction, Errno> {
    extern "C" fn nothing(_: c_int) {}
    let handler = SigHandler::Handler(nothing);
    set_action(
        signal,
        &SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty()),
    )
}

#[expect(unsafe_code, reason = "sigaction(2) has no safe form")]
fn set_action(signal: Signal, action: &SigAction) -> Result<SigAction, Errno> {
    // SAFETY: the action is a handler that does nothing, which may run at any moment,
    // or one that the program itself had in force.
    unsafe { sigaction(signal, action) }
}
