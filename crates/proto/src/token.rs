//! Registration tokens: an operator lets somebody in without proof of work.
//!
//! A token names a key that its bearer holds, and whoever spends it signs the record with that key: what stands in a
//! block can't be taken by a reader and spent on another name.

use minicbor::{Decode, Encode};

use crate::ids::{Hash, NetworkId};
use crate::keys::PublicKey;
use crate::record::Record;
use crate::signed::{Signed, SignedBody};

/// An operator's permission to register one name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Token {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The operator, whose key signs this.
    #[n(1)]
    pub operator: PublicKey,
    /// The key of the bearer, made for this token alone.
    #[n(2)]
    pub bearer: PublicKey,
    /// Until when it may be spent, in Unix milliseconds by the blocks' time.
    #[n(3)]
    pub expires_ms: u64,
}

impl SignedBody for Token {
    const CONTEXT: &'static str = "xchat v1 registration token";
}

/// What the bearer signs: the record that the token pays for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Spending {
    /// The hash of the signed record's body.
    #[n(0)]
    pub record: Hash,
}

impl Spending {
    /// What a bearer signs to spend a token on a record.
    pub fn on(record: &Signed<Record>) -> Self {
        Self {
            record: Hash::of("xchat v1 registration token record", &[record.body()]),
        }
    }
}

impl SignedBody for Spending {
    const CONTEXT: &'static str = "xchat v1 registration token spent";
}

/// A token that is spent on a record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SpentToken {
    /// The token, signed by its operator.
    #[n(0)]
    pub token: Signed<Token>,
    /// The bearer's signature.
    #[n(1)]
    pub spending: Signed<Spending>,
}
