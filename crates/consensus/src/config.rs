//! What a validator must be told.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use xchat_proto::genesis::{Genesis, GenesisError};
use xchat_proto::keys::{PublicKey, SigningKey};

/// The wall clock in Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What a validator must be told.
#[derive(Clone)]
pub struct Config {
    /// The validator's key. Its public half stands in the genesis.
    pub key: SigningKey,
    /// The network.
    pub genesis: Genesis,
    /// Where the validator keeps its state. Nobody else may use the folder.
    pub folder: PathBuf,
    /// Where it listens to the other validators, over TCP.
    pub listen: SocketAddr,
    /// Where the other validators listen.
    pub peers: BTreeMap<PublicKey, SocketAddr>,
    /// The wall clock.
    pub clock: Clock,
    /// How often a chain at rest makes a block, so that its proofs stay fresh.
    pub heartbeat: Duration,
    /// How many blocks are kept for validators that have fallen behind.
    pub blocks_kept: u64,
}

/// Why a configuration starts no validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The genesis makes no network.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The key is none of the genesis.
    #[error("this key is not a validator's of the network")]
    NotAValidator,
    /// A validator of the genesis has no address.
    #[error("{0} validators have no address")]
    UnknownPeers(usize),
}

impl Config {
    /// The only validator of a network of its own, which no other can reach.
    pub fn alone(key: SigningKey, genesis: Genesis, folder: PathBuf, clock: Clock) -> Self {
        Self {
            key,
            genesis,
            folder,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            peers: BTreeMap::new(),
            clock,
            heartbeat: Duration::from_secs(30),
            blocks_kept: 1024,
        }
    }

    /// One validator of several.
    pub fn among(
        key: SigningKey,
        genesis: Genesis,
        folder: PathBuf,
        clock: Clock,
        listen: SocketAddr,
        peers: BTreeMap<PublicKey, SocketAddr>,
    ) -> Self {
        // A dead leader is noticed one heartbeat later, and who was away for a while needs the blocks of that while.
        let (heartbeat, blocks_kept) = (Duration::from_secs(5), 200_000);
        Self {
            key,
            genesis,
            folder,
            listen,
            peers,
            clock,
            heartbeat,
            blocks_kept,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.genesis.check()?;
        let validators = self.genesis.validators.as_slice();
        let me = self.key.public();
        if !validators.contains(&me) {
            return Err(ConfigError::NotAValidator);
        }
        let known = |validator: &&PublicKey| **validator != me && !self.peers.contains_key(*validator);
        match validators.iter().filter(known).count() {
            0 => Ok(()),
            unknown => Err(ConfigError::UnknownPeers(unknown)),
        }
    }
}
