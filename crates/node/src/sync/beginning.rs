//! Whether the network is new: a validator with an empty folder votes only when a quorum says that it has no block
//! (docs/spec/directory.md, CNS-05).

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use xchat_consensus::Consensus;
use xchat_proto::certificate::quorum;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::ids::NodeId;

use super::questions::Questions;
use super::{PAUSE, Sync};

/// How long the others may take once a quorum is there: whoever comes after the first block doesn't vote for a while.
const STRAGGLE: Duration = Duration::from_secs(3);

impl Sync {
    /// Asks the other validators over and over whether they have a block. Returns whether a quorum, this node among it,
    /// has none; or that it isn't known, and somebody claims to have more, which may be fetched.
    ///
    /// Whoever claims more is believed once, before the others are counted. Blocks prove themselves; who claims and
    /// gives none holds up nobody.
    pub(super) async fn is_quorum_new(&mut self, consensus: &Consensus) -> bool {
        let genesis = consensus.genesis();
        let (network, wanted) = (genesis.id(), quorum(genesis.validators.as_slice().len()));
        let nodes = self.forwarder.nodes(Some(consensus));
        let count = nodes.len();
        let mut questions = Questions::new(&self.forwarder, DirectoryRequest::Status, nodes, count);
        let mut new: BTreeSet<NodeId> = BTreeSet::new();
        let mut until: Option<Instant> = None;
        loop {
            let next = questions.next();
            let answer = match until {
                Some(until) => timeout_at(until, next).await.unwrap_or(None),
                None => next.await,
            };
            let is_quorum = |new: &BTreeSet<NodeId>| new.len().saturating_add(1) >= wanted;
            let Some((node, reply)) = answer else {
                if !is_quorum(&new) {
                    sleep(PAUSE).await;
                }
                return is_quorum(&new);
            };
            match reply {
                Ok(DirectoryReply::Status { status }) if status.height > 0 => {
                    new.remove(&node.id);
                    if self.claimed.insert(node.id) {
                        return false;
                    }
                    until = until.or_else(|| Instant::now().checked_add(STRAGGLE));
                }
                Ok(DirectoryReply::Status { status }) if status.network == network => {
                    new.insert(node.id);
                }
                // What it has said since this node woke up is still true of the time before.
                _ => {}
            }
            if new.len() == count {
                return true;
            }
            if is_quorum(&new) {
                until = until.or_else(|| Instant::now().checked_add(STRAGGLE));
            }
            questions.ask_after(node, PAUSE);
        }
    }
}
