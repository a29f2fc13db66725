//! Final blocks in their order: the engine's marshal with its archives, its peers' blocks, and the task that commits.

use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use commonware_broadcast::buffered;
use commonware_codec::Encode as _;
use commonware_consensus::marshal::core::{Actor as Marshal, Mailbox};
use commonware_consensus::marshal::standard::Standard;
use commonware_consensus::marshal::{self, resolver};
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::types::{FixedEpocher, Height, ViewDelta};
use commonware_cryptography::blake3::Digest;
use commonware_cryptography::ed25519::PublicKey;
use commonware_cryptography::{Digested, Digestible as _};
use commonware_parallel::Sequential;
use commonware_runtime::Handle;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::archive::{Archive as _, Identifier, prunable};
use commonware_storage::translator::EightCap;
use commonware_utils::acknowledgement::Acknowledgement as _;
use commonware_utils::{NZDuration, NZU16, NZU64, NZUsize};
use tokio::sync::{mpsc, oneshot};
use tracing::error;
use xchat_proto::certificate::Certificate;
use xchat_proto::limits::VALIDATORS_MAX;

use crate::application::{Application, Delivery, Pace};
use crate::block::Block;
use crate::chain::{Chain, Foundation};
use crate::error::EngineError;
use crate::keys::{Finalized, Keys, Schemes, finalized};
use crate::links::{Network, Part, Runtime};

/// How many messages an actor of the engine holds.
pub(crate) const MAILBOX: NonZeroUsize = NZUsize!(256);
/// What the engine reads from or writes to the disk at a time.
pub(crate) const BUFFER_BYTES: NonZeroUsize = NZUsize!(64 * 1024);
/// How many views a validator remembers behind the newest final one.
pub(crate) const VIEWS_KEPT: ViewDelta = ViewDelta::new(64);
/// How long a peer may take to answer.
pub(crate) const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
/// How long until a peer is asked again.
pub(crate) const FETCH_RETRY: Duration = Duration::from_millis(100);
const PAGE_BYTES: NonZeroU16 = NZU16!(4084);
const PAGES: NonZeroUsize = NZUsize!(256);
/// The granularity of pruning, in blocks.
const SECTION: NonZeroU64 = NZU64!(256);

type Archive<E, V> = prunable::Archive<EightCap, E, Digest, V>;
/// How the marshal is asked.
pub(crate) type Blocks = Mailbox<Scheme, Standard<Block>>;

/// What a marshal is made of.
pub(crate) struct Materials<N: Network> {
    pub(crate) chain: Arc<Chain>,
    pub(crate) keys: Keys,
    pub(crate) schemes: Schemes,
    pub(crate) epocher: FixedEpocher,
    pub(crate) heartbeat: Duration,
    pub(crate) pace: Pace,
    pub(crate) peers: N::Peers,
    pub(crate) blocker: N::Blocker,
    pub(crate) blocks: Part<N>,
    pub(crate) backfill: Part<N>,
    pub(crate) blocks_kept: u64,
    pub(crate) prefix: String,
    /// None before the first block.
    pub(crate) foundation: Option<Foundation>,
}

/// The pages that the engine's files share.
pub(crate) fn pages() -> CacheRef {
    CacheRef::new(PAGE_BYTES, PAGES)
}

/// A running marshal. It ends when this is dropped.
pub(crate) struct Marshalling {
    pub(crate) mailbox: Blocks,
    pub(crate) application: Application,
    pub(crate) ended: Handle<EngineError>,
}

impl Drop for Marshalling {
    fn drop(&mut self) {
        self.ended.abort();
    }
}

impl Marshalling {
    /// Starts a marshal above what the directory holds.
    pub(crate) async fn start<E: Runtime, N: Network>(
        context: E,
        materials: Materials<N>,
        pages: CacheRef,
    ) -> Result<Self, EngineError> {
        let (ready, started) = oneshot::channel();
        let (application, delivered) =
            Application::new(Arc::clone(&materials.chain), materials.heartbeat, materials.pace);
        let reporter = application.clone();
        let mut ended = context.spawn(move |context| async move {
            match run(context, materials, pages, reporter, delivered, ready).await {
                Ok(never) => match never {},
                Err(error) => error,
            }
        });
        tokio::select! {
            mailbox = started => Ok(Self { mailbox: mailbox.map_err(EngineError::of)?, application, ended }),
            error = &mut ended => Err(error.unwrap_or_else(EngineError::of)),
        }
    }

    /// Lets the marshal go on from what the directory has got without it.
    pub(crate) async fn lift(&self, foundation: Foundation) -> Result<(), EngineError> {
        let Foundation { block, certificate } = foundation;
        let finalization = finalized(&certificate)?;
        let digest = block.digest();
        let block = Digested::precomputed(block, digest);
        if self.mailbox.certified(finalization.round(), block).await {
            self.mailbox.set_floor(finalization);
        }
        Ok(())
    }
}

/// Runs the marshal and its parts, which end with this future.
async fn run<E: Runtime, N: Network>(
    context: E,
    materials: Materials<N>,
    pages: CacheRef,
    application: Application,
    delivered: mpsc::UnboundedReceiver<Delivery>,
    ready: oneshot::Sender<Blocks>,
) -> Result<std::convert::Infallible, EngineError> {
    let Materials {
        chain,
        keys,
        schemes,
        epocher,
        heartbeat: _,
        pace: _,
        peers,
        blocker,
        blocks,
        backfill,
        blocks_kept,
        prefix,
        foundation,
    } = materials;
    let buffer = buffer_settings::<N>(&keys, peers.clone());
    let (buffer_engine, buffer) = buffered::Engine::new(context.child("buffer"), buffer);
    let buffering = buffer_engine.start(blocks);
    let fetching = fetch_settings::<N>(&keys, peers, blocker);
    let fetching = resolver::p2p::init(context.child("backfill"), fetching, backfill);
    let finalizations =
        archive::<E, Finalized>(&context, &prefix, "finalizations", &pages, VALIDATORS_MAX).await?;
    let finalized = archive::<E, Arc<Block>>(&context, &prefix, "blocks", &pages, ()).await?;
    let (start, finalized) = start(&chain, foundation, finalized).await?;
    let settings = marshal::Config {
        provider: schemes,
        epocher,
        start,
        partition_prefix: format!("{prefix}marshal"),
        mailbox_size: MAILBOX,
        view_retention: VIEWS_KEPT,
        prunable_items_per_section: SECTION,
        page_cache: pages,
        replay_buffer: BUFFER_BYTES,
        key_write_buffer: BUFFER_BYTES,
        value_write_buffer: BUFFER_BYTES,
        block_codec_config: (),
        max_repair: NZUsize!(16),
        max_pending_acks: NZUsize!(16),
        strategy: Sequential,
    };
    let (marshal, mailbox, _) =
        Marshal::init(context.child("marshal"), finalizations, finalized, settings).await;
    let marshalling = marshal.start(application, buffer, fetching);
    // Commits wait for the disk, so they get a thread of their own.
    let committing = context.child("commit").dedicated().spawn({
        let mailbox = mailbox.clone();
        move |_| commit(chain, mailbox, delivered, blocks_kept)
    });
    // Who asked may have stopped.
    let _ = ready.send(mailbox);
    tokio::select! {
        ended = committing => Err(ended.unwrap_or_else(EngineError::of)),
        _ = marshalling => Err(EngineError::Ended("marshal")),
        _ = buffering => Err(EngineError::Ended("the buffer of blocks")),
    }
}

fn buffer_settings<N: Network>(
    keys: &Keys,
    peers: N::Peers,
) -> buffered::Config<PublicKey, (), N::Peers, Sequential> {
    buffered::Config {
        public_key: keys.public.clone(),
        mailbox_size: MAILBOX,
        deque_size: 8,
        priority: true,
        codec_config: (),
        peer_provider: peers,
        strategy: Sequential,
    }
}

fn fetch_settings<N: Network>(
    keys: &Keys,
    peers: N::Peers,
    blocker: N::Blocker,
) -> resolver::p2p::Config<PublicKey, N::Peers, N::Blocker> {
    resolver::p2p::Config {
        public_key: keys.public.clone(),
        peer_provider: peers,
        blocker,
        mailbox_size: MAILBOX,
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: FETCH_RETRY,
        priority_requests: false,
        priority_responses: false,
    }
}

async fn archive<E: Runtime, V>(
    context: &E,
    prefix: &str,
    name: &'static str,
    pages: &CacheRef,
    codec_config: V::Cfg,
) -> Result<Archive<E, V>, EngineError>
where
    V: commonware_codec::CodecShared,
{
    let settings = prunable::Config {
        translator: EightCap,
        metadata_partition: format!("{prefix}{name}-metadata"),
        key_partition: format!("{prefix}{name}-keys"),
        key_page_cache: pages.clone(),
        value_partition: format!("{prefix}{name}-values"),
        compression: None,
        codec_config,
        items_per_section: SECTION,
        key_write_buffer: BUFFER_BYTES,
        value_write_buffer: BUFFER_BYTES,
        replay_buffer: BUFFER_BYTES,
    };
    prunable::Archive::init(context.child(name), settings)
        .await
        .map_err(EngineError::of)
}

type Start = marshal::Start<Scheme, Digest, Digested<Block>>;

/// Where the marshal starts: where it stopped, unless the directory has gone further without it; then at the
/// directory's newest certified block, which is put where the marshal looks for it.
async fn start<E: Runtime>(
    chain: &Chain,
    foundation: Option<Foundation>,
    mut blocks: Archive<E, Arc<Block>>,
) -> Result<(Start, Archive<E, Arc<Block>>), EngineError> {
    let genesis = chain.genesis_block();
    let Some(Foundation { block, certificate }) = foundation else {
        return Ok((marshal::Start::Genesis(genesis), blocks));
    };
    let height = block.header.height;
    let digest = block.digest();
    if blocks
        .has(Identifier::Index(height))
        .await
        .map_err(EngineError::of)?
    {
        return Ok((marshal::Start::Genesis(genesis), blocks));
    }
    blocks = blocks
        .put_sync(height, digest, &Arc::new(block))
        .await
        .map_err(EngineError::of)?;
    Ok((marshal::Start::Floor(finalized(&certificate)?), blocks))
}

/// Commits final blocks in their order. Ends when the directory can't take one.
async fn commit(
    chain: Arc<Chain>,
    mailbox: Blocks,
    mut delivered: mpsc::UnboundedReceiver<Delivery>,
    blocks_kept: u64,
) -> EngineError {
    while let Some((block, committed)) = delivered.recv().await {
        let height = block.inner().header.height;
        // A block may be final by its descendant's certificate alone.
        let finalization = mailbox.get_finalization(Height::new(height)).await;
        let finalization = finalization.filter(|found| found.proposal.payload == block.digest());
        let certificate = finalization.map(|found| Certificate::new(found.encode().to_vec()));
        let finalised = match certificate.transpose() {
            Ok(certificate) => chain
                .finalise(block.inner(), certificate)
                .map_err(EngineError::from),
            Err(error) => Err(EngineError::of(error)),
        };
        if let Err(error) = finalised {
            error!(%error, height, "a final block can't be committed");
            return error;
        }
        committed.acknowledge();
        if height.is_multiple_of(SECTION.get()) {
            mailbox.prune(Height::new(height.saturating_sub(blocks_kept)));
        }
    }
    EngineError::Ended("the delivery of final blocks")
}
