//! The handle of a running node of the directory.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use commonware_runtime::{Runner as _, Supervisor as _, tokio as runtime};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info};
use xchat_directory::store::{DiskStore, DiskView, MemoryStore, StoreError};
use xchat_directory::{Directory, DirectoryError, Reader, Retention};
use xchat_proto::directory_wire::{FinalBlock, RejectReason};
use xchat_proto::genesis::Genesis;
use xchat_proto::light::Lineage;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Certified, NameProof};
use xchat_proto::record::Operation;

use crate::application::Pace;
use crate::chain::Chain;
use crate::config::{Config, ConfigError};
use crate::duty::Role;
use crate::error::EngineError;
use crate::host;
use crate::import::ImportError;
use crate::keys::Keys;
use crate::stats::ConsensusStats;
use crate::tcp;

/// How long a submitter waits for finality.
const FINALITY_TIMEOUT: Duration = Duration::from_secs(20);
/// Own operations on their way to the other validators.
const GOSSIP_QUEUE: usize = 4096;
/// How long own operations wait for more.
const GOSSIP_PACE: Duration = Duration::from_millis(4);
/// The time between empty blocks while a change of the validators waits for the end of its epoch.
const HURRIED: Duration = Duration::from_millis(50);
/// One for the engine's actors, one for the blocks that it lets us judge.
const ENGINE_THREADS: usize = 2;
/// Room for validators that are not there yet; beyond, the engine starts again with more.
const PEERS_TO_COME: usize = 4;

/// Why a node doesn't start, or can't answer.
#[derive(Debug, Error)]
pub enum ConsensusError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The state on disk can't be used.
    #[error("{0}")]
    Directory(#[from] DirectoryError),
    /// The thread can't be started.
    #[error("the consensus thread can't be started: {0}")]
    Thread(#[from] std::io::Error),
    /// The node has stopped; the log says why.
    #[error("the node has stopped")]
    Stopped,
}

impl From<StoreError> for ConsensusError {
    fn from(error: StoreError) -> Self {
        Self::Directory(error.into())
    }
}

/// A running node. It stops when this is dropped; [`Consensus::shutdown`] waits for it.
pub struct Consensus {
    chain: Arc<Chain>,
    role: watch::Receiver<Role>,
    stop: Option<oneshot::Sender<()>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    /// Closes when the thread ends.
    stopped: watch::Receiver<()>,
}

impl Consensus {
    /// Starts a node, from what its folder holds. One with a key gets a thread of its own for its engine.
    ///
    /// # Errors
    /// [`ConsensusError`] when the configuration or the folder can't be used.
    pub fn spawn(config: Config) -> Result<Self, ConsensusError> {
        config.check()?;
        let genesis = &config.genesis;
        let first = Directory::open(MemoryStore::default(), genesis.clone(), &config.operators)?;
        let genesis_header = first.head().header.clone();
        let store = DiskStore::open(&Config::store_folder(&config.folder))?;
        let mut directory = Directory::open(store, genesis.clone(), &config.operators)?;
        let two_epochs = u64::from(genesis.parameters.epoch_blocks).saturating_mul(2);
        directory.retain(Retention {
            blocks: config.blocks_kept.max(two_epochs),
            snapshot_every: config.snapshot_every,
        });
        let (gossip, own_operations) = mpsc::channel(GOSSIP_QUEUE);
        let clock = Arc::clone(&config.clock);
        let chain = Arc::new(Chain::new(directory, genesis_header, clock, gossip));
        let (stop, stopping) = oneshot::channel();
        let (ended, stopped) = watch::channel(());
        // A key votes as soon as its duty is clear.
        let first_role = match config.validator {
            Some(_) => Role::Waiting,
            None => Role::Follower,
        };
        let (role_sender, role) = watch::channel(first_role);
        let shared = Arc::clone(&chain);
        let thread = std::thread::Builder::new()
            .name("consensus".to_owned())
            .spawn(move || {
                // Dropped last, also when the engine panics.
                let _ended = ended;
                engine(&config, &shared, own_operations, &role_sender, stopping);
            })?;
        Ok(Self {
            chain,
            role,
            stop: Some(stop),
            thread: Mutex::new(Some(thread)),
            stopped,
        })
    }

    /// The network's genesis.
    pub fn genesis(&self) -> &Genesis {
        self.chain.rules().genesis()
    }

    /// The directory as it is now, for reading: it waits for no writer.
    pub fn reader(&self) -> Reader<DiskView> {
        self.chain.reader()
    }

    /// What this node does, and when that changes.
    pub fn role(&self) -> watch::Receiver<Role> {
        self.role.clone()
    }

    /// Whether this node takes its blocks from others by [`Consensus::import`], rather than voting on them.
    pub fn is_following(&self) -> bool {
        *self.role.borrow() != Role::Validator
    }

    /// Waits until a block above `height` is certified, and returns its height.
    ///
    /// # Errors
    /// [`ConsensusError::Stopped`] when the node stops before.
    pub async fn certified_above(&self, height: u64) -> Result<u64, ConsensusError> {
        let mut certified = self.chain.certified();
        tokio::select! {
            () = self.ended() => Err(ConsensusError::Stopped),
            seen = certified.wait_for(|seen| seen.is_some_and(|seen| seen > height)) => {
                seen.ok().and_then(|seen| *seen).ok_or(ConsensusError::Stopped)
            }
        }
    }

    /// Takes blocks that others have decided on, in their order, and returns the height that is reached. What is here
    /// already is passed over. It checks signatures and waits for the disk: not for a task that must not block.
    ///
    /// # Errors
    /// [`ImportError`]; blocks before the one that is named may have been taken.
    pub fn import(&self, blocks: &[FinalBlock], above: Option<&Lineage>) -> Result<u64, ImportError> {
        self.chain.import(blocks, above)
    }

    /// Says that so many validators of the genesis have no block that they are a quorum with this one. A validator
    /// whose folder is empty waits for this, or for blocks: its folder may have been lost, and silence of the others is
    /// no sign that it was not. The only validator of a network doesn't wait.
    pub fn quorum_is_new(&self) {
        self.chain.tell_quorum_is_new();
    }

    /// Submits an operation and waits until it is final. Returns the height of its block. Submitting what is final
    /// already succeeds, so an answer that was lost can be asked for again. It checks signatures before it waits.
    ///
    /// # Errors
    /// [`RejectReason`] when it breaks a rule, or when the validators don't decide in time. A node that is following
    /// can't bring it to a decision, and is [`RejectReason::Busy`]: pass the operation on to a validator.
    pub async fn submit(&self, operation: Operation) -> Result<u64, RejectReason> {
        if self.is_following() && *self.role.borrow() != Role::Waiting {
            return self.chain.made(operation)?.ok_or(RejectReason::Busy);
        }
        let (answer, answered) = oneshot::channel();
        if let Some(height) = self.chain.submit(operation, Some(answer))? {
            return Ok(height);
        }
        tokio::select! {
            answer = answered => answer.unwrap_or(Err(RejectReason::Undecided)),
            () = tokio::time::sleep(FINALITY_TIMEOUT) => Err(RejectReason::Undecided),
            () = self.ended() => Err(RejectReason::Undecided),
        }
    }

    /// Resolves when the node has stopped, for whatever reason.
    pub async fn ended(&self) {
        let mut stopped = self.stopped.clone();
        // Nothing is ever sent: the sender goes with the thread.
        while stopped.changed().await.is_ok() {}
    }

    /// The newest certified header, with its certificate. None before the first block.
    pub fn latest(&self) -> Option<Certified> {
        self.chain.reader().latest().cloned()
    }

    /// The proof of a name, as of the newest certified block.
    ///
    /// # Errors
    /// [`ConsensusError::Directory`] before the first block, or when the store fails.
    pub fn proof(&self, name: &Name) -> Result<NameProof, ConsensusError> {
        Ok(self.chain.reader().lookup(name)?)
    }

    /// How the node fares.
    pub fn stats(&self) -> ConsensusStats {
        let reader = self.chain.reader();
        let head = &reader.head().header;
        let counters = &self.chain.counters;
        let validators = reader.committee().validators();
        let seen = |key: &xchat_proto::keys::PublicKey| (*key, counters.last_signed(key));
        ConsensusStats {
            height: head.height,
            time_ms: head.time_ms,
            epoch: self.chain.epoch_of(head.height.saturating_add(1)),
            role: *self.role.borrow(),
            validators: validators.as_slice().iter().map(seen).collect::<BTreeMap<_, _>>(),
            waiting: self.chain.waiting(),
            blocks_committed: counters.blocks.load(Ordering::Relaxed),
            operations_committed: counters.operations.load(Ordering::Relaxed),
            views_timed_out: counters.timeouts.load(Ordering::Relaxed),
        }
    }

    /// Stops the node and waits until its folder is free.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // The thread's end closes the channel, so the join that follows doesn't wait.
            self.ended().await;
            if thread.join().is_err() {
                error!("the consensus thread has panicked");
            }
        }
    }
}

/// Runs a node's engine until it is told to stop, or fails.
fn engine(
    config: &Config,
    chain: &Arc<Chain>,
    own_operations: mpsc::Receiver<Operation>,
    role: &watch::Sender<Role>,
    mut stopping: oneshot::Receiver<()>,
) {
    let Some(validator) = &config.validator else {
        // Nothing to run: blocks come by import.
        let _ = stopping.blocking_recv();
        return;
    };
    let own_operations = Arc::new(tokio::sync::Mutex::new(own_operations));
    loop {
        let settings = runtime::Config::new()
            .with_worker_threads(ENGINE_THREADS)
            .with_storage_directory(config.folder.join("engine"));
        let own_operations = Arc::clone(&own_operations);
        let ended = runtime::Runner::new(settings).start(async |context: runtime::Context| {
            let known = chain.operators()?.as_slice().len();
            let keys = Keys::new(&validator.key, chain.rules().network())?;
            let peers_max = known.saturating_add(PEERS_TO_COME);
            let links = tcp::connect(&context, &keys, validator.listen, peers_max)?;
            let settings = host::Settings {
                keys,
                heartbeat: config.heartbeat,
                pace: Pace {
                    gossip: GOSSIP_PACE,
                    block: config.block_pace,
                    hurry: HURRIED,
                },
                blocks_kept: config.blocks_kept,
                prefix: String::new(),
                listen: validator.listen,
                unused: validator.unused.clone(),
                peers_max,
            };
            let host = host::run(
                context.child("host"),
                settings,
                Arc::clone(chain),
                links,
                own_operations,
                role.clone(),
            );
            tokio::select! {
                error = host => Err(error),
                _ = &mut stopping => Ok(()),
            }
        });
        match ended {
            Ok(()) => return,
            Err(EngineError::Outgrown) => info!("more validators: the engine starts again with more room"),
            Err(error) => {
                error!(%error, "the engine stops");
                return;
            }
        }
    }
}
