//! The handle of a running validator.

use std::sync::Arc;
use std::time::Duration;

use commonware_runtime::{Runner as _, tokio as runtime};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::error;
use xchat_directory::store::{DiskStore, StoreError};
use xchat_directory::{Directory, DirectoryError};
use xchat_proto::certificate::Certificate;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::genesis::Genesis;
use xchat_proto::header::Header;
use xchat_proto::name::Name;
use xchat_proto::name_proof::NameProof;
use xchat_proto::record::Operation;

use crate::chain::Chain;
use crate::config::{Config, ConfigError};
use crate::engine;

/// How long a submitter waits for finality.
const FINALITY_TIMEOUT: Duration = Duration::from_secs(20);
/// Own operations on their way to the other validators.
const GOSSIP_QUEUE: usize = 256;

/// Why a validator doesn't start, or can't answer.
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
    /// The validator has stopped; the log says why.
    #[error("the validator has stopped")]
    Stopped,
}

impl From<StoreError> for ConsensusError {
    fn from(error: StoreError) -> Self {
        Self::Directory(error.into())
    }
}

/// A running validator. It stops when this is dropped; [`Consensus::shutdown`] waits for it.
pub struct Consensus {
    chain: Arc<Chain>,
    genesis: Genesis,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    /// Closes when the thread ends.
    stopped: watch::Receiver<()>,
}

impl Consensus {
    /// Starts a validator in a thread of its own, from what its folder holds.
    ///
    /// # Errors
    /// [`ConsensusError`] when the configuration or the folder can't be used.
    pub fn spawn(config: Config) -> Result<Self, ConsensusError> {
        config.check()?;
        let store = DiskStore::open(&config.folder.join("directory"))?;
        let genesis = config.genesis.clone();
        let directory = Directory::open(store, genesis.clone())?;
        let (gossip, own_operations) = mpsc::channel(GOSSIP_QUEUE);
        let chain = Arc::new(Chain::new(directory, Arc::clone(&config.clock), gossip));
        let (stop, stopping) = oneshot::channel();
        let (ended, stopped) = watch::channel(());
        let shared = Arc::clone(&chain);
        let thread = std::thread::Builder::new()
            .name("consensus".to_owned())
            .spawn(move || {
                // Dropped last, also when the engine panics.
                let _ended = ended;
                let settings = runtime::Config::new()
                    .with_worker_threads(1)
                    .with_storage_directory(config.folder.join("engine"));
                let run = runtime::Runner::new(settings)
                    .start(|context| engine::run(context, config, shared, own_operations, stopping));
                if let Err(error) = run {
                    error!(%error, "the validator stops");
                }
            })?;
        Ok(Self {
            chain,
            genesis,
            stop: Some(stop),
            thread: Some(thread),
            stopped,
        })
    }

    /// The network's genesis.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Waits until a block above `height` is certified, and returns its height.
    ///
    /// # Errors
    /// [`ConsensusError::Stopped`] when the validator stops before.
    pub async fn certified_above(&self, height: u64) -> Result<u64, ConsensusError> {
        let mut certified = self.chain.certified();
        tokio::select! {
            () = self.ended() => Err(ConsensusError::Stopped),
            seen = certified.wait_for(|seen| seen.is_some_and(|seen| seen > height)) => {
                seen.ok().and_then(|seen| *seen).ok_or(ConsensusError::Stopped)
            }
        }
    }

    /// Submits an operation and waits until it is final. Returns the height of its block. Submitting what is final
    /// already succeeds, so an answer that was lost can be asked for again.
    ///
    /// # Errors
    /// [`RejectReason`] when it breaks a rule, or when the validators don't decide in time.
    pub async fn submit(&self, operation: Operation) -> Result<u64, RejectReason> {
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

    /// Resolves when the validator has stopped, for whatever reason.
    pub async fn ended(&self) {
        let mut stopped = self.stopped.clone();
        // Nothing is ever sent: the sender goes with the thread.
        while stopped.changed().await.is_ok() {}
    }

    /// The newest certified header, with its certificate. None before the first block.
    pub fn latest(&self) -> Option<(Header, Certificate)> {
        self.chain.latest()
    }

    /// The proof of a name, as of the newest certified block. It may wait for the disk.
    ///
    /// # Errors
    /// [`ConsensusError::Directory`] before the first block, or when the store fails.
    pub fn proof(&self, name: &Name) -> Result<NameProof, ConsensusError> {
        Ok(self.chain.lookup(name)?)
    }

    /// Stops the validator and waits until its folder is free.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread's end closes the channel, so the join that follows doesn't wait.
            self.ended().await;
            if thread.join().is_err() {
                error!("the consensus thread has panicked");
            }
        }
    }
}
