//! What a client and a node say to each other about the directory.

use minicbor::{Decode, Encode};

use crate::genesis::Genesis;
use crate::name::Name;
use crate::name_proof::NameProof;
use crate::record::Operation;

/// The ALPN of directory connections.
pub const DIRECTORY_ALPN: &[u8] = b"xchat/directory/1";

/// What a client asks of a node.
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
    },
    /// A change. The reply comes after finality.
    #[n(2)]
    Submit {
        /// The change.
        #[n(0)]
        operation: Operation,
    },
    /// How the network is.
    #[n(3)]
    Status,
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
        /// The newest finalised height.
        #[n(0)]
        height: u64,
        /// The time of that block in Unix milliseconds.
        #[n(1)]
        time_ms: u64,
        /// How many validators decide.
        #[n(2)]
        validators: u32,
    },
    /// The node can't answer now; ask again, or ask another.
    #[n(5)]
    Unavailable,
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
}

impl RejectReason {
    /// Whether the same operation may succeed later.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Busy | Self::Undecided)
    }
}
