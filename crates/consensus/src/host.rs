//! Runs what the node's duty asks for: the engine of the present epoch, and the marshal under it.

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use commonware_consensus::simplex::config::Floor;
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::types::{Epoch, Epocher as _, FixedEpocher};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{Address, AddressableManager as _, Channel, Message};
use commonware_runtime::Handle;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_utils::NZU64;
use commonware_utils::ordered::Map;
use commonware_utils::vec::NonEmptyVec;
use tokio::sync::watch;
use tracing::{debug, info};
use xchat_proto::operator::Operators;

use crate::application::Pace;
use crate::block::digest_of;
use crate::chain::{Chain, Foundation, Progress, View};
use crate::deciding::{self, Deciding};
use crate::duty::{Duty, Input, Memory, Output, Role};
use crate::error::EngineError;
use crate::gossip;
use crate::keys::{Keys, Schemes, engine_key, finalized};
use crate::links::{Lines, Links, Network, Runtime, Strays};
use crate::marshalling::{self, Marshalling};
use crate::memories::Memories;
use crate::unused;

/// How far what was imported may be ahead of the marshal before the marshal is lifted to it, in blocks.
const LAG_MAX: u64 = 64;
/// How many past epochs' sets are kept, for the sake of validators that are behind.
const EPOCHS_KEPT: u64 = 16;

/// What a host is told once.
pub(crate) struct Settings {
    pub(crate) keys: Keys,
    pub(crate) heartbeat: Duration,
    pub(crate) pace: Pace,
    pub(crate) blocks_kept: u64,
    /// Before the names of all files, so that several hosts can share one simulated disk.
    pub(crate) prefix: String,
    /// Where the node listens.
    pub(crate) listen: SocketAddr,
    /// The mark of a key that was never used.
    pub(crate) unused: Option<PathBuf>,
    /// Most validators that the network has room for.
    pub(crate) peers_max: usize,
}

/// One node's engine.
pub(crate) struct Host<E: Runtime, N: Network> {
    context: E,
    settings: Settings,
    chain: Arc<Chain>,
    lines: Lines<N>,
    schemes: Schemes,
    epocher: FixedEpocher,
    pages: CacheRef,
    memories: Memories<E>,
    duty: Duty,
    /// The operators whom the network knows, and those to come.
    tracked: Option<Operators>,
    /// The newest imported height that the marshal has been lifted to.
    lifted: u64,
    me: xchat_proto::keys::PublicKey,
    marshalling: Option<Marshalling>,
    deciding: Option<Deciding>,
    role: watch::Sender<Role>,
}

/// What wakes a host.
enum Event {
    Chain,
    QuorumIsNew,
    Stray(Channel, Message<PublicKey>),
    Ended(EngineError),
}

/// Runs a node's engine until a part of it fails.
pub(crate) async fn run<E: Runtime, N: Network>(
    context: E,
    settings: Settings,
    chain: Arc<Chain>,
    links: Links<N>,
    own_operations: gossip::OwnOperations,
    role: watch::Sender<Role>,
) -> EngineError {
    match start(context, settings, chain, links, own_operations, role).await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

async fn start<E: Runtime, N: Network>(
    context: E,
    settings: Settings,
    chain: Arc<Chain>,
    links: Links<N>,
    own_operations: gossip::OwnOperations,
    role: watch::Sender<Role>,
) -> Result<std::convert::Infallible, EngineError> {
    let (lines, operations, strays) = Lines::divide(&context, links);
    let gossiping = {
        let (chain, pause) = (Arc::clone(&chain), settings.pace.gossip);
        // Checking what others bring takes time that the engine must not lack.
        context
            .child("gossip")
            .dedicated()
            .spawn(move |context| gossip::run(context, chain, own_operations, operations, pause))
    };
    let me = settings.keys.own;
    let mut memories = Memories::open(context.child("memories"), &settings.prefix).await?;
    if let Some(mark) = &settings.unused {
        if memories.present()?.is_none() && unused::is_unused(mark, &me).map_err(EngineError::of)? {
            memories.remember(Memory::of_unused(chain.now_ms())).await?;
        }
        unused::use_up(mark).map_err(EngineError::of)?;
    }
    let duty = Duty::new(chain.now_ms(), memories.present()?, chain.is_alone());
    let epoch_blocks = NonZeroU64::new(chain.epoch_blocks()).unwrap_or(NZU64!(1));
    let host = Host {
        context,
        settings,
        chain,
        lines,
        schemes: Schemes::default(),
        epocher: FixedEpocher::new(epoch_blocks),
        pages: marshalling::pages(),
        memories,
        duty,
        tracked: None,
        lifted: 0,
        me,
        marshalling: None,
        deciding: None,
        role,
    };
    host.work(strays, gossiping).await
}

impl<E: Runtime, N: Network> Host<E, N> {
    async fn work(
        mut self,
        mut strays: Strays,
        mut gossiping: Handle<()>,
    ) -> Result<std::convert::Infallible, EngineError> {
        let mut progress = self.chain.progress();
        let mut told = self.chain.quorum_is_new();
        let mut is_told = *told.borrow_and_update();
        loop {
            let now = *progress.borrow_and_update();
            self.follow_progress(now, is_told).await?;
            let event = self
                .next(&mut progress, &mut told, &mut strays, &mut gossiping)
                .await;
            match event {
                Event::Chain => {}
                Event::QuorumIsNew => is_told = true,
                Event::Stray(epoch, (from, _)) => self.hint(epoch, from),
                Event::Ended(error) => return Err(error),
            }
        }
    }

    async fn next(
        &mut self,
        progress: &mut watch::Receiver<Progress>,
        told: &mut watch::Receiver<bool>,
        strays: &mut Strays,
        gossiping: &mut Handle<()>,
    ) -> Event {
        let marshalling = async {
            match &mut self.marshalling {
                Some(running) => (&mut running.ended).await.unwrap_or_else(EngineError::of),
                None => std::future::pending().await,
            }
        };
        let deciding = async {
            match &mut self.deciding {
                Some(running) => {
                    let _ = (&mut running.ended).await;
                    EngineError::Ended("the engine of an epoch")
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = progress.changed() => match changed {
                Ok(()) => Event::Chain,
                Err(_) => Event::Ended(EngineError::Ended("the chain")),
            },
            changed = told.changed() => match changed {
                Ok(()) => Event::QuorumIsNew,
                Err(_) => Event::Ended(EngineError::Ended("the chain")),
            },
            stray = strays.recv() => match stray {
                Some((epoch, message)) => Event::Stray(epoch, message),
                None => Event::Ended(EngineError::Ended("the network")),
            },
            error = marshalling => Event::Ended(error),
            error = deciding => Event::Ended(error),
            _ = gossiping => Event::Ended(EngineError::Ended("the gossip")),
        }
    }

    /// Takes note of where the chain stands.
    async fn follow_progress(&mut self, now: Progress, is_told: bool) -> Result<(), EngineError> {
        self.track(now.height)?;
        let view = self.chain.reader();
        let standing = self.chain.standing(&view, self.me)?;
        // What was decided without this node may be ahead of its marshal.
        let is_ahead = self
            .deciding
            .as_ref()
            .is_some_and(|deciding| deciding.epoch != standing.epoch);
        if let Some(marshalling) = &self.marshalling
            && now.imported > self.lifted
            && (is_ahead || now.imported > self.lifted.saturating_add(LAG_MAX))
        {
            self.chain.admit(&view, &self.schemes, &self.settings.keys)?;
            if let Some(foundation) = self.chain.foundation(&view)? {
                marshalling.lift(foundation).await?;
            }
            self.lifted = now.imported;
        }
        self.handle(&view, Input::Chain(standing)).await?;
        if is_told {
            self.handle(&view, Input::QuorumIsNew).await?;
        }
        Ok(())
    }

    /// Tells the network who the peers are: this epoch's, and those of the one to come.
    fn track(&mut self, height: u64) -> Result<(), EngineError> {
        let operators = self.chain.operators()?;
        if self.tracked.as_ref() == Some(&operators) {
            return Ok(());
        }
        let mut addresses = Vec::new();
        for operator in operators.as_slice() {
            let address = if operator.key == self.me {
                Some(self.settings.listen)
            } else {
                operator.consensus.map(|socket| socket.0)
            };
            if let Some(address) = address {
                addresses.push((engine_key(&operator.key)?, Address::from(address)));
            }
        }
        // The network counts this node among its peers, in the set or not.
        let is_in = operators
            .as_slice()
            .iter()
            .any(|operator| operator.key == self.me);
        if addresses.len().saturating_add(usize::from(!is_in)) > self.settings.peers_max {
            return Err(EngineError::Outgrown);
        }
        let addresses: Map<PublicKey, Address> = addresses.try_into().map_err(|_| EngineError::Unordered)?;
        // Addresses of peers who are known already are replaced, the others become known.
        let _ = self.lines.peers.overwrite(addresses.clone());
        let _ = self.lines.peers.track(height, addresses);
        self.tracked = Some(operators);
        Ok(())
    }

    async fn handle(&mut self, view: &View, input: Input) -> Result<(), EngineError> {
        for output in self.duty.handle(input) {
            match output {
                Output::Remember(memory) => self.memories.remember(memory).await?,
                Output::Become { role, epoch } => {
                    info!(?role, epoch, "a part in the directory");
                    self.assume(view, role, epoch).await?;
                    self.role.send_replace(role);
                }
            }
        }
        Ok(())
    }

    async fn assume(&mut self, view: &View, role: Role, epoch: u64) -> Result<(), EngineError> {
        // The engine of the epoch before ends first: its votes are not needed any more.
        self.deciding = None;
        if role == Role::Validator {
            self.chain.admit(view, &self.schemes, &self.settings.keys)?;
            self.decide(view, epoch).await?;
        } else {
            self.marshalling = None;
        }
        self.schemes.forget_before(epoch.saturating_sub(EPOCHS_KEPT));
        for past in epoch.saturating_sub(2)..epoch {
            // Most often there is none.
            let partition = deciding::partition(&self.settings.prefix, past);
            let _ = self.context.remove(&partition, None).await;
        }
        Ok(())
    }

    async fn decide(&mut self, view: &View, epoch: u64) -> Result<(), EngineError> {
        let foundation = self.chain.foundation(view)?;
        let marshalling = match self.marshalling.take() {
            Some(running) => running,
            None => self.marshal(foundation.clone()).await?,
        };
        let scheme = self.schemes.of(epoch).ok_or(EngineError::UnknownSet(epoch))?;
        let floor = match foundation {
            Some(foundation) if self.chain.epoch_of(foundation.block.header.height) == epoch => {
                Floor::Finalized(finalized(&foundation.certificate)?)
            }
            _ => Floor::Genesis(digest_of(self.chain.boundary(view, epoch)?)),
        };
        let materials = deciding::Materials {
            chain: Arc::clone(&self.chain),
            epoch,
            scheme: Scheme::clone(&scheme),
            floor,
            application: marshalling.application.clone(),
            marshal: marshalling.mailbox.clone(),
            epocher: self.epocher.clone(),
            blocker: self.lines.blocker.clone(),
            channels: self.lines.of_epoch(epoch).await?,
            heartbeat: self.settings.heartbeat,
            prefix: self.settings.prefix.clone(),
        };
        let context = self.context.child("epoch").with_attribute("epoch", epoch);
        self.deciding = Some(Deciding::start::<E, N>(&context, materials, self.pages.clone()));
        self.marshalling = Some(marshalling);
        Ok(())
    }

    async fn marshal(&mut self, foundation: Option<Foundation>) -> Result<Marshalling, EngineError> {
        let [blocks, backfill] = self.lines.of_blocks().await?;
        let materials = marshalling::Materials::<N> {
            chain: Arc::clone(&self.chain),
            keys: self.settings.keys.clone(),
            schemes: self.schemes.clone(),
            epocher: self.epocher.clone(),
            heartbeat: self.settings.heartbeat,
            pace: self.settings.pace,
            peers: self.lines.peers.clone(),
            blocker: self.lines.blocker.clone(),
            blocks,
            backfill,
            blocks_kept: self.settings.blocks_kept,
            prefix: self.settings.prefix.clone(),
            foundation,
        };
        let context = self.context.child("marshalling");
        Marshalling::start(context, materials, self.pages.clone()).await
    }

    /// A peer votes in a later epoch: it has the end of this one.
    fn hint(&self, epoch: u64, from: PublicKey) {
        let (Some(deciding), Some(marshalling)) = (&self.deciding, &self.marshalling) else {
            return;
        };
        if epoch <= deciding.epoch {
            return;
        }
        debug!(epoch, ours = deciding.epoch, "a peer is in a later epoch");
        if let Some(last) = self.epocher.last(Epoch::new(deciding.epoch)) {
            marshalling.mailbox.hint_finalized(last, NonEmptyVec::new(from));
        }
    }
}
