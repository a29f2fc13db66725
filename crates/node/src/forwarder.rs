//! Changes that reach a node which doesn't vote: passed on to the nodes of those who do.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use xchat_consensus::Consensus;
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};
use xchat_proto::ids::{Hash, NodeId};
use xchat_proto::record::Operation;

use crate::asker::Asker;

/// How long this node may be behind the one that took the change, before the answer is given all the same.
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
        let mut reason = RejectReason::Undecided;
        for node in self.nodes(Some(consensus)) {
            match self.asker.ask(&node, &request).await {
                Ok(DirectoryReply::Accepted { height }) => {
                    let known = consensus.certified_above(height.saturating_sub(1));
                    let _behind = timeout(CATCH_UP, known).await;
                    return Ok(height);
                }
                Ok(DirectoryReply::Rejected { reason: temporary }) if temporary.is_temporary() => {
                    reason = temporary;
                }
                Ok(DirectoryReply::Rejected { reason }) => return Err(reason),
                _ => {}
            }
        }
        Err(reason)
    }
}
