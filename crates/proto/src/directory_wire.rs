//! What a client and a node say to each other about the directory.

use minicbor::{Decode, Encode};

use crate::certificate::Certificate;
use crate::codec::{Blob, Bounded};
use crate::genesis::Genesis;
use crate::header::Header;
use crate::ids::{Hash, NetworkId};
use crate::keys::PublicKey;
use crate::light::{Handovers, Lineage};
use crate::limits::{
    BLOCKS_MAX, COMMITTEE_BYTES_MAX, OPERATIONS_PER_BLOCK_MAX, RANGE_PROOF_BYTES_MAX, SNAPSHOT_ENTRIES_MAX,
    VALIDATORS_MAX,
};
use crate::name::Name;
use crate::name_proof::{Certified, CommitteeProof, NameProof};
use crate::record::Operation;

/// The ALPN of directory connections.
pub const DIRECTORY_ALPN: &[u8] = b"xchat/directory/2";

/// What a client, or another node, asks of a node. `known` is the height up to which the asker knows the validators:
/// the answer brings the changes above.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, which is sent or answered at once"
)]
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DirectoryRequest {
    /// The network's genesis. A client that has pinned one compares; it doesn't learn it here.
    #[n(0)]
    Genesis,
    /// The proof of a name.
    #[n(1)]
    Lookup {
        /// The name.
        #[n(0)]
        name: Name,
        /// The height up to which the validators are known.
        #[n(1)]
        known: u64,
    },
    /// A change. The reply comes after finality.
    #[n(2)]
    Submit {
        /// The change.
        #[n(0)]
        operation: Operation,
    },
    /// How the network is, as this node sees it.
    #[n(3)]
    Status,
    /// The proof of the committee.
    #[n(4)]
    Operators {
        /// The height up to which the validators are known.
        #[n(0)]
        known: u64,
    },
    /// Which block this height has.
    #[n(5)]
    Header {
        /// The height.
        #[n(0)]
        height: u64,
    },
    /// Blocks from this height on, for a node that follows.
    #[n(6)]
    Blocks {
        /// The first height.
        #[n(0)]
        from: u64,
    },
    /// A part of the newest snapshot, for a node that begins.
    #[n(7)]
    Snapshot {
        /// The height of the snapshot that is being fetched; nothing to begin with the newest.
        #[n(0)]
        height: Option<u64>,
        /// The key after which the part begins; nothing for the first.
        #[n(1)]
        after: Option<Hash>,
        /// The height up to which the validators are known.
        #[n(2)]
        known: u64,
    },
}

/// What a node says of the network. A hint.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NetworkStatus {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The newest finalised height.
    #[n(1)]
    pub height: u64,
    /// The time of that block in Unix milliseconds.
    #[n(2)]
    pub time_ms: u64,
    /// Whether the node votes, or only follows.
    #[n(3)]
    pub validates: bool,
    /// The validators, and the newest height whose certificate each has signed; 0 when the node knows of none.
    #[n(4)]
    pub validators: Bounded<Seen, VALIDATORS_MAX>,
    /// The oldest block that the node still has.
    #[n(5)]
    pub oldest: u64,
    /// Changes that wait for a block.
    #[n(6)]
    pub waiting: u32,
}

/// A validator, and when it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Seen {
    /// The validator's key.
    #[n(0)]
    pub key: PublicKey,
    /// The newest height whose certificate it has signed.
    #[n(1)]
    pub height: u64,
}

/// A block that is final, as nodes pass it on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FinalBlock {
    /// The header.
    #[n(0)]
    pub header: Header,
    /// The operations.
    #[n(1)]
    pub operations: Bounded<Operation, OPERATIONS_PER_BLOCK_MAX>,
    /// The certificate; nothing when only that of a later block makes this one final.
    #[n(2)]
    pub certificate: Option<Certificate>,
}

/// What a node answers. Nothing in it is believed for being said: a proof is checked, the rest is a hint.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DirectoryReply {
    /// The genesis.
    #[n(0)]
    Genesis {
        /// The genesis.
        #[n(0)]
        genesis: Genesis,
    },
    /// A name, or that it is free.
    #[n(1)]
    Name {
        /// The proof, to be verified.
        #[n(0)]
        proof: NameProof,
        /// Changes of the validators that lead to it.
        #[n(1)]
        handovers: Handovers,
    },
    /// The change is final.
    #[n(2)]
    Accepted {
        /// The height of the block that holds it.
        #[n(0)]
        height: u64,
    },
    /// The change was not made.
    #[n(3)]
    Rejected {
        /// Why.
        #[n(0)]
        reason: RejectReason,
    },
    /// How the network is.
    #[n(4)]
    Status {
        /// How it is.
        #[n(0)]
        status: NetworkStatus,
    },
    /// The node can't answer now; ask again, or ask another.
    #[n(5)]
    Unavailable,
    /// The committee.
    #[n(6)]
    Operators {
        /// The proof, to be verified.
        #[n(0)]
        proof: CommitteeProof,
        /// Changes of the validators that lead to it.
        #[n(1)]
        handovers: Handovers,
    },
    /// The block of a height.
    #[n(7)]
    Header {
        /// How it is final.
        #[n(0)]
        lineage: Lineage,
    },
    /// Blocks that follow each other. None when the node has none from that height on.
    #[n(8)]
    Blocks {
        /// The blocks, each encoded.
        #[n(0)]
        blocks: Bounded<FinalBlock, BLOCKS_MAX>,
        /// The oldest block that the node still has: below, only a snapshot helps.
        #[n(1)]
        oldest: u64,
        /// How the last of them is final, when it has no certificate and the next that has one found no room.
        #[n(2)]
        above: Option<Lineage>,
    },
    /// A part of a snapshot.
    #[n(9)]
    Snapshot {
        /// The part.
        #[n(0)]
        part: SnapshotPart,
        /// Changes of the validators that lead to it.
        #[n(1)]
        handovers: Handovers,
    },
}

/// A part of a snapshot: entries of the map in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SnapshotPart {
    /// The header whose map it is.
    #[n(0)]
    pub certified: Certified,
    /// The entries.
    #[n(1)]
    pub entries: Bounded<SnapshotEntry, SNAPSHOT_ENTRIES_MAX>,
    /// The proof that these are all entries up to the last of them, and that nothing lies between.
    #[n(2)]
    pub proof: Blob<RANGE_PROOF_BYTES_MAX>,
    /// Whether entries follow.
    #[n(3)]
    pub has_more: bool,
}

/// An entry of the map.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SnapshotEntry {
    /// The key.
    #[n(0)]
    pub key: Hash,
    /// The value.
    #[n(1)]
    pub value: Blob<COMMITTEE_BYTES_MAX>,
}

/// Why a change was not made. The numbers are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, thiserror::Error)]
#[cbor(index_only)]
pub enum RejectReason {
    /// The operation, or a body in it, can't be read or is too large.
    #[n(0)]
    #[error("the operation is malformed")]
    Malformed,
    /// A signature is not valid.
    #[n(1)]
    #[error("a signature is not valid")]
    BadSignature,
    /// The record is for another network.
    #[n(2)]
    #[error("the record is for another network")]
    OtherNetwork,
    /// A first record must start an account: sequence 0, identity key 0, account = hash of that link.
    #[n(3)]
    #[error("the record doesn't start an account")]
    NotFirst,
    /// The proof of work doesn't solve the registration's challenge.
    #[n(4)]
    #[error("the proof of work is not valid")]
    BadWork,
    /// Somebody has the name.
    #[n(5)]
    #[error("the name is taken")]
    NameTaken,
    /// Nobody may have the name.
    #[n(6)]
    #[error("the name is reserved")]
    NameReserved,
    /// Nobody has the name.
    #[n(7)]
    #[error("the name is not registered")]
    NotRegistered,
    /// The sequence number is not the next one.
    #[n(8)]
    #[error("the sequence number is not the next one")]
    BadSequence,
    /// The record names another account than the registered one.
    #[n(9)]
    #[error("the record is of another account")]
    OtherAccount,
    /// An update must keep the identity key.
    #[n(10)]
    #[error("the identity key is not the present one")]
    OtherIdentity,
    /// The new identity key is not the one that the present link commits to.
    #[n(11)]
    #[error("the identity key is not the one that was committed to")]
    NotCommitted,
    /// The identity key has been replaced as often as it may be.
    #[n(12)]
    #[error("the identity key has been replaced too often")]
    TooManyRotations,
    /// Too many changes wait; try again.
    #[n(13)]
    #[error("too many changes wait, try again")]
    Busy,
    /// The validators could not decide in time; the change may still be made. Look the name up before trying again.
    #[n(14)]
    #[error("the validators could not decide in time")]
    Undecided,
    /// Somebody has a name that is taken for this one.
    #[n(15)]
    #[error("the name looks like one that is taken")]
    NameSimilar,
    /// The name was given up or has lapsed, and rests before it is anybody's.
    #[n(16)]
    #[error("the name was given up or has lapsed, and rests")]
    NameResting,
    /// Whoever lost a name does not get it back under the account that lost it.
    #[n(17)]
    #[error("the account had the name before")]
    FormerOwner,
    /// The token is not an operator's of this network, or is spent on another record.
    #[n(18)]
    #[error("the registration token is not valid")]
    BadToken,
    /// The token's time is over.
    #[n(19)]
    #[error("the registration token has expired")]
    TokenExpired,
    /// The token has been spent.
    #[n(20)]
    #[error("the registration token has been spent")]
    TokenSpent,
    /// The operator has let in as many as it may today.
    #[n(21)]
    #[error("the operator has let in as many as it may today")]
    TokensUsedUp,
    /// Only a validator votes, and only an operator describes itself.
    #[n(22)]
    #[error("the key is no validator's")]
    NotAValidator,
    /// The vote is of another set of validators.
    #[n(23)]
    #[error("the validators have changed since the vote was signed")]
    OtherValidators,
    /// The vote's closing time is over, or too far ahead.
    #[n(24)]
    #[error("the ballot is closed")]
    BallotClosed,
    /// The validator has voted for this already.
    #[n(25)]
    #[error("the validator has voted for this already")]
    VotedAlready,
    /// The change can't be made: it would leave nobody, or too many, or adds one who is there.
    #[n(26)]
    #[error("the change of the validators can't be made")]
    BadChange,
    /// Too many changes are being voted on.
    #[n(27)]
    #[error("too many changes are being voted on")]
    TooManyBallots,
    /// The revision is not the next one.
    #[n(28)]
    #[error("the revision is not the next one")]
    BadRevision,
    /// The record was updated as often as it may be today.
    #[n(29)]
    #[error("the record was updated as often as it may be today")]
    TooManyUpdates,
}

impl RejectReason {
    /// Whether the same operation may succeed later.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Busy | Self::Undecided)
    }
}
