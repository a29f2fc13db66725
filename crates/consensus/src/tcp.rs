//! The real network between validators.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use commonware_cryptography::ChaCha20Poly1305;
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::authenticated::lookup;
use commonware_runtime::{Quota, Supervisor as _, tokio as runtime};
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::NZUsize;

use xchat_proto::certificate::peer_namespace;

use crate::error::EngineError;
use crate::keys::Keys;
use crate::links::{Links, Network, message_bytes_max, quotas};
use crate::marshalling::MAILBOX;

/// How far two validators' clocks may be apart for them to speak to each other.
const CLOCK_SKEW: Duration = Duration::from_secs(30);
/// The present peers and those before them.
const SETS_TRACKED: NonZeroUsize = NZUsize!(2);

/// Encrypted TCP between keys whose addresses are known.
pub(crate) struct Tcp;

impl Network for Tcp {
    type Sender = lookup::Sender<PublicKey, runtime::Context>;
    type Receiver = lookup::Receiver<PublicKey>;
    type Peers = lookup::Oracle<PublicKey>;
    type Blocker = lookup::Oracle<PublicKey>;
}

/// Listens, and connects to the peers that it is told of later.
pub(crate) fn connect(
    context: &runtime::Context,
    keys: &Keys,
    listen: SocketAddr,
    peers_max: usize,
) -> Result<Links<Tcp>, EngineError> {
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: keys.private(),
            synchrony_bound: CLOCK_SKEW,
            max_handshake_age: CLOCK_SKEW,
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let room = u32::try_from(peers_max).map_err(EngineError::of)?;
    let mut settings = lookup::Config::local(
        handshake,
        &peer_namespace(keys.network()),
        listen,
        NonZeroUsize::new(peers_max).unwrap_or(NonZeroUsize::MIN),
        message_bytes_max(room),
        MAILBOX,
    );
    settings.tracked_peer_sets = SETS_TRACKED;
    settings.allow_dns = false;
    let (mut network, oracle) = lookup::Network::new(context.child("network"), settings);
    let [votes, certificates, resolver, blocks, backfill, operations] = quotas();
    let mut register = |channel: u64, quota: Quota| network.register(channel, quota);
    let links = Links {
        peers: oracle.clone(),
        blocker: oracle,
        votes: register(0, votes),
        certificates: register(1, certificates),
        resolver: register(2, resolver),
        blocks: register(3, blocks),
        backfill: register(4, backfill),
        operations: register(5, operations),
    };
    network.start();
    Ok(links)
}
