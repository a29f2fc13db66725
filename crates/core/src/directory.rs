//! What people may know about the directory: its nodes and what they did, proofs that its operators lied, and what
//! became of the own record.

use minicbor::{Decode, Encode};
use thiserror::Error;
use xchat_proto::address::Endpoint;
use xchat_proto::ids::Hash;
use xchat_proto::keys::PublicKey;

use crate::error::MachineError;

/// What a node did that it is asked last for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum NodeFault {
    /// It showed an old state: older than an hour, or than what this device has seen by far.
    #[error("its answers were old: it has lost touch with the network, or hides what is new")]
    Stale,
    /// It answers for another network.
    #[error("it serves another network")]
    OtherNetwork,
    /// The operators' signatures, or the proof below them, do not hold.
    #[error("its answers were not what the network's operators have signed")]
    Forged,
    /// It answered something else than it was asked.
    #[error("its answers were not answers to the questions")]
    Foreign,
    /// It said that a change was made which was not.
    #[error("it said that a change was final which was not")]
    Untrue,
}

impl NodeFault {
    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::OtherNetwork => "other-network",
            Self::Forged => "forged",
            Self::Foreign => "foreign",
            Self::Untrue => "untrue",
        }
    }

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Stale => 0,
            Self::OtherNetwork => 1,
            Self::Forged => 2,
            Self::Foreign => 3,
            Self::Untrue => 4,
        }
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        let all = [
            Self::Stale,
            Self::OtherNetwork,
            Self::Forged,
            Self::Foreign,
            Self::Untrue,
        ];
        all.into_iter().find(|fault| fault.number() == number)
    }
}

/// A node that answers for the directory, as this device knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// The node.
    pub endpoint: Endpoint,
    /// Whose it is, when it is an operator's.
    pub operator: Option<OperatorView>,
    /// How many of its answers were not believed.
    pub faults: u64,
    /// Why the last of them was not, and when, in Unix milliseconds.
    pub last_fault: Option<(NodeFault, u64)>,
    /// Whether it did not answer when it was last asked.
    pub is_silent: bool,
}

/// An operator of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorView {
    /// Its key.
    pub key: PublicKey,
    /// What it calls itself. Nobody vouches for it; empty when it is not known.
    pub name: String,
}

/// What this device knows of the network's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryView {
    /// The newest height that has been verified.
    pub height: u64,
    /// The time of that block, in Unix milliseconds.
    pub time_ms: u64,
    /// Until when the network may stay unseen before a new invitation is needed, in Unix milliseconds; nothing: for
    /// ever.
    pub trusted_until_ms: Option<u64>,
    /// Who decides by now.
    pub operators: Vec<OperatorView>,
    /// The nodes that are asked, those that are asked first first.
    pub nodes: Vec<NodeView>,
}

/// Two blocks of one height, both signed by a quorum: the network's operators have shown two truths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceView {
    /// The height.
    pub height: u64,
    /// The digests of the two headers.
    pub headers: [Hash; 2],
    /// Who has signed both.
    pub signers: Vec<OperatorView>,
    /// When this device found it, in Unix milliseconds.
    pub found_ms: u64,
    /// Whether the user has seen it.
    pub is_acknowledged: bool,
    /// The encoded `Evidence`, which proves it to anybody.
    pub proof: Vec<u8>,
}

/// How far a proof was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checked {
    /// The time of the block, in Unix milliseconds.
    pub block_ms: u64,
    /// How many operators decide.
    pub operators: u32,
    /// How many of them have signed the block.
    pub signers: u32,
    /// How many nodes were asked.
    pub asked: u32,
    /// How many of them agree: they showed this block, or one that it follows.
    pub agreed: u32,
}

/// What has changed in the own record without this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum RecordPart {
    /// The identity key: whoever did it has the recovery words.
    #[n(0)]
    IdentityKey,
    /// The devices.
    #[n(1)]
    Devices,
    /// Where messages from new people go.
    #[n(2)]
    Inbox,
    /// The name was given up.
    #[n(3)]
    Released,
    /// The name was not renewed in time.
    #[n(4)]
    Lapsed,
    /// The name is another account's.
    #[n(5)]
    Account,
}

/// A change of the own record that this device did not make.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OwnRecordChange {
    /// What has changed.
    #[n(0)]
    pub parts: Vec<RecordPart>,
    /// The sequence number that the directory proves; 0 when the name has no record any more.
    #[n(1)]
    pub sequence: u64,
    /// The height that proves it.
    #[n(2)]
    pub height: u64,
    /// When this device noticed, in Unix milliseconds.
    #[n(3)]
    pub noticed_ms: u64,
}

/// Why an invitation does not renew what this device knows of the network.
#[derive(Debug, Error)]
pub enum TrustError {
    /// It is for another network, or this profile has joined none.
    #[error("this invitation is for another network")]
    OtherNetwork,
    /// It doesn't say who the operators are.
    #[error("this invitation says nothing about the network's operators; ask for one made today")]
    NoCheckpoint,
    /// It is too old itself.
    #[error("this invitation is too old; ask for one made today")]
    TooOld,
    /// What this device knows is good still, and better than anybody's word.
    #[error("this device still knows the network's operators; nothing needs to be renewed")]
    NotNeeded,
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl TrustError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherNetwork => "other-network",
            Self::NoCheckpoint => "no-checkpoint",
            Self::TooOld => "invitation-too-old",
            Self::NotNeeded => "not-needed",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}

/// Why a name can't be given up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReleaseError {
    /// There is none.
    #[error("this account has no name to give up")]
    NotRegistered,
    /// No node answers.
    #[error("the network is out of reach; it is tried again by itself")]
    Unreachable,
    /// The directory refuses.
    #[error("the directory refuses: {0}")]
    Refused(String),
    /// The profile can't be written.
    #[error("{0}")]
    Storage(String),
}

impl From<MachineError> for ReleaseError {
    fn from(error: MachineError) -> Self {
        Self::Storage(error.to_string())
    }
}

impl ReleaseError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotRegistered => "not-registered",
            Self::Unreachable => "unreachable",
            Self::Refused(_) => "refused",
            Self::Storage(_) => "storage",
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Storage(_))
    }
}
