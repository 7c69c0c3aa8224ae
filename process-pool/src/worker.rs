//! The loop of a worker process, and a dispatcher's hold on it.

use std::io;

use ipc_channel::ipc::{IpcBytesReceiver, IpcBytesSender};

use crate::TaskError;
use crate::async_result::Outcome;
use crate::call::{self, Answer};
use crate::message;

/// What a worker process does: it answers calls until nobody can send any.
pub(crate) fn work(calls: IpcBytesReceiver, answers: IpcBytesSender) {
    while let Ok(run) = message::receive(&calls) {
        let mut rest = &run[..];
        while !rest.is_empty() {
            let Ok((answer, next)) = call::run(rest) else {
                return;
            };
            if message::send(&answers, &answer).is_err() {
                return;
            }
            rest = next;
        }
    }
}

/// A worker process as its dispatcher sees it.
pub(crate) struct Worker {
    pub(crate) pid: u32,
    pub(crate) calls: IpcBytesSender,
    pub(crate) answers: IpcBytesReceiver,
}

/// The worker is gone.
pub(crate) struct Gone {
    /// Whether all that it was to be sent had been sent by then. It begins no
    /// call before it has read all that came with it.
    pub(crate) sent: bool,
}

impl Worker {
    /// Sends encoded calls, one behind the other.
    pub(crate) fn send(&self, calls: &[u8]) -> Result<(), Gone> {
        message::send(&self.calls, calls).map_err(|_| Gone { sent: false })
    }

    /// Waits for the answer to the next call.
    pub(crate) fn receive(&self) -> Result<Outcome, Gone> {
        let answer = message::receive(&self.answers).map_err(|_| Gone { sent: true })?;
        Ok(outcome(&answer))
    }

    /// Whether calls were sent that the worker, now gone, has never read.
    ///
    /// The system tells by the error of the next send: ECONNRESET then, and
    /// else EPIPE.
    pub(crate) fn left_unread(&self) -> bool {
        let next = message::send(&self.calls, &[]);
        next.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
    }
}

fn outcome(answer: &[u8]) -> Outcome {
    match postcard::from_bytes(answer) {
        Ok(Answer::Returned(result)) => Ok(result.to_vec()),
        Ok(Answer::Panicked(message)) => Err(TaskError::Panicked(message)),
        Ok(Answer::Codec(message)) => Err(TaskError::Codec(message)),
        Err(error) => Err(TaskError::Codec(format!(
            "its answer cannot be decoded: {error}"
        ))),
    }
}
