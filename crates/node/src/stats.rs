//! What a node counts. Numbers only: nothing in them points to anybody.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of a node since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeStats {
    /// Connections that are open.
    pub connections: u64,
    /// Connections that were accepted.
    pub connections_accepted: u64,
    /// Connections that were refused: too many.
    pub connections_refused: u64,
    /// Connections that were closed because the peer broke the protocol.
    pub misbehaved: u64,
    /// Subscriptions that are open.
    pub subscriptions: u64,
    /// Commands that were carried out.
    pub commands: u64,
    /// Durable commits that carried them out.
    pub commits: u64,
    /// Times that a subscriber was too slow and read from the store again.
    pub lags: u64,
    /// Ephemeral envelopes that a slow subscriber missed.
    pub ephemerals_dropped: u64,
    /// Requests to the directory.
    pub directory_requests: u64,
    /// Bytes of blobs that clients brought.
    pub blob_bytes_received: u64,
    /// Bytes of blobs that clients were given.
    pub blob_bytes_sent: u64,
    /// Blobs of which all has come.
    pub blobs_stored: u64,
    /// Times that there was no room for a blob, or for the rest of one.
    pub blobs_refused: u64,
    /// Bytes that are counted for blobs now.
    pub blob_bytes: u64,
    /// Bytes of blocks and snapshots that other nodes were given.
    pub sync_bytes: u64,
    /// Blocks that were taken from other nodes.
    pub blocks_fetched: u64,
    /// Names that were registered in the network.
    pub registrations: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connections: Counter,
    pub(crate) connections_accepted: Counter,
    pub(crate) connections_refused: Counter,
    pub(crate) misbehaved: Counter,
    pub(crate) subscriptions: Counter,
    pub(crate) commands: Counter,
    pub(crate) commits: Counter,
    pub(crate) lags: Counter,
    pub(crate) ephemerals_dropped: Counter,
    pub(crate) directory_requests: Counter,
    pub(crate) blob_bytes_received: Counter,
    pub(crate) blob_bytes_sent: Counter,
    pub(crate) blobs_stored: Counter,
    pub(crate) blobs_refused: Counter,
    pub(crate) blob_bytes: Counter,
    pub(crate) sync_bytes: Counter,
    pub(crate) blocks_fetched: Counter,
    pub(crate) registrations: Counter,
}

impl Counters {
    pub(crate) fn stats(&self) -> NodeStats {
        NodeStats {
            connections: self.connections.value(),
            connections_accepted: self.connections_accepted.value(),
            connections_refused: self.connections_refused.value(),
            misbehaved: self.misbehaved.value(),
            subscriptions: self.subscriptions.value(),
            commands: self.commands.value(),
            commits: self.commits.value(),
            lags: self.lags.value(),
            ephemerals_dropped: self.ephemerals_dropped.value(),
            directory_requests: self.directory_requests.value(),
            blob_bytes_received: self.blob_bytes_received.value(),
            blob_bytes_sent: self.blob_bytes_sent.value(),
            blobs_stored: self.blobs_stored.value(),
            blobs_refused: self.blobs_refused.value(),
            blob_bytes: self.blob_bytes.value(),
            sync_bytes: self.sync_bytes.value(),
            blocks_fetched: self.blocks_fetched.value(),
            registrations: self.registrations.value(),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, number: usize) {
        self.0
            .fetch_add(u64::try_from(number).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn one_more(&self) {
        self.add(1);
    }

    pub(crate) fn one_less(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
