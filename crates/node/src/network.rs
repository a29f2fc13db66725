//! The node's part in the directory: its validator key, the genesis, the running validator.

use std::path::Path;
use std::sync::Arc;

use thiserror::Error;
use xchat_consensus::{Config, Consensus, ConsensusError};
use xchat_proto::codec::{self, DecodeError};
use xchat_proto::genesis::{Genesis, GenesisError};
use xchat_proto::ids::Hash;
use xchat_proto::invitation::GENESIS_BYTES_MAX;
use xchat_proto::keys::{PublicKey, SigningKey};

use crate::clock;
use crate::config::DirectoryRole;
use crate::data_dir::{DataDir, DataDirError};

const KEY: &str = "validator.key";
const GENESIS: &str = "genesis";
const FOLDER: &str = "directory";

/// Why the validator does not run.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// The data directory can't be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The kept genesis can't be read.
    #[error("the kept genesis is damaged: {0}")]
    DamagedGenesis(DecodeError),
    /// The genesis makes no network.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The data directory holds the state of another network.
    #[error("the data directory belongs to another network")]
    OtherNetwork,
    /// The validator can't start.
    #[error("the validator can't start: {0}")]
    Consensus(#[from] ConsensusError),
}

/// The key by which the node on this data directory validates, made when there is none: what the operators of a network
/// exchange before they make its genesis.
///
/// # Errors
/// [`DataDirError`] when the directory can't be used, or the node runs.
pub fn validator_key(data_dir: &Path) -> Result<PublicKey, DataDirError> {
    let data = DataDir::open(data_dir)?;
    Ok(SigningKey::from_seed(&*data.seed(KEY)?).public())
}

pub(crate) fn spawn(data: &DataDir, role: DirectoryRole) -> Result<Consensus, NetworkError> {
    let key = SigningKey::from_seed(&*data.seed(KEY)?);
    let folder = data.part(FOLDER);
    let clock: xchat_consensus::Clock = Arc::new(clock::now_ms);
    let config = match role {
        DirectoryRole::Alone {
            registration_work_bits,
        } => {
            let genesis = own_genesis(data, &key, registration_work_bits)?;
            Config::alone(key, genesis, folder, clock)
        }
        DirectoryRole::Validator {
            genesis,
            listen,
            peers,
        } => {
            let kept = keep_genesis(data, genesis)?;
            Config::among(key, kept, folder, clock, listen, peers)
        }
    };
    Ok(Consensus::spawn(config)?)
}

fn kept_genesis(data: &DataDir) -> Result<Option<Genesis>, NetworkError> {
    let Some(bytes) = data.read(GENESIS)? else {
        return Ok(None);
    };
    let genesis: Genesis = codec::decode(&bytes, GENESIS_BYTES_MAX).map_err(NetworkError::DamagedGenesis)?;
    genesis.check()?;
    Ok(Some(genesis))
}

/// The genesis of the node's own network, made at the first start.
fn own_genesis(data: &DataDir, key: &SigningKey, work_bits: u8) -> Result<Genesis, NetworkError> {
    if let Some(genesis) = kept_genesis(data)? {
        return Ok(genesis);
    }
    let salt = Hash(clock::random_bytes().map_err(DataDirError::from)?);
    let genesis = Genesis::new(vec![key.public()], work_bits, clock::now_ms(), salt)?;
    data.write(GENESIS, &codec::encode(&genesis))?;
    Ok(genesis)
}

fn keep_genesis(data: &DataDir, genesis: Genesis) -> Result<Genesis, NetworkError> {
    match kept_genesis(data)? {
        Some(kept) if kept == genesis => Ok(kept),
        Some(_) => Err(NetworkError::OtherNetwork),
        None => {
            data.write(GENESIS, &codec::encode(&genesis))?;
            Ok(genesis)
        }
    }
}
