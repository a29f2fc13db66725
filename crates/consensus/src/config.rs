//! What a node of the directory must be told.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use xchat_proto::genesis::{Genesis, GenesisError};
use xchat_proto::keys::SigningKey;
use xchat_proto::operator::{NetworkFile, Operators};

/// The wall clock in Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What makes a node one that may validate.
#[derive(Clone)]
pub struct Validator {
    /// Its key. Whether it votes is the directory's to say: a node outside the set follows.
    pub key: SigningKey,
    /// Where it listens to the other validators, over TCP.
    pub listen: SocketAddr,
    /// The file that holds the public key from when the key is made until it is used first. It is removed then, and in
    /// no backup: a key without it may have voted for anything, when the folder is empty.
    pub unused: Option<PathBuf>,
}

/// What a node of the directory must be told.
#[derive(Clone)]
pub struct Config {
    /// The key by which it validates, when it is let. A node without one follows for ever.
    pub validator: Option<Validator>,
    /// The network.
    pub genesis: Genesis,
    /// The first operators, whom the genesis names.
    pub operators: Operators,
    /// Where the node keeps its state. Nobody else may use the folder.
    pub folder: PathBuf,
    /// The wall clock.
    pub clock: Clock,
    /// How often a chain at rest makes a block, so that its proofs stay fresh.
    pub heartbeat: Duration,
    /// The least time from one block to the next: what comes in it goes into one.
    pub block_pace: Duration,
    /// How many blocks are kept for those who have fallen behind; at the least two epochs.
    pub blocks_kept: u64,
    /// After how many blocks a snapshot is taken for new followers; 0 for never.
    pub snapshot_every: u64,
}

/// Why a configuration starts no node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The genesis makes no network.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
}

impl Config {
    /// The only validator of a network of its own, which no other can reach.
    pub fn alone(key: SigningKey, network: NetworkFile, folder: PathBuf, clock: Clock) -> Self {
        let validator = Validator {
            key,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            unused: None,
        };
        Self {
            heartbeat: Duration::from_secs(30),
            block_pace: Duration::from_millis(5),
            blocks_kept: 1024,
            snapshot_every: 0,
            ..Self::follower(network, folder, clock).validating(validator)
        }
    }

    /// A node that is to validate among others, as soon and as long as it is in their set.
    pub fn among(validator: Validator, network: NetworkFile, folder: PathBuf, clock: Clock) -> Self {
        Self::follower(network, folder, clock).validating(validator)
    }

    /// A node that takes what others decide.
    pub fn follower(network: NetworkFile, folder: PathBuf, clock: Clock) -> Self {
        Self {
            validator: None,
            genesis: network.genesis,
            operators: network.operators,
            folder,
            clock,
            // A dead leader is noticed one and a half heartbeats later, and then passed over.
            heartbeat: Duration::from_secs(2),
            block_pace: Duration::from_millis(20),
            blocks_kept: 200_000,
            snapshot_every: 10_000,
        }
    }

    fn validating(self, validator: Validator) -> Self {
        Self {
            validator: Some(validator),
            ..self
        }
    }

    /// The folder of the directory's own store, for a node that fills it from a snapshot before it starts.
    pub fn store_folder(folder: &Path) -> PathBuf {
        folder.join("directory")
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.genesis.check()?;
        self.genesis.check_operators(&self.operators)?;
        Ok(())
    }
}
