//! The node's part in the directory: its validator key, the network, the engine.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use xchat_consensus::{Config, Consensus, ConsensusError, Validator};
use xchat_directory::store::{DiskStore, StoreError};
use xchat_directory::{DirectoryError, Restore, RestoreError, Retention, join_handovers};
use xchat_proto::codec::{self, DecodeError};
use xchat_proto::genesis::{Genesis, GenesisError, Parameters};
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::invitation::NetworkInvitation;
use xchat_proto::keys::SigningKey;
use xchat_proto::light::{Anchor, Checkpoint};
use xchat_proto::limits::COMMITTEE_BYTES_MAX;
use xchat_proto::operator::{NetworkFile, Operator, operators};

use crate::clock;
use crate::config::DirectoryRole;
use crate::data_dir::{self, DataDir, DataDirError};
use crate::operator_key::validator_key;

pub(crate) const KEY: &str = "validator.key";
/// The mark of a key that nothing was signed with yet.
pub(crate) const UNUSED: &str = "validator.unused";
const NETWORK: &str = "network";
/// What version 1 kept.
const OLD_GENESIS: &str = "genesis";
const FOLDER: &str = "directory";
/// Where a snapshot is filled in, beside the directory whose place it is to take.
const FILLING: &str = "snapshot";
/// Where a store goes before it is removed: half of one would be taken for a damaged one.
const RUBBISH: &str = "rubbish";
const NETWORK_BYTES_MAX: usize = 2 * COMMITTEE_BYTES_MAX;

/// Why the node takes no part in the directory.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// The data directory can't be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The kept network can't be read.
    #[error("the kept network is damaged: {0}")]
    Damaged(DecodeError),
    /// The genesis makes no network.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The data directory holds the state of another network.
    #[error(
        "the data directory belongs to network {}, not to network {}",
        number(kept),
        number(wanted)
    )]
    OtherNetwork {
        /// Whose it is.
        kept: NetworkId,
        /// Whose it should be.
        wanted: NetworkId,
    },
    /// The data directory is of a version whose networks don't go on.
    #[error(
        "the data directory is of an older version, whose networks don't go on: move it away to begin anew"
    )]
    OldVersion,
    /// Another program has the port for other validators.
    #[error("another program uses {0}, where other validators are listened to")]
    ConsensusPortInUse(SocketAddr),
    /// The checkpoint or the network doesn't lead anywhere.
    #[error("the snapshot can't be begun: {0}")]
    Restore(#[from] RestoreError),
    /// The store can't be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The engine can't start.
    #[error("{0}")]
    Consensus(#[from] ConsensusError),
}

fn number(network: &NetworkId) -> String {
    data_encoding::HEXLOWER.encode(network.as_bytes())
}

/// A node's part in its network.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    key: SigningKey,
    unused: PathBuf,
    network: NetworkFile,
    folder: PathBuf,
    is_alone: bool,
    listen: SocketAddr,
    checkpoint: Option<Checkpoint>,
    retention: Option<Retention>,
}

/// The network that this data directory takes part in, when it takes part in one with others.
///
/// # Errors
/// [`NetworkError`] when what is kept can't be read.
pub fn kept_network(data_dir: &Path) -> Result<Option<NetworkFile>, NetworkError> {
    let bytes = data_dir::read_file(data_dir, NETWORK)?;
    let Some(file) = bytes.map(|bytes| decoded(&bytes)).transpose()? else {
        return Ok(None);
    };
    let is_alone = matches!(file.operators.as_slice(), [only] if only.consensus.is_none());
    Ok((!is_alone).then_some(file))
}

/// A new network of these operators.
///
/// # Errors
/// [`NetworkError`] when they make none.
pub fn create_network(list: Vec<Operator>, parameters: Parameters) -> Result<NetworkFile, NetworkError> {
    let operators = operators(list).map_err(NetworkError::Damaged)?;
    let salt = Hash(clock::random_bytes().map_err(DataDirError::from)?);
    let genesis = Genesis::new(&operators, parameters, clock::now_ms(), salt)?;
    Ok(NetworkFile { genesis, operators })
}

/// The genesis in an invitation.
///
/// # Errors
/// [`NetworkError`] when it makes no network that this program knows.
pub fn read_genesis(invitation: &NetworkInvitation) -> Result<Genesis, NetworkError> {
    let bytes = invitation.genesis.as_slice();
    let genesis: Genesis = codec::decode(bytes, bytes.len()).map_err(NetworkError::Damaged)?;
    genesis.check()?;
    Ok(genesis)
}

fn decoded(bytes: &[u8]) -> Result<NetworkFile, NetworkError> {
    let file: NetworkFile = codec::decode(bytes, NETWORK_BYTES_MAX).map_err(NetworkError::Damaged)?;
    file.genesis.check()?;
    file.genesis.check_operators(&file.operators)?;
    Ok(file)
}

impl Member {
    /// What the data directory and the role make together. The network is kept.
    pub(crate) fn open(
        data: &DataDir,
        role: DirectoryRole,
        retention: Option<Retention>,
    ) -> Result<Self, NetworkError> {
        let key = validator_key(data.path())?;
        let kept = match data.read(NETWORK)? {
            Some(bytes) => Some(decoded(&bytes)?),
            None if data.read(OLD_GENESIS)?.is_some() => return Err(NetworkError::OldVersion),
            None => None,
        };
        let is_alone = matches!(role, DirectoryRole::Alone { .. });
        let (wanted, listen, checkpoint) = match role {
            DirectoryRole::Alone { parameters } => {
                let only = vec![Operator::unknown(key.public())];
                let network = match &kept {
                    Some(kept) => kept.clone(),
                    None => create_network(only, parameters)?,
                };
                (network, None, None)
            }
            DirectoryRole::Member {
                network,
                consensus_listen,
                checkpoint,
            } => {
                network.genesis.check_operators(&network.operators)?;
                (network, consensus_listen, checkpoint)
            }
        };
        let network = keep(data, kept, wanted)?;
        let known = network
            .operators
            .as_slice()
            .iter()
            .find(|operator| operator.key == key.public());
        let port = known
            .and_then(|operator| operator.consensus)
            .map_or(0, |socket| socket.0.port());
        let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        Ok(Self {
            listen: listen.unwrap_or(everywhere),
            folder: data.part(FOLDER),
            unused: data.part(UNUSED),
            key,
            network,
            is_alone,
            checkpoint,
            retention,
        })
    }

    /// The network.
    pub(crate) fn network(&self) -> &NetworkFile {
        &self.network
    }

    /// Whether it is the only node of its network.
    pub(crate) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Starts the engine.
    pub(crate) fn spawn(&self) -> Result<Consensus, NetworkError> {
        if !self.store().exists() && self.is_filling() {
            // The node was stopped while the complete one took the place of the other.
            self.adopt_filling()?;
        }
        let clock: xchat_consensus::Clock = Arc::new(clock::now_ms);
        let (key, network, folder) = (self.key.clone(), self.network.clone(), self.folder.clone());
        let mut config = if self.is_alone {
            Config::alone(key, network, folder, clock)
        } else {
            // The engine would find out later, in a thread that nobody watches.
            if let Err(error) = TcpListener::bind(self.listen)
                && error.kind() == std::io::ErrorKind::AddrInUse
            {
                return Err(NetworkError::ConsensusPortInUse(self.listen));
            }
            let validator = Validator {
                key,
                listen: self.listen,
                unused: Some(self.unused.clone()),
            };
            Config::among(validator, network, folder, clock)
        };
        if let Some(retention) = self.retention {
            config.blocks_kept = retention.blocks;
            config.snapshot_every = retention.snapshot_every;
        }
        match Consensus::spawn(config.clone()) {
            // Programs before this one filled the directory in its place.
            Err(ConsensusError::Directory(DirectoryError::Unfinished)) => {
                self.remove(&self.store())?;
                Ok(Consensus::spawn(config)?)
            }
            spawned => Ok(spawned?),
        }
    }

    /// What makes it begin elsewhere than at the genesis.
    pub(crate) fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    fn store(&self) -> PathBuf {
        Config::store_folder(&self.folder)
    }

    fn filling(&self) -> PathBuf {
        self.folder.join(FILLING)
    }

    /// Whether a snapshot has been begun and has not taken its place yet.
    pub(crate) fn is_filling(&self) -> bool {
        self.filling().exists()
    }

    /// A store that is filled from a snapshot, beside the directory: a new one, which follows the validators from this
    /// anchor, or the one that was begun.
    pub(crate) fn restoration(&self, anchor: Anchor) -> Result<Restore<DiskStore>, NetworkError> {
        let store = DiskStore::open(&self.filling())?;
        Ok(Restore::open(store, self.network.genesis.clone(), anchor)?)
    }

    /// Removes a snapshot that was begun.
    pub(crate) fn discard_filling(&self) -> Result<(), NetworkError> {
        self.remove(&self.filling())
    }

    /// Puts the complete snapshot in the place of the directory, which must not be in use. What the engine remembers of
    /// its own votes stays, and so do the changes of the validators that the directory has: whoever knows only the
    /// genesis follows them from there.
    pub(crate) fn adopt_filling(&self) -> Result<(), NetworkError> {
        let (old, new) = (self.store(), self.filling());
        if old.exists() {
            join_handovers(&DiskStore::open(&old)?, &mut DiskStore::open(&new)?)
                .map_err(ConsensusError::from)?;
            self.remove(&old)?;
        }
        std::fs::rename(&new, &old).map_err(DataDirError::Storage)?;
        Ok(())
    }

    fn remove(&self, store: &Path) -> Result<(), NetworkError> {
        let rubbish = self.folder.join(RUBBISH);
        let steps = [
            std::fs::remove_dir_all(&rubbish),
            std::fs::rename(store, &rubbish),
            std::fs::remove_dir_all(&rubbish),
        ];
        for step in steps {
            match step {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(DataDirError::Storage(error).into());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn keep(data: &DataDir, kept: Option<NetworkFile>, wanted: NetworkFile) -> Result<NetworkFile, NetworkError> {
    match kept {
        Some(kept) if kept == wanted => Ok(kept),
        Some(kept) => Err(NetworkError::OtherNetwork {
            kept: kept.genesis.id(),
            wanted: wanted.genesis.id(),
        }),
        None => {
            data.write(NETWORK, &codec::encode(&wanted))?;
            Ok(wanted)
        }
    }
}
