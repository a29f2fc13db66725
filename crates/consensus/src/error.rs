//! Why the engine stops.

use thiserror::Error;
use xchat_directory::DirectoryError;

/// Why the engine stops.
#[derive(Debug, Error)]
pub(crate) enum EngineError {
    /// A part of the engine refused what it was given, or its storage failed.
    #[error("the engine: {0}")]
    Engine(String),
    /// A part of the engine has ended by itself; its log says why.
    #[error("{0} ended")]
    Ended(&'static str),
    /// A validator is in the set twice, which the directory never does.
    #[error("a validator twice")]
    Unordered,
    /// The directory doesn't know an epoch's set any more.
    #[error("the validators of epoch {0} are not known here")]
    UnknownSet(u64),
    /// The directory can't take a final block, or can't be read.
    #[error("{0}")]
    Directory(#[from] DirectoryError),
    /// The set of validators has grown beyond the room that was made for it: start again with more.
    #[error("more validators than there is room for")]
    Outgrown,
}

impl EngineError {
    pub(crate) fn of(error: impl std::fmt::Display) -> Self {
        Self::Engine(error.to_string())
    }
}
