//! The network between validators: the real one over TCP, or a simulated one, with its channels divided by epoch.

use commonware_consensus::marshal::max_payload_size;
use commonware_consensus::marshal::standard::Standard;
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::utils::mux::{Builder as _, MuxHandle, Muxer, SubReceiver, SubSender, prefixed};
use commonware_p2p::{AddressableManager, Blocker, Channel, Message, Receiver, Sender};
use commonware_runtime::{Clock, Metrics, Quota, Spawner, Storage};
use commonware_utils::NZU32;
use commonware_utils::channel::mpsc;
use rand_core::CryptoRng;

use crate::block::Block;
use crate::error::EngineError;
use crate::gossip::MESSAGE_BYTES_MAX;

/// What the engine runs on.
pub(crate) trait Runtime: Clock + CryptoRng + Metrics + Spawner + Storage {}

impl<T: Clock + CryptoRng + Metrics + Spawner + Storage> Runtime for T {}

/// A network between validators.
pub(crate) trait Network: 'static {
    /// Sends on a channel.
    type Sender: Sender<PublicKey = PublicKey>;
    /// Receives from a channel.
    type Receiver: Receiver<PublicKey = PublicKey>;
    /// Knows the peers, and is told who they are.
    type Peers: AddressableManager<PublicKey = PublicKey>;
    /// Cuts off peers that misbehave.
    type Blocker: Blocker<PublicKey = PublicKey>;
}

/// A channel's two ends.
pub(crate) type Ends<N> = (<N as Network>::Sender, <N as Network>::Receiver);

/// One validator's channels to the others.
pub(crate) struct Links<N: Network> {
    pub(crate) peers: N::Peers,
    pub(crate) blocker: N::Blocker,
    pub(crate) votes: Ends<N>,
    pub(crate) certificates: Ends<N>,
    pub(crate) resolver: Ends<N>,
    pub(crate) blocks: Ends<N>,
    pub(crate) backfill: Ends<N>,
    pub(crate) operations: Ends<N>,
}

/// Messages a second that one peer may send on each channel, in the order of [`Links`]. The network allocates for their
/// bursts beforehand.
pub(crate) fn quotas() -> [Quota; 6] {
    let votes = Quota::per_second(NZU32!(256)).allow_burst(NZU32!(128));
    let certificates = votes;
    let resolver = Quota::per_second(NZU32!(128)).allow_burst(NZU32!(32));
    let blocks = Quota::per_second(NZU32!(128)).allow_burst(NZU32!(32));
    let backfill = Quota::per_second(NZU32!(128)).allow_burst(NZU32!(32));
    let operations = Quota::per_second(NZU32!(256)).allow_burst(NZU32!(64));
    [votes, certificates, resolver, blocks, backfill, operations]
}

/// The largest message that any channel carries among so many validators.
pub(crate) fn message_bytes_max(validators: u32) -> u32 {
    let payload = prefixed(max_payload_size::<Standard<Block>, Scheme>(validators, &()));
    commonware_p2p::max_message_size(&[payload, MESSAGE_BYTES_MAX])
}

/// A channel divided into parts, one for each epoch.
pub(crate) type Part<N> = (SubSender<<N as Network>::Sender>, SubReceiver<PublicKey>);

/// Messages of epochs that this node is not in: who sent them, and of which epoch.
pub(crate) type Strays = mpsc::Receiver<(Channel, Message<PublicKey>)>;

/// The channels of [`Links`], divided.
pub(crate) struct Lines<N: Network> {
    pub(crate) peers: N::Peers,
    pub(crate) blocker: N::Blocker,
    votes: MuxHandle<N::Sender>,
    certificates: MuxHandle<N::Sender>,
    resolver: MuxHandle<N::Sender>,
    blocks: MuxHandle<N::Sender>,
    backfill: MuxHandle<N::Sender>,
}

impl<N: Network> Lines<N> {
    /// Divides the channels. Operations are not divided: they go to all who are there.
    pub(crate) fn divide(context: &impl Runtime, links: Links<N>) -> (Self, Ends<N>, Strays) {
        let (votes, strays) = {
            let (mux, handle, strays) = Muxer::builder(context.child("votes"), links.votes.0, links.votes.1)
                .with_backup()
                .build();
            mux.start();
            (handle, strays)
        };
        let lines = Self {
            peers: links.peers,
            blocker: links.blocker,
            votes,
            certificates: divided(context.child("certificates"), links.certificates),
            resolver: divided(context.child("resolver"), links.resolver),
            blocks: divided(context.child("blocks"), links.blocks),
            backfill: divided(context.child("backfill"), links.backfill),
        };
        (lines, links.operations, strays)
    }

    /// Votes, certificates and requests of an epoch.
    pub(crate) async fn of_epoch(&mut self, epoch: u64) -> Result<[Part<N>; 3], EngineError> {
        Ok([
            self.votes.register(epoch).await.map_err(EngineError::of)?,
            self.certificates.register(epoch).await.map_err(EngineError::of)?,
            self.resolver.register(epoch).await.map_err(EngineError::of)?,
        ])
    }

    /// Blocks and requests for them, of all epochs.
    pub(crate) async fn of_blocks(&mut self) -> Result<[Part<N>; 2], EngineError> {
        Ok([
            self.blocks.register(0).await.map_err(EngineError::of)?,
            self.backfill.register(0).await.map_err(EngineError::of)?,
        ])
    }
}

fn divided<S, R>(context: impl Runtime, (sender, receiver): (S, R)) -> MuxHandle<S>
where
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
{
    let (mux, handle) = Muxer::new(context, sender, receiver);
    mux.start();
    handle
}
