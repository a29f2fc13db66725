//! Nodes whose network is split between two selves, or lets nothing out.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::Recipients;
use commonware_p2p::simulated::{
    Control, Receiver, Sender, SocketManager, SplitForwarder, SplitOrigin, SplitSender, SplitTarget,
};
use commonware_runtime::Supervisor as _;
use commonware_runtime::deterministic::Context;

use super::world::World;
use crate::links::{Links, Network};

/// One half of a network that a liar has split.
struct Half<F>(PhantomData<F>);

impl<F: SplitForwarder<PublicKey>> Network for Half<F> {
    type Sender = SplitSender<PublicKey, Context, F>;
    type Receiver = Receiver<PublicKey>;
    type Peers = SocketManager<PublicKey, Context>;
    type Blocker = Control<PublicKey, Context>;
}

impl World {
    /// Runs the same key twice: each twin sees and is seen by its part of the others alone, and is honest to it.
    /// Together they propose two blocks in a view, and vote for both.
    pub(super) async fn start_twins(&mut self, index: usize, first: &[usize]) {
        let group: BTreeSet<PublicKey> = first
            .iter()
            .map(|other| self.nodes[*other].peer.clone())
            .collect();
        let rest = self.nodes.iter().map(|node| node.peer.clone());
        let rest: BTreeSet<PublicKey> = rest.filter(|peer| !group.contains(peer)).collect();
        let (ours, theirs) = (group.clone(), rest.clone());
        let forwarder = move |origin: SplitOrigin, recipients: &Recipients<PublicKey>, _: &_| {
            let side = match origin {
                SplitOrigin::Primary => &ours,
                SplitOrigin::Secondary => &theirs,
            };
            let to: Vec<PublicKey> = match recipients {
                Recipients::All => side.iter().cloned().collect(),
                Recipients::Some(some) => some.iter().filter(|peer| side.contains(peer)).cloned().collect(),
                Recipients::One(one) => side.get(one).cloned().into_iter().collect(),
            };
            Some(Recipients::Some(to))
        };
        let (one, other) = self.split(index, forwarder, group).await;
        for (twin, links) in [("a", one), ("b", other)] {
            let folder = tempfile::tempdir().unwrap();
            let running = self.run(index, format!("twin{index}{twin}-"), &folder, links);
            running.chain.tell_quorum_is_new();
            self.twins.push((folder, running));
        }
    }

    async fn split<F: SplitForwarder<PublicKey>>(
        &self,
        index: usize,
        forwarder: F,
        group: BTreeSet<PublicKey>,
    ) -> (Links<Half<F>>, Links<Half<F>>) {
        let plain = self.plain_links(index).await;
        let halves = |(sender, receiver): (Sender<PublicKey, Context>, Receiver<PublicKey>)| {
            let (a, b) = sender.split_with(forwarder.clone());
            let group = group.clone();
            let router = move |message: &(PublicKey, _)| match group.contains(&message.0) {
                true => SplitTarget::Primary,
                false => SplitTarget::Secondary,
            };
            let (c, d) = receiver.split_with(self.context().child("split"), router);
            ((a, c), (b, d))
        };
        let (votes, certificates) = (halves(plain.votes), halves(plain.certificates));
        let (resolver, blocks) = (halves(plain.resolver), halves(plain.blocks));
        let (backfill, operations) = (halves(plain.backfill), halves(plain.operations));
        let one = Links {
            peers: plain.peers.clone(),
            blocker: plain.blocker.clone(),
            votes: votes.0,
            certificates: certificates.0,
            resolver: resolver.0,
            blocks: blocks.0,
            backfill: backfill.0,
            operations: operations.0,
        };
        let other = Links {
            peers: plain.peers,
            blocker: plain.blocker,
            votes: votes.1,
            certificates: certificates.1,
            resolver: resolver.1,
            blocks: blocks.1,
            backfill: backfill.1,
            operations: operations.1,
        };
        (one, other)
    }

    /// Starts a node whose votes nobody receives. It is honest in all else.
    pub(super) async fn start_withholding(&mut self, index: usize) {
        let gate = |is_shut: bool| {
            move |_: SplitOrigin, recipients: &Recipients<PublicKey>, _: &_| {
                (!is_shut).then(|| recipients.clone())
            }
        };
        let plain = self.plain_links(index).await;
        let links = Links::<Half<_>> {
            peers: plain.peers,
            blocker: plain.blocker,
            votes: (plain.votes.0.split_with(gate(true)).0, plain.votes.1),
            certificates: (
                plain.certificates.0.split_with(gate(false)).0,
                plain.certificates.1,
            ),
            resolver: (plain.resolver.0.split_with(gate(false)).0, plain.resolver.1),
            blocks: (plain.blocks.0.split_with(gate(false)).0, plain.blocks.1),
            backfill: (plain.backfill.0.split_with(gate(false)).0, plain.backfill.1),
            operations: (plain.operations.0.split_with(gate(false)).0, plain.operations.1),
        };
        let node = &self.nodes[index];
        let running = self.run(index, format!("n{index}-{}-", node.disk), &node.folder, links);
        self.nodes[index].running = Some(running);
    }
}
