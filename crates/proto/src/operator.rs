//! The operators of a network: who validates, where, and how they come and go.
//!
//! Validators enter and leave by the votes of those who are there. A vote is for one change, bound to the set that
//! votes and to a closing time, so that none can be counted twice or later.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::address::{Endpoint, Socket};
use crate::codec::{self, Bounded, DecodeError, Text};
use crate::genesis::{Genesis, Validators};
use crate::ids::{Hash, NetworkId};
use crate::keys::PublicKey;
use crate::limits::{BALLOTS_MAX, OPERATOR_NAME_BYTES_MAX, VALIDATORS_MAX};
use crate::signed::SignedBody;

/// One operator: a validator, and where it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Operator {
    /// The validator's key.
    #[n(0)]
    pub key: PublicKey,
    /// What the operator calls itself. Nobody vouches for it.
    #[n(1)]
    pub name: Text<OPERATOR_NAME_BYTES_MAX>,
    /// 0 at first, then one more with every [`Description`].
    #[n(2)]
    pub revision: u32,
    /// Where other validators reach it, over TCP. Only a validator that is alone has none.
    #[n(3)]
    pub consensus: Option<Socket>,
    /// Where clients and other nodes reach it.
    #[n(4)]
    pub node: Option<Endpoint>,
}

impl Operator {
    /// An operator of whom only the key is known.
    pub fn unknown(key: PublicKey) -> Self {
        Self {
            key,
            name: Text::default(),
            revision: 0,
            consensus: None,
            node: None,
        }
    }
}

/// All operators, in ascending order of their keys.
pub type Operators = Bounded<Operator, VALIDATORS_MAX>;

/// Puts operators in order.
///
/// # Errors
/// [`DecodeError::TooLong`] when there are more than a network may have.
pub fn operators(mut list: Vec<Operator>) -> Result<Operators, DecodeError> {
    list.sort_unstable_by_key(|operator| operator.key);
    Bounded::new(list)
}

/// The hash by which a genesis names its operators.
pub fn operators_hash(operators: &Operators) -> Hash {
    Hash::of("xchat v1 directory operators", &[&codec::encode(operators)])
}

/// What a node must know of a network to take part in it: the file that `xchat network create` makes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NetworkFile {
    /// The genesis.
    #[n(0)]
    pub genesis: Genesis,
    /// The first operators.
    #[n(1)]
    pub operators: Operators,
}

/// A change of the validators.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Change {
    /// One more. Its revision is 0.
    #[n(0)]
    Add {
        /// The new operator.
        #[n(0)]
        operator: Operator,
    },
    /// One less.
    #[n(1)]
    Remove {
        /// The validator's key.
        #[n(0)]
        key: PublicKey,
    },
}

/// A validator's vote for a change.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Vote {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The hash of the validators who vote: a vote is void in any other set.
    #[n(1)]
    pub validators: Hash,
    /// The change.
    #[n(2)]
    pub change: Change,
    /// Until when votes are counted, in Unix milliseconds by the blocks' time; all votes of a ballot name the same.
    #[n(3)]
    pub closes_ms: u64,
    /// Who votes.
    #[n(4)]
    pub voter: PublicKey,
}

impl SignedBody for Vote {
    const CONTEXT: &'static str = "xchat v1 directory vote";
}

/// An operator's own description: a new name or new addresses.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Description {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The operator, with the next revision.
    #[n(1)]
    pub operator: Operator,
}

impl SignedBody for Description {
    const CONTEXT: &'static str = "xchat v1 directory description";
}

/// A change that is being voted on, or has been decided and waits for the epoch's end.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ballot {
    /// The change.
    #[n(0)]
    pub change: Change,
    /// Until when votes are counted, in Unix milliseconds.
    #[n(1)]
    pub closes_ms: u64,
    /// Who has voted for it, in ascending order.
    #[n(2)]
    pub voters: Validators,
}

/// What the map holds of the validators.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Committee {
    /// Those who decide the next height.
    #[n(0)]
    pub operators: Operators,
    /// What is being voted on, in the order in which it was opened.
    #[n(1)]
    pub ballots: Bounded<Ballot, BALLOTS_MAX>,
}

/// Why operators make no set of validators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OperatorsError {
    /// Nobody would be left.
    #[error("a network needs at least one validator")]
    Nobody,
    /// More than a network may have.
    #[error("a network has at most {VALIDATORS_MAX} validators")]
    TooMany,
    /// It is one already.
    #[error("this key is a validator's already")]
    Present,
    /// It is none.
    #[error("this key is no validator's")]
    Absent,
    /// A validator among others must be reachable.
    #[error("a validator among others needs an address")]
    NoAddress,
}

impl Committee {
    /// The first committee.
    pub fn new(operators: Operators) -> Self {
        Self {
            operators,
            ballots: Bounded::default(),
        }
    }

    /// The keys, in ascending order.
    pub fn validators(&self) -> Validators {
        let keys = self.operators.as_slice().iter().map(|operator| operator.key);
        // As many as there are operators, whose number is bounded alike.
        Bounded::new(keys.collect()).unwrap_or_default()
    }

    /// The operator with this key.
    pub fn operator(&self, key: &PublicKey) -> Option<&Operator> {
        self.operators
            .as_slice()
            .iter()
            .find(|operator| operator.key == *key)
    }

    /// The operators after a change.
    ///
    /// # Errors
    /// [`OperatorsError`] when it can't be made.
    pub fn changed(&self, change: &Change) -> Result<Operators, OperatorsError> {
        let mut list = self.operators.as_slice().to_vec();
        match change {
            Change::Add { operator } if self.operator(&operator.key).is_some() => {
                return Err(OperatorsError::Present);
            }
            Change::Add { operator } => list.push(operator.clone()),
            Change::Remove { key } if self.operator(key).is_none() => return Err(OperatorsError::Absent),
            Change::Remove { key } => list.retain(|operator| operator.key != *key),
        }
        if list.is_empty() {
            return Err(OperatorsError::Nobody);
        }
        if list.len() > 1 && list.iter().any(|operator| operator.consensus.is_none()) {
            return Err(OperatorsError::NoAddress);
        }
        operators(list).map_err(|_| OperatorsError::TooMany)
    }
}
