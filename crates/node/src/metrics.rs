//! How a node fares: numbers for its operator's monitoring. Nothing in them points to anybody.

use std::sync::Arc;

use tokio::sync::watch;
use xchat_consensus::{Consensus, ConsensusStats};
use xchat_proto::limits::SYNC_BYTES_MAX;
use xchat_proto::record::Operation;

use crate::directory_service::Current;
use crate::stats::{Counters, NodeStats};

/// A validator whose signature was seen in no certificate for so long counts as missing. Certificates hold a quorum's
/// signatures only, so a slow one may be left out of many.
const MISSING_MS: u64 = 120_000;

/// How a node fares.
#[derive(Debug, Clone)]
pub struct NodeMetrics {
    /// When this was read, in Unix milliseconds.
    pub now_ms: u64,
    /// When the node started, in Unix milliseconds.
    pub started_ms: u64,
    /// The directory; nothing while it is being fetched.
    pub directory: Option<ConsensusStats>,
    /// What was counted.
    pub node: NodeStats,
    /// Whether it relays.
    pub relays: bool,
}

impl NodeMetrics {
    /// How many validators have not been seen signing for two minutes, as far as this node can know yet.
    pub fn missing(&self) -> usize {
        let Some(directory) = &self.directory else {
            return 0;
        };
        let is_old = |since_ms: u64| self.now_ms.saturating_sub(since_ms) > MISSING_MS;
        let signed = directory.validators.values();
        signed
            .filter(|signed| is_old(signed.map_or(self.started_ms, |signed| signed.time_ms)))
            .count()
    }
}

/// Counts the names that are registered, as blocks come.
pub(crate) async fn count_registrations(mut current: watch::Receiver<Current>, counters: Arc<Counters>) {
    loop {
        let consensus = current.borrow_and_update().clone();
        let Some(consensus) = consensus else {
            if current.changed().await.is_err() {
                return;
            }
            continue;
        };
        let mut height = consensus.reader().head().header.height;
        let counting = async {
            while let Ok(newest) = consensus.certified_above(height).await {
                let counted = registrations(&consensus, height.saturating_add(1)).await;
                counters.registrations.add(counted.0);
                height = counted.1.max(height.saturating_add(1)).min(newest);
            }
        };
        tokio::select! {
            () = counting => {}
            changed = current.changed() => if changed.is_err() { return },
        }
    }
}

/// How many names were registered from this height on, in as many blocks as are read at once, and the last of those.
async fn registrations(consensus: &Arc<Consensus>, from: u64) -> (usize, u64) {
    let consensus = Arc::clone(consensus);
    let read = tokio::task::spawn_blocking(move || consensus.reader().blocks(from, SYNC_BYTES_MAX));
    let Ok(Ok(blocks)) = read.await else {
        return (0, from);
    };
    let operations = blocks.iter().flat_map(|block| block.operations.as_slice());
    let registered = operations.filter(|operation| matches!(operation, Operation::Register { .. }));
    let last = blocks.last().map_or(from, |block| block.header.height);
    (registered.count(), last)
}
