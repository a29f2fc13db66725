//! What others could know about this account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::directory::OperatorRef;

/// How often something was told since the program began, how much of it, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Tally {
    /// How often.
    pub(crate) times: u64,
    /// Bytes of ciphertext.
    pub(crate) bytes: u64,
    /// When last, in Unix milliseconds; 0 for never.
    pub(crate) last_ms: u64,
}

/// What a log is. Its home knows only whether it is an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogRole {
    /// The own inbox.
    Inbox,
    /// That of a conversation.
    Conversation,
    /// Somebody else's inbox.
    Foreign,
}

/// An envelope as its home sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Sample {
    /// When it was given, in Unix milliseconds.
    pub(crate) at_ms: u64,
    /// Its length.
    pub(crate) bytes: u64,
    /// Its first bytes, in hexadecimal digits.
    pub(crate) start: String,
}

/// A file as its home sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct SealedFile {
    /// Its address, in hexadecimal digits.
    pub(crate) address: String,
    /// Its length once it is sealed and padded.
    pub(crate) bytes: u64,
}

/// A log, as its home knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct LogExposure {
    /// Its name, in hexadecimal digits: random.
    pub(crate) log: String,
    /// What it is.
    pub(crate) role: LogRole,
    /// Which conversation it is of; only this device knows.
    pub(crate) conversation: Option<i64>,
    /// How often who may use it was decided anew.
    pub(crate) epoch: u64,
    /// The key that the home checks whoever uses it by.
    pub(crate) capability: Option<String>,
    /// Entries that the home has taken, as far as this device has read.
    pub(crate) entries: u64,
    /// Their bytes.
    pub(crate) entry_bytes: u64,
    /// Own files that lie there.
    pub(crate) files: Vec<SealedFile>,
    /// Envelopes that this device has laid there.
    pub(crate) appended: Tally,
    /// Signs of life that went through and are not kept.
    pub(crate) signs: Tally,
    /// Everything else that was asked about it.
    pub(crate) asked: Tally,
    /// The last envelope from here.
    pub(crate) sample: Option<Sample>,
}

/// A name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct NameAsked {
    /// The name, without the `@`.
    pub(crate) username: String,
    /// How often.
    pub(crate) tally: Tally,
}

/// A node, and what it could know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct NodeExposure {
    /// Its id, in hexadecimal digits.
    pub(crate) id: String,
    /// Where it is dialled.
    pub(crate) sockets: Vec<String>,
    /// Its relay.
    pub(crate) relay: Option<String>,
    /// Whose it is, when it is an operator's.
    pub(crate) operator: Option<OperatorRef>,
    /// The logs that it keeps, or was asked about.
    pub(crate) logs: Vec<LogExposure>,
    /// The names that it was asked for.
    pub(crate) names: Vec<NameAsked>,
    /// Changes of the own record that it was given.
    pub(crate) changes: Tally,
    /// Questions about blocks and operators.
    pub(crate) blocks: Tally,
}

/// What everybody can read in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct PublicRecord {
    /// The username, without the `@`.
    pub(crate) username: String,
    /// The account, in hexadecimal digits.
    pub(crate) account: String,
    /// How often the record has been changed.
    pub(crate) sequence: u64,
    /// The hash of the list of devices.
    pub(crate) devices: String,
    /// The name of the inbox log.
    pub(crate) inbox: String,
    /// The ids of the nodes that keep it.
    pub(crate) homes: Vec<String>,
    /// Its length with its signature.
    pub(crate) bytes: u64,
}

/// Under which ids nodes see this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Lanes {
    /// On connections for the inbox.
    pub(crate) inbox: String,
    /// On connections for conversations and their files.
    pub(crate) conversations: String,
    /// On connections to the directory.
    pub(crate) directory: String,
}

/// What others could know about this account. What was asked and told is counted since the program began, in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Exposure {
    /// Since when, in Unix milliseconds.
    pub(crate) since_ms: u64,
    /// What everybody can read.
    pub(crate) record: Option<PublicRecord>,
    /// Under which ids nodes see this device; they are new each time the program begins.
    pub(crate) lanes: Option<Lanes>,
    /// Nodes that were told something, or keep something.
    pub(crate) nodes: Vec<NodeExposure>,
}
