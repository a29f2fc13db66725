//! Why the directory can't go on, or not with a block.

use thiserror::Error;
use xchat_proto::codec::DecodeError;
use xchat_proto::genesis::GenesisError;

use crate::store::StoreError;

/// Why the directory can't go on, or not with this block.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// The genesis makes no network.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The store, or what was checked before, is another network's.
    #[error("the store belongs to another network")]
    OtherNetwork,
    /// The store is being filled from a snapshot.
    #[error("the store is being filled from a snapshot that is not complete")]
    Unfinished,
    /// The block does not follow the newest one.
    #[error("block {found} does not follow block {head}")]
    OutOfPlace {
        /// The height of the block.
        found: u64,
        /// The height that it should follow.
        head: u64,
    },
    /// The block is not later than the one before.
    #[error("block {0} is not later than the one before it")]
    NotLater(u64),
    /// The header is not the one of this execution.
    #[error("the header of block {0} is not that of its contents")]
    OtherContents(u64),
    /// More operations than a block may have.
    #[error("{0} operations are more than a block may have")]
    TooManyOperations(usize),
    /// The validators change after this block, and it has no certificate of its own by those before: who knows them
    /// could never follow. The consensus host must never let this happen.
    #[error("block {0} changes the validators and has no certificate of its own by those before")]
    UncertifiedHandover(u64),
    /// Nothing has been certified yet.
    #[error("no block has been certified yet")]
    NothingCertified,
    /// The store holds what this program never wrote.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl From<DecodeError> for DirectoryError {
    fn from(error: DecodeError) -> Self {
        Self::Corrupt(error.to_string())
    }
}
