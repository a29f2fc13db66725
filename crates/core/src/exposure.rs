//! What others could know about this account, by what this device has really told them.

use xchat_proto::address::Endpoint;
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::PublicKey;
use xchat_proto::name::Name;
use xchat_proto::record::Record;

use crate::directory::OperatorView;
use crate::io::ConversationId;

/// How often something was told, how much of it, and when last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often.
    pub times: u64,
    /// Bytes of ciphertext, where there are any.
    pub bytes: u64,
    /// When last, in Unix milliseconds.
    pub last_ms: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, now_ms: u64, bytes: u64) {
        self.times = self.times.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.last_ms = now_ms;
    }
}

/// What a log is. Its home knows only whether it is an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogRole {
    /// The own inbox.
    Inbox,
    /// That of a conversation.
    Conversation(ConversationId),
    /// Somebody else's inbox, in which an invitation was laid.
    Foreign,
}

/// The beginning of an envelope: what it looks like to whoever keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// When, in Unix milliseconds.
    pub at_ms: u64,
    /// Its length.
    pub bytes: u64,
    /// Its first bytes.
    pub start: Vec<u8>,
}

/// A log, as its home knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogExposure {
    /// Its name: 32 random bytes.
    pub log: LogId,
    /// What it is.
    pub role: LogRole,
    /// How often who may use it has been decided anew.
    pub epoch: u64,
    /// The key that the home checks whoever uses it by.
    pub capability: Option<PublicKey>,
    /// Entries that the home has taken, as far as this device has read.
    pub entries: u64,
    /// Bytes of those that this device has read.
    pub entry_bytes: u64,
    /// Own files that lie there: their addresses, and their sizes before they were sealed.
    pub files: Vec<(Hash, u64)>,
    /// Envelopes that this device has laid there since the program began.
    pub appended: Tally,
    /// Signs of life that went through, and were not kept: typing, being there.
    pub signs: Tally,
    /// Everything else that was asked of the home about this log.
    pub asked: Tally,
    /// The last envelope from here.
    pub sample: Option<Sample>,
}

/// A name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAsked {
    /// The name.
    pub name: Name,
    /// How often, since the program began.
    pub tally: Tally,
}

/// A node, and what it could know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeExposure {
    /// Where it is reached.
    pub endpoint: Endpoint,
    /// Whose it is, when it is an operator's.
    pub operator: Option<OperatorView>,
    /// The logs that it keeps, or was asked about.
    pub logs: Vec<LogExposure>,
    /// The names that it was asked for, by how often.
    pub names: Vec<NameAsked>,
    /// Changes of the own record that it was given.
    pub changes: Tally,
    /// Questions about blocks and operators: they are the same for everybody.
    pub blocks: Tally,
}

/// What others could know. Of what was asked and told it knows since the program began: it is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Since when it was counted, in Unix milliseconds.
    pub since_ms: u64,
    /// What everybody can read: the own record in the directory.
    pub record: Option<Record>,
    /// The length of the record with its signature.
    pub record_bytes: u64,
    /// Nodes that were told something, or keep something.
    pub nodes: Vec<NodeExposure>,
}
