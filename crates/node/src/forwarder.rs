//! Changes that reach a node which doesn't vote: passed on to the nodes of those who do, none of which is believed
//! without what the blocks say.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use xchat_consensus::Consensus;
use xchat_directory::Checked;
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};
use xchat_proto::ids::{Hash, NodeId};
use xchat_proto::record::Operation;

use crate::asker::Asker;
use crate::clock;

/// How long this node may be behind the one that took the change, before another is asked.
const CATCH_UP: Duration = Duration::from_secs(5);

/// Changes that are being passed on at the same time.
const UNDER_WAY_MAX: usize = 256;

/// Passes changes on.
pub(crate) struct Forwarder {
    asker: Asker,
    own: NodeId,
    /// The first operators' nodes, for as long as nobody else is known.
    first: Vec<Endpoint>,
    /// What is being passed on. Two nodes that both follow must not pass a change to and fro.
    under_way: Mutex<BTreeSet<Hash>>,
}

/// A change that is being passed on, until it is dropped.
struct UnderWay<'a> {
    forwarder: &'a Forwarder,
    hash: Hash,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.forwarder.lock().remove(&self.hash);
    }
}

impl Forwarder {
    pub(crate) fn new(asker: Asker, own: NodeId, first: Vec<Endpoint>) -> Self {
        Self {
            asker,
            own,
            first,
            under_way: Mutex::default(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<Hash>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, hash: Hash) -> Option<UnderWay<'_>> {
        let mut under_way = self.lock();
        let is_new = under_way.len() < UNDER_WAY_MAX && under_way.insert(hash);
        is_new.then_some(UnderWay {
            forwarder: self,
            hash,
        })
    }

    /// Asks other nodes.
    pub(crate) fn asker(&self) -> &Asker {
        &self.asker
    }

    /// The other operators' nodes: those of the present committee, then those of the genesis.
    pub(crate) fn nodes(&self, consensus: Option<&Consensus>) -> Vec<Endpoint> {
        let reader = consensus.map(Consensus::reader);
        let present = reader
            .iter()
            .flat_map(|reader| reader.committee().operators.as_slice());
        let mut nodes: Vec<Endpoint> = Vec::new();
        let known = present.filter_map(|operator| operator.node.clone());
        for node in known.chain(self.first.iter().cloned()) {
            if node.id != self.own && nodes.iter().all(|known| known.id != node.id) {
                nodes.push(node);
            }
        }
        nodes
    }

    /// Passes a change on, and waits until it is final and known here too.
    pub(crate) async fn submit(
        &self,
        consensus: &Consensus,
        operation: Operation,
    ) -> Result<u64, RejectReason> {
        let rules = consensus.reader().rules().clone();
        let checked = tokio::task::spawn_blocking(move || rules.check(operation));
        let checked = checked.await.unwrap_or(Err(RejectReason::Undecided))?;
        if let Ok(Some(height)) = consensus.reader().made(&checked) {
            return Ok(height);
        }
        let _under_way = self.begin(checked.hash()).ok_or(RejectReason::Busy)?;
        let request = DirectoryRequest::Submit {
            operation: checked.operation().clone(),
        };
        let (mut last, mut refused) = (RejectReason::Undecided, Vec::new());
        let nodes = self.nodes(Some(consensus));
        for node in &nodes {
            match self.asker.ask(node, &request).await {
                Ok(DirectoryReply::Accepted { height }) => {
                    if let Some(height) = caught_up(consensus, &checked, height).await {
                        return Ok(height);
                    }
                    tracing::warn!(
                        height,
                        "a node says that a change was made, and no block shows it"
                    );
                }
                Ok(DirectoryReply::Rejected { reason }) if reason.is_temporary() => last = reason,
                Ok(DirectoryReply::Rejected { reason }) => {
                    refused.push(reason);
                    judged(consensus, &checked)?;
                }
                _ => {}
            }
        }
        judged(consensus, &checked)?;
        // What all say is the last word, though this node doesn't see why.
        match refused.first() {
            Some(reason) if refused.len() == nodes.len() => Err(*reason),
            _ => Err(last),
        }
    }
}

/// The height from which on a change stands, by the blocks that this node has once it is as far as who took the change.
async fn caught_up(consensus: &Consensus, checked: &Checked, height: u64) -> Option<u64> {
    let known = consensus.certified_above(height.saturating_sub(1));
    let _behind = timeout(CATCH_UP, known).await;
    consensus.reader().stands(checked).ok().flatten()
}

/// Whether a change could still be made, by the blocks that this node has.
fn judged(consensus: &Consensus, checked: &Checked) -> Result<(), RejectReason> {
    let judged = consensus.reader().judge(checked, clock::now_ms());
    judged.unwrap_or(Ok(()))
}
