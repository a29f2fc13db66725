//! Directory records: what a name stands for, and the operations that change it.
//!
//! The format is frozen (docs/spec/directory.md). Judging an operation against the present record is the
//! business of the `directory` crate; what can be seen from the operation alone is checked here.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::address::Endpoint;
use crate::codec::{self, Bounded};
use crate::identity::{ChainError, IdentityLink, account_of};
use crate::ids::{AccountId, Hash, LogId, NetworkId};
use crate::limits::HOMES_MAX;
use crate::name::Name;
use crate::operator::{Description, Vote};
use crate::signed::{Signed, SignedBody};
use crate::token::SpentToken;
use crate::work::{Challenge, Work};

/// Where sealed invitations to the account go.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Inbox {
    /// The homes that keep the inbox log.
    #[n(0)]
    pub homes: Bounded<Endpoint, HOMES_MAX>,
    /// The inbox log.
    #[n(1)]
    pub log: LogId,
    /// The hash of the inbox key that lies at the homes.
    #[n(2)]
    pub key: Hash,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Record {
    /// The network that the record is for: the same signature is void in any other.
    #[n(0)]
    pub network: NetworkId,
    /// The name.
    #[n(1)]
    pub name: Name,
    /// The account, the hash of its first identity link.
    #[n(2)]
    pub account: AccountId,
    /// The present identity link: key and commitment to the next.
    #[n(3)]
    pub identity: Signed<IdentityLink>,
    /// The hash of the device list that lies at the homes.
    #[n(4)]
    pub devices: Hash,
    /// The inbox.
    #[n(5)]
    pub inbox: Inbox,
    /// 0 when registered, then one more with every change; a rotation may leap.
    #[n(6)]
    pub sequence: u64,
}

impl SignedBody for Record {
    const CONTEXT: &'static str = "xchat v1 directory record";
}

/// An owner gives a name up.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Release {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The name.
    #[n(1)]
    pub name: Name,
    /// One more than the record's.
    #[n(2)]
    pub sequence: u64,
}

impl SignedBody for Release {
    const CONTEXT: &'static str = "xchat v1 directory release";
}

/// What a registration is paid with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Fee {
    /// Proof of work.
    #[n(0)]
    Work(#[n(0)] Work),
    /// A token of an operator.
    #[n(1)]
    Token(#[n(0)] SpentToken),
}

/// A change that somebody asks of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Operation {
    /// Takes a free name.
    #[n(0)]
    Register {
        /// The first record, sequence 0, identity number 0.
        #[n(0)]
        record: Signed<Record>,
        /// The price.
        #[n(1)]
        fee: Fee,
    },
    /// Changes devices or inbox under the same identity key.
    #[n(1)]
    Update {
        /// The record with the next sequence number and the same identity link.
        #[n(0)]
        record: Signed<Record>,
    },
    /// Replaces the identity key by the one that the present link commits to.
    #[n(2)]
    Rotate {
        /// The record with a higher sequence number and the next identity link, signed by the new key.
        #[n(0)]
        record: Signed<Record>,
    },
    /// Gives the name up. It rests for a while before it is anybody's.
    #[n(3)]
    Release {
        /// The owner's word, signed by the present identity key.
        #[n(0)]
        release: Signed<Release>,
    },
    /// Votes for a change of the validators.
    #[n(4)]
    Vote {
        /// The vote, signed by the voter.
        #[n(0)]
        vote: Signed<Vote>,
    },
    /// Describes an operator anew.
    #[n(5)]
    Describe {
        /// The description, signed by the operator's key.
        #[n(0)]
        description: Signed<Description>,
    },
}

/// Why a record is not even well made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The identity link or a signature is bad.
    #[error("record: {0}")]
    Chain(#[from] ChainError),
    /// The record is for another network.
    #[error("the record is for another network")]
    OtherNetwork,
    /// A first record whose account is not the hash of its identity link, or not numbered 0.
    #[error("a first record starts at sequence 0 with identity key 0 of its own account")]
    NotFirst,
}

/// Checks a record from itself alone: network, link and signatures.
///
/// # Errors
/// [`RecordError`] with the first thing that is wrong.
pub fn verify_record(
    signed: &Signed<Record>,
    network: &NetworkId,
) -> Result<(Record, IdentityLink), RecordError> {
    let claimed = signed.unverified().map_err(ChainError::from)?;
    let unverified_link = claimed.identity.unverified().map_err(ChainError::from)?;
    let link = claimed
        .identity
        .verify(&unverified_link.key)
        .map_err(ChainError::from)?;
    let record = signed.verify(&link.key).map_err(ChainError::from)?;
    if record.network != *network {
        return Err(RecordError::OtherNetwork);
    }
    let first = record.sequence == 0;
    if first != (link.number == 0 && record.sequence == 0)
        || (first && account_of(&record.identity) != record.account)
    {
        return Err(RecordError::NotFirst);
    }
    Ok((record, link))
}

/// What a registration's proof of work must solve: it binds every byte of the record.
pub fn registration_challenge(record: &Signed<Record>) -> Challenge {
    Challenge::new("xchat v1 registration work", &[record.body()])
}

/// The hash under which signed parts of a contact card are named in a record.
pub fn part_hash<T: Encode<()>>(part: &T) -> Hash {
    Hash::of("xchat v1 contact card part", &[&codec::encode(part)])
}
