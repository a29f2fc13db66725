//! Puts the engine together: network, marshal, simplex, and the task that commits what is final.

use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use commonware_broadcast::buffered;
use commonware_codec::{Copying, DecodeExt as _, Encode as _, Read};
use commonware_consensus::marshal::core::{Actor as Marshal, Mailbox};
use commonware_consensus::marshal::standard::{Inline, Standard};
use commonware_consensus::marshal::{self, max_payload_size, resolver};
use commonware_consensus::simplex;
use commonware_consensus::simplex::config::{Floor, ForwardPolicy, SkipBudget, SkipPolicy};
use commonware_consensus::simplex::elector::RoundRobin;
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::simplex::types::Finalization;
use commonware_consensus::types::{Epoch, FixedEpocher, Height, ViewDelta};
use commonware_cryptography::blake3::Digest;
use commonware_cryptography::certificate::{ConstantProvider, Verifier as _};
use commonware_cryptography::ed25519::{PrivateKey, PublicKey};
use commonware_cryptography::{ChaCha20Poly1305, Digested, Digestible as _, Sha256, Signer as _};
use commonware_p2p::authenticated::lookup;
use commonware_p2p::{Address, AddressableManager as _, Receiver as _, Recipients, Sender as _};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Quota, Spawner as _, Supervisor as _, tokio as runtime};
use commonware_storage::archive::prunable;
use commonware_storage::translator::EightCap;
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::acknowledgement::Acknowledgement as _;
use commonware_utils::ordered::{Map, Set};
use commonware_utils::{NZDuration, NZU16, NZU32, NZU64, NZUsize};
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, error};
use xchat_proto::certificate::{Certificate, engine_namespace};
use xchat_proto::codec;
use xchat_proto::header::Header;
use xchat_proto::limits::OPERATION_BYTES_MAX;
use xchat_proto::map_proof::EMPTY_ROOT;
use xchat_proto::record::Operation;

use crate::application::{Application, Delivery};
use crate::block::{Block, digest_of};
use crate::chain::Chain;
use crate::config::Config;

const EPOCH: Epoch = Epoch::zero();
/// All blocks are of one epoch: the validators of the genesis decide for ever.
const EPOCH_LENGTH: NonZeroU64 = NZU64!(u64::MAX);
const MAILBOX: NonZeroUsize = NZUsize!(256);
const PAGE_BYTES: NonZeroU16 = NZU16!(4084);
const PAGES: NonZeroUsize = NZUsize!(256);
const BUFFER_BYTES: NonZeroUsize = NZUsize!(64 * 1024);
/// The granularity of pruning, in blocks.
const SECTION: NonZeroU64 = NZU64!(256);
const VIEWS_KEPT: ViewDelta = ViewDelta::new(64);
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
const CLOCK_SKEW: Duration = Duration::from_secs(30);

/// Messages a second that one peer may send on a channel. The network allocates for its burst beforehand.
const VOTES: Quota = Quota::per_second(NZU32!(128));
const BLOCKS: Quota = Quota::per_second(NZU32!(32));
const OPERATIONS: Quota = Quota::per_second(NZU32!(64));

type Finalized = Finalization<Scheme, Digest>;
type Archive<V> = prunable::Archive<EightCap, runtime::Context, Digest, V>;
type Blocks = Mailbox<Scheme, Standard<Block>>;
type Channel = (lookup_types::Sender, lookup_types::Receiver);

mod lookup_types {
    use super::{PublicKey, lookup, runtime};

    pub(super) type Sender = lookup::Sender<PublicKey, runtime::Context>;
    pub(super) type Receiver = lookup::Receiver<PublicKey>;
}

/// Why the engine doesn't run.
#[derive(Debug, thiserror::Error)]
#[error("consensus engine: {0}")]
pub(crate) struct EngineError(String);

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError(error.to_string())
}

/// The keys of one validator and of all.
struct Keys {
    private: PrivateKey,
    public: PublicKey,
    scheme: Scheme,
}

impl Keys {
    fn of(config: &Config) -> Result<Self, EngineError> {
        let private = PrivateKey::decode(Copying(config.key.seed().as_slice())).map_err(failed)?;
        let validators = config.genesis.validators.as_slice();
        let validators: Vec<PublicKey> = validators.iter().map(engine_key).collect::<Result<_, _>>()?;
        let validators =
            Set::try_from(validators).map_err(|_| EngineError("a validator twice".to_owned()))?;
        let namespace = engine_namespace(&config.genesis.id());
        let scheme = Scheme::signer(&namespace, validators, private.clone());
        let scheme = scheme.ok_or_else(|| EngineError("not a validator".to_owned()))?;
        Ok(Self {
            public: private.public_key(),
            private,
            scheme,
        })
    }
}

fn engine_key(key: &xchat_proto::keys::PublicKey) -> Result<PublicKey, EngineError> {
    PublicKey::decode(Copying(key.0.as_slice())).map_err(failed)
}

/// The channels between validators.
struct Network {
    oracle: Oracle,
    votes: Channel,
    certificates: Channel,
    resolver: Channel,
    blocks: Channel,
    backfill: Channel,
    operations: Channel,
}

fn network(context: &runtime::Context, config: &Config, keys: &Keys) -> Result<Network, EngineError> {
    let validators = config.genesis.validators.as_slice();
    let count = u32::try_from(validators.len()).map_err(failed)?;
    let payloads = [
        max_payload_size::<Standard<Block>, Scheme>(count, &()),
        OPERATION_BYTES_MAX,
    ];
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: keys.private.clone(),
            synchrony_bound: CLOCK_SKEW,
            max_handshake_age: CLOCK_SKEW,
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let peers_max = NonZeroUsize::new(validators.len()).unwrap_or(NonZeroUsize::MIN);
    let mut settings = lookup::Config::local(
        handshake,
        &engine_namespace(&config.genesis.id()),
        config.listen,
        peers_max,
        commonware_p2p::max_message_size(&payloads),
        MAILBOX,
    );
    settings.tracked_peer_sets = NonZeroUsize::MIN;
    settings.allow_dns = false;
    let (mut network, mut oracle) = lookup::Network::new(context.child("network"), settings);
    let mut addresses = vec![(keys.public.clone(), Address::from(config.listen))];
    for (peer, address) in &config.peers {
        if validators.contains(peer) && *peer != config.key.public() {
            addresses.push((engine_key(peer)?, Address::from(*address)));
        }
    }
    let addresses: Map<PublicKey, Address> = addresses
        .try_into()
        .map_err(|_| EngineError("a peer twice".to_owned()))?;
    oracle.track(0, addresses);
    let channels = Network {
        oracle,
        votes: network.register(0, VOTES),
        certificates: network.register(1, VOTES),
        resolver: network.register(2, VOTES),
        blocks: network.register(3, BLOCKS),
        backfill: network.register(4, BLOCKS),
        operations: network.register(5, OPERATIONS),
    };
    network.start();
    Ok(channels)
}

async fn archive<V>(
    context: &runtime::Context,
    name: &'static str,
    pages: &CacheRef,
    codec_config: V::Cfg,
) -> Result<Archive<V>, EngineError>
where
    V: commonware_codec::CodecShared,
    V: Read,
{
    let settings = prunable::Config {
        translator: EightCap,
        metadata_partition: format!("{name}-metadata"),
        key_partition: format!("{name}-keys"),
        key_page_cache: pages.clone(),
        value_partition: format!("{name}-values"),
        compression: None,
        codec_config,
        items_per_section: SECTION,
        key_write_buffer: BUFFER_BYTES,
        value_write_buffer: BUFFER_BYTES,
        replay_buffer: BUFFER_BYTES,
    };
    prunable::Archive::init(context.child(name), settings)
        .await
        .map_err(failed)
}

/// Runs the validator until `stop` resolves or a part of it fails.
pub(crate) async fn run(
    context: runtime::Context,
    config: Config,
    chain: Arc<Chain>,
    own_operations: mpsc::Receiver<Operation>,
    stop: oneshot::Receiver<()>,
) -> Result<(), EngineError> {
    let keys = Keys::of(&config)?;
    let Network {
        oracle,
        votes,
        certificates,
        resolver,
        blocks,
        backfill,
        operations,
    } = network(&context, &config, &keys)?;
    let pages = CacheRef::new(PAGE_BYTES, PAGES);

    let (buffer_engine, buffer) =
        buffered::Engine::new(context.child("buffer"), buffer_config(&keys, &oracle));
    let buffering = buffer_engine.start(blocks);
    let fetching = resolver::p2p::init(
        context.child("backfill"),
        backfill_config(&keys, &oracle),
        backfill,
    );

    let genesis = genesis_block(&config);
    let genesis_digest = genesis.digest();
    let (marshal, mailbox) = marshal(&context, &keys, &pages, genesis).await?;
    let (deliveries, delivered) = mpsc::unbounded_channel();
    let application = Application {
        chain: Arc::clone(&chain),
        heartbeat: config.heartbeat,
        deliveries,
    };
    let marshalling = marshal.start(application.clone(), buffer, fetching);
    let inline = Inline::new(
        context.child("inline"),
        application,
        mailbox.clone(),
        FixedEpocher::new(EPOCH_LENGTH),
    );
    let engine = simplex::Engine::new(
        context.child("simplex"),
        simplex_config(&config, &keys, oracle, inline, genesis_digest, pages),
    );
    let deciding = engine.start(votes, certificates, resolver);

    let blocks_kept = config.blocks_kept;
    let committing = {
        let chain = Arc::clone(&chain);
        // Commits wait for the disk, so they get a thread of their own.
        context
            .child("commit")
            .dedicated()
            .spawn(move |_| commit(chain, mailbox, delivered, blocks_kept))
    };
    let gossiping = context
        .child("gossip")
        .spawn(move |_| gossip(chain, own_operations, operations));

    tokio::select! {
        _ = stop => Ok(()),
        ended = committing => ended.map_err(failed)?,
        _ = deciding => Err(EngineError("simplex ended".to_owned())),
        _ = marshalling => Err(EngineError("marshal ended".to_owned())),
        _ = buffering => Err(EngineError("the buffer ended".to_owned())),
        _ = gossiping => Err(EngineError("the gossip ended".to_owned())),
    }
}

type Oracle = lookup::Oracle<PublicKey>;

fn buffer_config(keys: &Keys, oracle: &Oracle) -> buffered::Config<PublicKey, (), Oracle, Sequential> {
    buffered::Config {
        public_key: keys.public.clone(),
        mailbox_size: MAILBOX,
        deque_size: 8,
        priority: true,
        codec_config: (),
        peer_provider: oracle.clone(),
        strategy: Sequential,
    }
}

fn backfill_config(keys: &Keys, oracle: &Oracle) -> resolver::p2p::Config<PublicKey, Oracle, Oracle> {
    resolver::p2p::Config {
        public_key: keys.public.clone(),
        peer_provider: oracle.clone(),
        blocker: oracle.clone(),
        mailbox_size: MAILBOX,
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: Duration::from_millis(100),
        priority_requests: false,
        priority_responses: false,
    }
}

fn genesis_block(config: &Config) -> Digested<Block> {
    let header = Header::genesis(&config.genesis, EMPTY_ROOT);
    let digest = digest_of(header.digest());
    Digested::precomputed(
        Block {
            header,
            operations: codec::Bounded::default(),
        },
        digest,
    )
}

type MarshalActor = Marshal<
    runtime::Context,
    Standard<Block>,
    ConstantProvider<Scheme, Epoch>,
    Archive<Finalized>,
    Archive<Arc<Block>>,
    FixedEpocher,
    Sequential,
>;

async fn marshal(
    context: &runtime::Context,
    keys: &Keys,
    pages: &CacheRef,
    genesis: Digested<Block>,
) -> Result<(MarshalActor, Blocks), EngineError> {
    let certificate_codec = keys.scheme.certificate_codec_config();
    let finalizations = archive::<Finalized>(context, "finalizations", pages, certificate_codec).await?;
    let finalized = archive::<Arc<Block>>(context, "blocks", pages, ()).await?;
    let (marshal, mailbox, _) = Marshal::init(
        context.child("marshal"),
        finalizations,
        finalized,
        marshal::Config {
            provider: ConstantProvider::new(keys.scheme.clone()),
            epocher: FixedEpocher::new(EPOCH_LENGTH),
            start: marshal::Start::Genesis(genesis),
            partition_prefix: "marshal".to_owned(),
            mailbox_size: MAILBOX,
            view_retention: VIEWS_KEPT,
            prunable_items_per_section: SECTION,
            page_cache: pages.clone(),
            replay_buffer: BUFFER_BYTES,
            key_write_buffer: BUFFER_BYTES,
            value_write_buffer: BUFFER_BYTES,
            block_codec_config: (),
            max_repair: NZUsize!(16),
            max_pending_acks: NZUsize!(16),
            strategy: Sequential,
        },
    )
    .await;
    Ok((marshal, mailbox))
}

type Automaton = Inline<runtime::Context, Scheme, Application, Block, FixedEpocher>;

fn simplex_config(
    config: &Config,
    keys: &Keys,
    oracle: Oracle,
    inline: Automaton,
    genesis: Digest,
    page_cache: CacheRef,
) -> simplex::Config<Scheme, RoundRobin<Sha256>, Oracle, Digest, Automaton, Automaton, Automaton, Sequential>
{
    // A leader at rest proposes after a heartbeat, so only one that takes longer has failed.
    let leader_timeout = config.heartbeat.saturating_mul(3) / 2;
    let certification_timeout = config.heartbeat.saturating_mul(2);
    let timeout_retry = config.heartbeat;
    simplex::Config {
        scheme: keys.scheme.clone(),
        elector: RoundRobin::default(),
        blocker: oracle,
        automaton: inline.clone(),
        relay: inline.clone(),
        reporter: inline,
        track_historical_votes: false,
        strategy: Sequential,
        partition: "simplex".to_owned(),
        mailbox_size: MAILBOX,
        epoch: EPOCH,
        floor: Floor::Genesis(genesis),
        replay_buffer: BUFFER_BYTES,
        write_buffer: BUFFER_BYTES,
        page_cache,
        leader_timeout,
        certification_timeout,
        timeout_retry,
        view_retention: VIEWS_KEPT,
        skip: SkipPolicy::Enabled {
            timeout: certification_timeout.saturating_add(timeout_retry),
            budget: SkipBudget::Participants,
        },
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: Duration::from_millis(100),
        forward: ForwardPolicy::SilentVoters,
    }
}

/// Commits final blocks in their order. Ends with an error when the directory can't take one.
async fn commit(
    chain: Arc<Chain>,
    mailbox: Blocks,
    mut delivered: mpsc::UnboundedReceiver<Delivery>,
    blocks_kept: u64,
) -> Result<(), EngineError> {
    while let Some((block, committed)) = delivered.recv().await {
        let height = block.inner().header.height;
        // A block may be final by its descendant's certificate alone.
        let finalization = mailbox.get_finalization(Height::new(height)).await;
        let finalization = finalization.filter(|found| found.proposal.payload == block.digest());
        let certificate = finalization.map(|found| Certificate::new(found.encode().to_vec()));
        let certificate = certificate.transpose().map_err(failed)?;
        chain.finalise(block.inner(), certificate).map_err(|error| {
            error!(%error, height, "a final block can't be committed");
            failed(error)
        })?;
        committed.acknowledge();
        if height % SECTION == 0 {
            mailbox.prune(Height::new(height.saturating_sub(blocks_kept)));
        }
    }
    Err(EngineError("marshal no longer delivers".to_owned()))
}

/// Shares operations with the other validators, since only the leader of a view can put them into a block.
async fn gossip(chain: Arc<Chain>, mut own: mpsc::Receiver<Operation>, (mut sender, mut receiver): Channel) {
    loop {
        tokio::select! {
            operation = own.recv() => {
                let Some(operation) = operation else { return };
                sender.send(Recipients::All, codec::encode(&operation), false);
            }
            message = receiver.recv() => {
                let Ok((_, bytes)) = message else { return };
                let Ok(operation) = codec::decode(bytes.as_ref(), OPERATION_BYTES_MAX) else {
                    debug!("an operation of a peer is malformed");
                    continue;
                };
                if let Err(reason) = chain.submit(operation, None) {
                    debug!(%reason, "an operation of a peer is refused");
                }
            }
        }
    }
}
