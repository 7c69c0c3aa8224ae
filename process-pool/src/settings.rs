//! What the pool changes about signals and limits, and what its workers get back.

use std::io;

use nix::libc::c_int;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction};

/// What the program had before it made the pool. Each worker gets it back.
///
/// While this lives, this thread blocks all signals, and so do the fork server and the
/// pool's threads, which begin meanwhile: what comes for the program, such as Ctrl-C,
/// reaches the program's own threads, once all has started.
pub(crate) struct Settings {
    signal_mask: SigSet,
    /// The soft and the hard limit on descriptors.
    descriptors: (u64, u64),
}

impl Settings {
    pub(crate) fn save_and_block_signals() -> io::Result<Settings> {
        Ok(Settings {
            descriptors: getrlimit(Resource::RLIMIT_NOFILE)?,
            signal_mask: SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?,
        })
    }

    /// In a worker. But Ctrl-C does not end a worker, though it reaches the worker, too:
    /// whether the program ends is the program's decision. (If the program ignores it, so
    /// do the programs that a task runs.)
    pub(crate) fn restore(&self, on_child_end: &SigAction) -> nix::Result<()> {
        for signal in [Signal::SIGINT, Signal::SIGQUIT] {
            let before = install_empty_handler(signal)?;
            if let SigHandler::SigIgn = before.handler() {
                set_action(signal, &before)?;
            }
        }
        set_action(Signal::SIGCHLD, on_child_end)?;
        let (soft, hard) = self.descriptors;
        // It fails when somebody has lowered the hard limit: that one stays.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, soft, hard);
        self.signal_mask.thread_set_mask()
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        // This mask was in force before, so it is valid.
        let _ = self.signal_mask.thread_set_mask();
    }
}

/// Raises the soft limit on descriptors to the hard one.
pub(crate) fn raise_descriptor_limit() -> nix::Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
}

/// Has a signal do nothing but interrupt ppoll(2) and the like; returns what it did before.
/// Unlike an ignored signal, it has its default action again in a program that this
/// process executes (execve(2)).
pub(crate) fn install_empty_handler(signal: Signal) -> nix::Result<SigAction> {
    extern "C" fn nothing(_: c_int) {}
    let handler = SigHandler::Handler(nothing);
    set_action(
        signal,
        &SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty()),
    )
}

#[expect(unsafe_code, reason = "sigaction(2) has no safe form")]
fn set_action(signal: Signal, action: &SigAction) -> nix::Result<SigAction> {
    // SAFETY: the action is a handler that does nothing, which may run at any moment,
    // or one that the program itself had in force.
    unsafe { sigaction(signal, action) }
}
