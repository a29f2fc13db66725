//! What this device knows of the network's directory, and what people must be told of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::network::Node;

/// An operator of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct OperatorRef {
    /// Its key, in hexadecimal digits.
    pub(crate) key: String,
    /// What it calls itself, unverified; empty when that is not known.
    pub(crate) name: String,
}

/// What a node did that was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NodeFault {
    /// It showed an old state.
    Stale,
    /// It answers for another network.
    OtherNetwork,
    /// Its answers were not what the operators have signed.
    Forged,
    /// Its answers were not answers to the questions.
    Foreign,
    /// It said that a change was final which was not.
    Untrue,
}

/// What this device knows of the network's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Directory {
    /// The newest height that has been verified.
    pub(crate) height: u64,
    /// The time of that block, in Unix milliseconds.
    pub(crate) time_ms: u64,
    /// Until when the network may stay unseen before a new invitation is needed, in Unix milliseconds; `null`: for
    /// ever.
    pub(crate) trusted_until_ms: Option<u64>,
    /// Who decides by now.
    pub(crate) operators: Vec<OperatorRef>,
    /// The nodes that are asked, those that are asked first first.
    pub(crate) nodes: Vec<Node>,
}

/// Two blocks of one height, both signed by a quorum: the network's operators have shown two truths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Evidence {
    /// The height.
    pub(crate) height: u64,
    /// The digests of the two headers, in hexadecimal digits.
    pub(crate) headers: Vec<String>,
    /// Who has signed both.
    pub(crate) signers: Vec<OperatorRef>,
    /// When this device found it, in Unix milliseconds.
    pub(crate) found_ms: u64,
    /// Whether the owner has seen it.
    pub(crate) is_acknowledged: bool,
    /// What proves it to anybody, in hexadecimal digits.
    pub(crate) proof: String,
}

/// What has changed in the own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RecordPart {
    /// The identity key: whoever did it has the 24 words.
    IdentityKey,
    /// The devices.
    Devices,
    /// Where messages from new people go.
    Inbox,
    /// The name was given up.
    Released,
    /// The name was not renewed in time.
    Lapsed,
    /// The name is another account's.
    Account,
}

/// A change of the own record that this device did not make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct RecordChange {
    /// What has changed.
    pub(crate) parts: Vec<RecordPart>,
    /// The sequence number that the directory proves; 0 when the name has no record any more.
    pub(crate) sequence: u64,
    /// The height that proves it.
    pub(crate) height: u64,
    /// When this device noticed, in Unix milliseconds.
    pub(crate) noticed_ms: u64,
}

/// The own record, as far as its owner must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct OwnRecord {
    /// A change that was made elsewhere, until it is acknowledged.
    pub(crate) change: Option<RecordChange>,
}
