//! What takes space on this device, and making room.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{FileKind, LibraryUse};

/// What files of one kind take in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FileUse {
    /// The conversation on this device.
    pub(crate) conversation: i64,
    /// What they are to people.
    pub(crate) kind: FileKind,
    /// Whether they were sent from here.
    pub(crate) mine: bool,
    /// How many there are.
    pub(crate) files: u64,
    /// How much they take, in bytes.
    pub(crate) bytes: u64,
}

/// What takes space on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Storage {
    /// How large the database is, in bytes: all texts, and what is known of people and files.
    pub(crate) database: u64,
    /// What the files take that are here.
    pub(crate) files: Vec<FileUse>,
    /// What the library of GIFs and stickers takes.
    pub(crate) library: LibraryUse,
}

/// Which files of others are to go from this device; all that is given must fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sweep {
    /// Those of one conversation.
    pub(crate) conversation: Option<i64>,
    /// Those of at least so many bytes.
    pub(crate) bytes_min: Option<u64>,
    /// Those that came before a time, in Unix milliseconds.
    pub(crate) before_ms: Option<u64>,
}

/// What has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Swept {
    /// How many files.
    pub(crate) files: u64,
    /// How many bytes.
    pub(crate) bytes: u64,
}
