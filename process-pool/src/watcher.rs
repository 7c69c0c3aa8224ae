//! The thread that waits for the fork server's end, and wakes the dispatchers
//! that wait for a worker when there is none any more.
//!
//! (The end of a channel would not tell them: a process that a task has left
//! behind may hold it open.)

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use crossbeam::channel::{Sender, bounded};
use process_basic::Child;

use crate::dispatcher::{Activity, Dispatcher};
use crate::mailbox::{DispatcherEnd, WorkerEnd};
use crate::message::{self, Reply};
use crate::shared::Shared;

/// The fork server as the program has it. Dropping it ends the server.
pub(crate) struct RunningServer {
    // In this order: dropping the child waits for its end.
    link: ServerLink,
    process: Child,
}

/// The connection to the fork server. When one of its clones is dropped, the
/// server ends.
#[derive(Clone)]
pub(crate) struct ServerLink(Arc<UnixStream>);

impl ServerLink {
    pub(crate) fn new(server: UnixStream) -> ServerLink {
        ServerLink(Arc::new(server))
    }

    /// Tells the server that all workers are ready.
    pub(crate) fn say_started(&self) {
        // If the server has ended, the watcher tells why.
        let _ = (&*self.0).write_all(&[0]);
    }
}

impl Drop for ServerLink {
    fn drop(&mut self) {
        // A server that has ended already need not be told.
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

/// What the watcher has of a place.
pub(crate) struct WatchedPlace {
    mailbox: WorkerEnd,
    activity: Arc<Activity>,
    /// Dropped when the place has no workers any more.
    ended: Option<Sender<Infallible>>,
}

impl RunningServer {
    pub(crate) fn new(link: ServerLink, process: Child) -> RunningServer {
        RunningServer { link, process }
    }

    pub(crate) fn link(&self) -> ServerLink {
        self.link.clone()
    }

    /// Works until the server has ended.
    pub(crate) fn watch(self, mut places: Vec<WatchedPlace>, shared: &Shared) {
        // The lines end when the server ends: that closes its end of the link.
        for line in BufReader::new(&*self.link.0).lines().map_while(Result::ok) {
            if let Some((place, reason)) = parse(&line, &mut places) {
                place.end(&shared.end(reason));
            }
        }
        let reason = match self.process.join() {
            Ok(status) => format!("the pool's fork server has ended with {status}"),
            Err(error) => format!("the pool's fork server has ended: {error}"),
        };
        let reason = shared.end(&reason);
        for place in &mut places {
            place.end(&reason);
        }
    }
}

/// The place that the server has given up, and why.
fn parse<'a>(
    line: &'a str,
    places: &'a mut [WatchedPlace],
) -> Option<(&'a mut WatchedPlace, &'a str)> {
    let (number, reason) = line.split_once(' ')?;
    Some((places.get_mut(number.parse::<usize>().ok()?)?, reason))
}

impl WatchedPlace {
    /// A place, as its watcher and as its dispatcher have it.
    pub(crate) fn new(worker: WorkerEnd, dispatcher: DispatcherEnd) -> (WatchedPlace, Dispatcher) {
        let activity = Arc::<Activity>::default();
        let (sender, ended) = bounded(0);
        let place = WatchedPlace {
            mailbox: worker,
            activity: Arc::clone(&activity),
            ended: Some(sender),
        };
        (place, Dispatcher::new(dispatcher, activity, ended))
    }

    /// Ends the place. If the dispatcher waits for room or for a reply, wakes it.
    fn end(&mut self, reason: &str) {
        if self.activity.end(reason) {
            message::empty(&self.mailbox.requests);
            // The dispatcher reads it, or has closed its end: this does not wait.
            let ended = Reply::Ended(reason.to_string());
            let _ = message::send(&self.mailbox.replies, &ended);
        }
        self.ended = None;
    }
}
