//! Conversations, requests, and making sure who somebody is.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::chat::ChatSettings;
use super::me::About;
use super::message::Message;
use super::network::Qr;

/// How a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConversationState {
    /// Being set up: what is written waits here.
    Starting,
    /// Accepted, and waiting for the other side.
    Joining,
    /// In use.
    Active,
    /// Nothing is sent or believed any more.
    Broken,
    /// This device's store is an old copy: nothing is sent.
    Restored,
    /// This device was removed.
    Removed,
}

/// Whether the owner has made sure who the other person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verification {
    /// Not yet.
    None,
    /// By comparing safety numbers.
    Verified,
    /// The other person's key is another one than before.
    Changed,
}

/// What has changed about the other person since the owner knew them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ContactChange {
    /// The name is another account's by now.
    Account,
    /// The identity key: they came back with their 24 words, or somebody else has them.
    IdentityKey,
    /// The devices: they have a new one, or somebody has added one.
    Device,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Conversation {
    /// The conversation on this device.
    pub(crate) id: i64,
    /// The other person, without the `@`.
    pub(crate) peer: String,
    /// The other person's account, in hexadecimal digits.
    pub(crate) account: String,
    /// Whether it is the note to oneself.
    pub(crate) is_note: bool,
    /// Whether the other person has accepted it, as far as is known here.
    pub(crate) is_accepted: bool,
    /// What the other person says of themselves, when they do.
    pub(crate) profile: Option<About>,
    /// How long after they were read the messages that are written here disappear, in seconds.
    pub(crate) timer_s: Option<u32>,
    /// What the owner has set about it.
    pub(crate) settings: ChatSettings,
    /// Whether the owner has made sure who the other person is.
    pub(crate) verification: Verification,
    /// What has changed about the other person, when something has. Was the person verified, nothing is sent until the
    /// owner has made sure again.
    pub(crate) change: Option<ContactChange>,
    /// How it stands.
    pub(crate) state: ConversationState,
    /// What is wrong, when something is.
    pub(crate) trouble: Option<String>,
    /// Messages that have not been read.
    pub(crate) unread: u64,
    /// The row of the first of them.
    pub(crate) first_unread: Option<i64>,
    /// The newest message.
    pub(crate) last: Option<Message>,
    /// Whether a device of theirs is connected or has been heard lately.
    pub(crate) online: bool,
    /// Whether they are typing.
    pub(crate) typing: bool,
    /// Whether messages go there directly at the moment.
    pub(crate) direct: bool,
    /// Messages of theirs that are known to be missing.
    pub(crate) missing: u64,
}

/// A message request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Request {
    /// The request on this device.
    pub(crate) id: i64,
    /// Who asks, without the `@`; verified through the directory.
    pub(crate) from: String,
    /// Their account, in hexadecimal digits.
    pub(crate) account: String,
    /// Since when the name exists, in Unix milliseconds.
    pub(crate) name_since_ms: Option<u64>,
    /// When it came, in Unix milliseconds.
    pub(crate) received_ms: u64,
}

/// The safety number of a conversation: who compares it over another way knows that nobody stands in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Safety {
    /// Twelve groups of five digits, the same on both sides.
    pub(crate) groups: Vec<String>,
    /// What the QR code holds.
    pub(crate) code: String,
    /// The code for the other person to scan.
    pub(crate) qr: Qr,
    /// Whether the owner has made sure.
    pub(crate) verification: Verification,
    /// What has changed, when something has.
    pub(crate) change: Option<ContactChange>,
    /// What the directory has proved about the other person.
    pub(crate) proof: Option<DirectoryProof>,
}

/// What the directory has proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct DirectoryProof {
    /// The height of the block that holds the name's record.
    pub(crate) height: u64,
    /// The time of that block, in Unix milliseconds.
    pub(crate) block_ms: u64,
    /// How many operators decide in the network.
    pub(crate) operators: u32,
    /// How many of them have signed the block.
    pub(crate) signers: u32,
    /// How many nodes were asked.
    pub(crate) asked: u32,
    /// How many of them showed this same block.
    pub(crate) agreed: u32,
    /// When it was proved, in Unix milliseconds.
    pub(crate) checked_ms: u64,
}

/// A code that was scanned from the other person's screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct ScannedCode {
    /// The code.
    pub(crate) code: String,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Comparison {
    /// Whether both sides show the same.
    pub(crate) matches: bool,
}

/// A position in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The row of the newest message that has been read.
    pub(crate) row: i64,
}

/// Whether something is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// Whether it is.
    pub(crate) on: bool,
}

/// After how long messages disappear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Timer {
    /// How long after they were read, in seconds: 300 to 2419200. Nothing for messages that stay.
    pub(crate) timer_s: Option<u32>,
}

/// A conversation by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ConversationRef {
    /// The conversation on this device.
    pub(crate) conversation: i64,
}

/// Which messages of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Only messages before this row.
    pub(crate) before: Option<i64>,
    /// Only messages after this row.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) after: Option<i64>,
    /// Messages around this row: half of the page before it, the other half from it on.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) around: Option<i64>,
    /// Messages around this time, in Unix milliseconds: half of the page before it, the other half from it on.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) at_ms: Option<u64>,
    /// How many at most, 1 to 500.
    pub(crate) limit: Option<usize>,
}
