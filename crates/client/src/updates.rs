//! What a host program is told while it runs.

use tokio::sync::broadcast;
use xchat_core::io::Event;

/// Updates that wait for one subscriber; a slower one is told that it missed some.
pub(crate) const UPDATES_MAX: usize = 1024;

/// Something that a host program is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all updates are events")]
pub enum Update {
    /// Something happened in the messenger.
    Event(Event),
    /// So many updates were missed, because they were not taken in time: read again what is shown.
    Lagged(u64),
    /// The profile can't be written. What comes from the network waits at its sender; it is tried again by itself.
    StorageFailed {
        /// Whether it is for want of room on the disk.
        is_full: bool,
    },
    /// The profile can be written again.
    StorageRecovered,
    /// The network can't be used on this machine; it is tried again by itself.
    NetworkFailed(String),
}

/// A subscription to updates.
#[derive(Debug)]
pub struct Updates(broadcast::Receiver<Update>);

impl Updates {
    pub(crate) fn new(receiver: broadcast::Receiver<Update>) -> Self {
        Self(receiver)
    }

    /// The next update; `None` after the messenger has stopped. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Update> {
        match self.0.recv().await {
            Ok(update) => Some(update),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Update::Lagged(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
