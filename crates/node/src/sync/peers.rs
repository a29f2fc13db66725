//! What is remembered of the nodes that are asked: who has been good, and who is left alone for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use xchat_proto::address::Endpoint;
use xchat_proto::ids::NodeId;

/// How long a node is left alone after it gave no answer; twice as long each time.
const SILENT_PAUSE: Duration = Duration::from_secs(1);
/// The same after it served what does not hold.
const LIE_PAUSE: Duration = Duration::from_secs(60);
const PAUSE_MAX: Duration = Duration::from_secs(600);
/// Nodes that are remembered: each may be in the committee, and leave it.
const REMEMBERED_MAX: usize = 256;

/// What a node did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It gave no answer, or said that it has none now.
    Silent,
    /// Its answer does not hold.
    Lies,
}

#[derive(Debug, Default)]
struct Peer {
    faults: u32,
    not_before: Option<Instant>,
    /// When it had nothing new: those who had nothing longest ago are asked first.
    empty_at: Option<Instant>,
    /// Whether what it gave last was good: of those who were not empty, they are asked first.
    is_good: bool,
}

/// The nodes.
#[derive(Debug, Default)]
pub(super) struct Peers(BTreeMap<NodeId, Peer>);

impl Peers {
    /// The nodes in the order in which they are to be asked, without those that are left alone; all of them when nobody
    /// else is left.
    pub(super) fn in_turn(&mut self, nodes: Vec<Endpoint>) -> Vec<Endpoint> {
        self.0.retain(|id, _| nodes.iter().any(|node| node.id == *id));
        let now = Instant::now();
        let rest_until = |node: &Endpoint| self.0.get(&node.id).and_then(|peer| peer.not_before);
        let is_ready = |node: &&Endpoint| rest_until(node).is_none_or(|until| until <= now);
        let mut ready: Vec<Endpoint> = nodes.iter().filter(is_ready).cloned().collect();
        if ready.is_empty() {
            ready = nodes;
            ready.sort_by_key(rest_until);
            ready.truncate(1);
        }
        ready.sort_by_key(|node| match self.0.get(&node.id) {
            Some(peer) => (peer.empty_at, !peer.is_good),
            None => (None, true),
        });
        ready
    }

    fn peer(&mut self, node: &NodeId) -> Option<&mut Peer> {
        if self.0.len() >= REMEMBERED_MAX && !self.0.contains_key(node) {
            return None;
        }
        Some(self.0.entry(*node).or_default())
    }

    pub(super) fn was_good(&mut self, node: &NodeId) {
        if let Some(peer) = self.peer(node) {
            *peer = Peer {
                is_good: true,
                ..Peer::default()
            };
        }
    }

    pub(super) fn was_empty(&mut self, node: &NodeId) {
        if let Some(peer) = self.peer(node) {
            // That it had nothing now makes up for nothing: what it said before may have been a lie.
            *peer = Peer {
                empty_at: Some(Instant::now()),
                faults: peer.faults,
                ..Peer::default()
            };
        }
    }

    pub(super) fn failed(&mut self, node: &NodeId, fault: Fault) {
        let Some(peer) = self.peer(node) else {
            return;
        };
        let pause = match fault {
            Fault::Silent => SILENT_PAUSE,
            Fault::Lies => LIE_PAUSE,
        };
        let pause = pause.saturating_mul(1_u32.checked_shl(peer.faults).unwrap_or(u32::MAX));
        peer.is_good = false;
        peer.faults = peer.faults.saturating_add(1).min(16);
        peer.not_before = Instant::now().checked_add(pause.min(PAUSE_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xchat_proto::codec::Bounded;

    fn node(number: u8) -> Endpoint {
        Endpoint {
            id: NodeId([number; 32]),
            sockets: Bounded::default(),
            relay: None,
        }
    }

    fn order(peers: &mut Peers) -> Vec<u8> {
        let nodes = peers.in_turn((1..=3).map(node).collect());
        nodes.iter().map(|node| node.id.0[0]).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn who_fails_is_left_alone_for_a_while_and_who_had_nothing_is_asked_last() {
        let mut peers = Peers::default();
        assert_eq!(order(&mut peers), [1, 2, 3]);
        peers.was_empty(&node(1).id);
        tokio::time::advance(Duration::from_millis(1)).await;
        peers.was_empty(&node(2).id);
        assert_eq!(order(&mut peers), [3, 1, 2]);
        peers.failed(&node(3).id, Fault::Silent);
        assert_eq!(order(&mut peers), [1, 2]);
        peers.failed(&node(2).id, Fault::Lies);
        tokio::time::advance(SILENT_PAUSE).await;
        assert_eq!(order(&mut peers), [3, 1]);
        peers.failed(&node(3).id, Fault::Lies);
        peers.failed(&node(1).id, Fault::Lies);
        assert_eq!(order(&mut peers), [2], "somebody is always asked");
        tokio::time::advance(PAUSE_MAX).await;
        assert_eq!(order(&mut peers).len(), 3);
        // To have nothing in between spares nobody the longer pause.
        peers.failed(&node(3).id, Fault::Lies);
        peers.was_empty(&node(3).id);
        peers.failed(&node(3).id, Fault::Lies);
        tokio::time::advance(LIE_PAUSE).await;
        assert_eq!(order(&mut peers).len(), 2);
        let mut peers = Peers::default();
        peers.was_good(&node(2).id);
        assert_eq!(
            order(&mut peers),
            [2, 1, 3],
            "who was good is asked before strangers"
        );
    }
}
