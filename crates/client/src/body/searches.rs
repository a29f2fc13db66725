//! The thread that searches: beside the machine, so that nobody waits for it who doesn't search.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use tokio::sync::oneshot;
use xchat_core::reader::{Reader, SearchError};

use super::{Answer, reply};
use crate::profile::ProfileError;

/// Searches that wait for the one that runs.
const SEARCHES_MAX: usize = 32;

/// A search with its answer inside; without a reader it says that there are too many.
type Search = Box<dyn FnOnce(Option<&mut Reader>) + Send>;

/// The way to the thread.
pub(super) struct Searches {
    waiting: SyncSender<Search>,
    ended: oneshot::Receiver<()>,
}

impl Searches {
    pub(super) fn start(reader: Reader) -> Result<Self, ProfileError> {
        let (waiting, searches) = sync_channel(SEARCHES_MAX);
        let (ends, ended) = oneshot::channel();
        thread::Builder::new()
            .name("xchat-search".to_owned())
            .spawn(move || {
                run(reader, &searches);
                // The file is closed by now.
                drop(ends);
            })?;
        Ok(Self { waiting, ended })
    }

    /// Searches when the others have been answered.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        answer: Answer<Result<T, SearchError>>,
        search: impl FnOnce(&mut Reader) -> Result<T, SearchError> + Send + 'static,
    ) {
        let search: Search = Box::new(move |reader| match reader {
            None => reply(answer, Err(SearchError::Busy)),
            // Whoever types on has asked something else since.
            Some(_) if answer.is_closed() => {}
            Some(reader) => reply(answer, search(reader)),
        });
        match self.waiting.try_send(search) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(search)) => search(None),
        }
    }

    /// Ends the thread, and waits until its file is closed.
    pub(super) async fn end(self) {
        drop(self.waiting);
        // That the sender is gone is the sign.
        let _ = self.ended.await;
    }
}

fn run(mut reader: Reader, searches: &Receiver<Search>) {
    for search in searches {
        search(Some(&mut reader));
    }
}
