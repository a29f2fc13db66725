//! The genesis of a network: what a client pins, and all that it must trust.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::codec::{self, Bounded};
use crate::ids::{Hash, NetworkId};
use crate::keys::PublicKey;
use crate::limits::{DAY_MS, REGISTRATION_WORK_BITS, VALIDATORS_MAX, WORK_BITS_MAX};
use crate::operator::{Operators, operators_hash};

/// The version of the directory protocol.
pub const DIRECTORY_VERSION: u32 = 2;

/// The validators whose certificates count, in ascending order of their keys.
pub type Validators = Bounded<PublicKey, VALIDATORS_MAX>;

/// What a network has agreed on for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Parameters {
    /// What a registration costs at the least, in bits of proof of work.
    #[n(0)]
    pub registration_work_bits: u8,
    /// How many registrations an hour the network wants; beyond, each costs more.
    #[n(1)]
    pub registrations_per_hour: u32,
    /// The validators may change after each so many blocks.
    #[n(2)]
    pub epoch_blocks: u32,
    /// How long a client may have seen nothing of the network and still follow its validators from those that it knew,
    /// in milliseconds. 0: for ever.
    #[n(3)]
    pub trust_ms: u64,
    /// How long a name stays its owner's after the last change of its record, in milliseconds.
    #[n(4)]
    pub term_ms: u64,
    /// How long a name rests before it is anybody's, after its term or its release, in milliseconds.
    #[n(5)]
    pub grace_ms: u64,
    /// How many registrations a day each operator may let in without work.
    #[n(6)]
    pub tokens_per_day: u32,
    /// How often a day an owner may update a record, so that nobody fills the blocks with names that were paid for
    /// once. 0: any number.
    #[n(7)]
    pub updates_per_day: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            registration_work_bits: REGISTRATION_WORK_BITS,
            registrations_per_hour: 3_600,
            epoch_blocks: 256,
            trust_ms: 180 * DAY_MS,
            term_ms: 730 * DAY_MS,
            grace_ms: 90 * DAY_MS,
            tokens_per_day: 1_000,
            updates_per_day: 32,
        }
    }
}

impl Parameters {
    /// The parameters of a network with one operator, whose key nobody else ever holds: a client may be away for any
    /// time.
    pub fn alone() -> Self {
        Self {
            trust_ms: 0,
            ..Self::default()
        }
    }

    /// The epoch of a height.
    pub fn epoch_of(&self, height: u64) -> u64 {
        height.checked_div(u64::from(self.epoch_blocks)).unwrap_or(0)
    }

    /// Whether the validators may change after this height.
    pub fn ends_epoch(&self, height: u64) -> bool {
        self.epoch_of(height) != self.epoch_of(height.saturating_add(1))
    }
}

/// The first facts of a network. Two networks that differ in any of them are different networks.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Genesis {
    /// The version of the protocol, [`DIRECTORY_VERSION`].
    #[n(0)]
    pub version: u32,
    /// The first validators.
    #[n(1)]
    pub validators: Validators,
    /// The hash of the first operators: who they are, and where.
    #[n(2)]
    pub operators: Hash,
    /// What has been agreed on.
    #[n(3)]
    pub parameters: Parameters,
    /// When the network was made, in Unix milliseconds: the time of block 0.
    #[n(4)]
    pub created_ms: u64,
    /// Random bytes, so that two networks of the same operators differ.
    #[n(5)]
    pub salt: Hash,
}

/// Why a genesis makes no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// A version that this program doesn't speak.
    #[error("version {0} of the directory is not known here")]
    UnknownVersion(u32),
    /// Nobody could sign.
    #[error("the genesis names no validator")]
    NoValidators,
    /// The order of the keys is the order of the signers in a certificate.
    #[error("the validators are not in strictly ascending order of their keys")]
    Unordered,
    /// More work than anybody may ask for.
    #[error("{0} bits of work are more than anybody may ask for")]
    TooMuchWork(u8),
    /// An epoch needs a block before its last.
    #[error("an epoch has at least two blocks")]
    NoEpochs,
    /// The operators are not those that the genesis names.
    #[error("the operators are not those of the genesis")]
    OtherOperators,
}

impl Genesis {
    /// The genesis of a new network.
    ///
    /// # Errors
    /// [`GenesisError`] when it makes no network.
    pub fn new(
        operators: &Operators,
        parameters: Parameters,
        created_ms: u64,
        salt: Hash,
    ) -> Result<Self, GenesisError> {
        let keys = operators.as_slice().iter().map(|operator| operator.key);
        let genesis = Self {
            version: DIRECTORY_VERSION,
            validators: Bounded::new(keys.collect()).map_err(|_| GenesisError::Unordered)?,
            operators: operators_hash(operators),
            parameters,
            created_ms,
            salt,
        };
        genesis.check()?;
        Ok(genesis)
    }

    /// Whether these are the first operators.
    ///
    /// # Errors
    /// [`GenesisError::OtherOperators`] when they are not.
    pub fn check_operators(&self, operators: &Operators) -> Result<(), GenesisError> {
        let keys = operators.as_slice().iter().map(|operator| operator.key);
        let is_same = operators_hash(operators) == self.operators
            && keys.eq(self.validators.as_slice().iter().copied());
        if is_same {
            Ok(())
        } else {
            Err(GenesisError::OtherOperators)
        }
    }

    /// Whether a decoded genesis makes a network.
    ///
    /// # Errors
    /// [`GenesisError`] with the first thing that is wrong.
    pub fn check(&self) -> Result<(), GenesisError> {
        if self.version != DIRECTORY_VERSION {
            return Err(GenesisError::UnknownVersion(self.version));
        }
        check_validators(&self.validators)?;
        let bits = self.parameters.registration_work_bits;
        if bits > WORK_BITS_MAX {
            return Err(GenesisError::TooMuchWork(bits));
        }
        if self.parameters.epoch_blocks < 2 {
            return Err(GenesisError::NoEpochs);
        }
        Ok(())
    }

    /// The network that this genesis makes.
    pub fn id(&self) -> NetworkId {
        NetworkId(Hash::of("xchat v1 network", &[&codec::encode(self)]).0)
    }
}

/// Whether these keys make a set of validators.
///
/// # Errors
/// [`GenesisError`] when there are none, or not in their order, each once.
pub fn check_validators(validators: &Validators) -> Result<(), GenesisError> {
    if validators.as_slice().is_empty() {
        return Err(GenesisError::NoValidators);
    }
    if !validators.as_slice().is_sorted_by(|a, b| a < b) {
        return Err(GenesisError::Unordered);
    }
    Ok(())
}

/// The hash by which a header names a set of validators.
pub fn validators_hash(validators: &Validators) -> Hash {
    Hash::of("xchat v1 directory validators", &[&codec::encode(validators)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{Operator, operators};

    fn genesis() -> Genesis {
        let list = operators(vec![
            Operator::unknown(PublicKey([2; 32])),
            Operator::unknown(PublicKey([1; 32])),
        ]);
        Genesis::new(&list.unwrap(), Parameters::default(), 4, Hash([5; 32])).unwrap()
    }

    #[test]
    fn gen_01_every_fact_makes_another_network() {
        let changes: [fn(&mut Genesis); 12] = [
            |genesis| genesis.created_ms = 5,
            |genesis| genesis.salt = Hash([6; 32]),
            |genesis| genesis.operators = Hash([6; 32]),
            |genesis| genesis.validators = Bounded::new(vec![PublicKey([1; 32])]).unwrap(),
            |genesis| genesis.parameters.registration_work_bits = 4,
            |genesis| genesis.parameters.registrations_per_hour = 4,
            |genesis| genesis.parameters.epoch_blocks = 4,
            |genesis| genesis.parameters.trust_ms = 4,
            |genesis| genesis.parameters.term_ms = 4,
            |genesis| genesis.parameters.grace_ms = 4,
            |genesis| genesis.parameters.tokens_per_day = 4,
            |genesis| genesis.parameters.updates_per_day = 5,
        ];
        for change in changes {
            let mut other = genesis();
            change(&mut other);
            assert_ne!(other.id(), genesis().id());
        }
    }

    #[test]
    fn gen_02_validators_are_ordered_and_named_once() {
        assert!(genesis().validators.as_slice().is_sorted());
        let with = |keys: &[u8]| {
            let keys = keys.iter().map(|key| PublicKey([*key; 32])).collect();
            Genesis {
                validators: Bounded::new(keys).unwrap(),
                ..genesis()
            }
            .check()
        };
        assert_eq!(with(&[1, 2]), Ok(()));
        assert_eq!(with(&[2, 1]), Err(GenesisError::Unordered));
        assert_eq!(with(&[1, 1]), Err(GenesisError::Unordered));
        assert_eq!(with(&[]), Err(GenesisError::NoValidators));
    }

    #[test]
    fn gen_03_what_makes_no_network_is_refused() {
        let with = |change: fn(&mut Genesis)| {
            let mut other = genesis();
            change(&mut other);
            other.check()
        };
        assert_eq!(
            with(|genesis| genesis.version = 1),
            Err(GenesisError::UnknownVersion(1))
        );
        assert_eq!(
            with(|genesis| genesis.parameters.registration_work_bits = 21),
            Err(GenesisError::TooMuchWork(21))
        );
        assert_eq!(
            with(|genesis| genesis.parameters.epoch_blocks = 1),
            Err(GenesisError::NoEpochs)
        );
    }

    #[test]
    fn gen_04_the_operators_are_those_that_the_genesis_names() {
        let with = |name: &str| {
            let mut list = vec![
                Operator::unknown(PublicKey([2; 32])),
                Operator::unknown(PublicKey([1; 32])),
            ];
            list[0].name = codec::Text::new(name.to_owned()).unwrap();
            genesis().check_operators(&operators(list).unwrap())
        };
        assert_eq!(with(""), Ok(()));
        assert_eq!(with("Mallory"), Err(GenesisError::OtherOperators));
    }

    #[test]
    fn gen_05_an_epoch_ends_before_the_next_begins() {
        let parameters = Parameters {
            epoch_blocks: 4,
            ..Parameters::default()
        };
        assert_eq!((parameters.epoch_of(3), parameters.epoch_of(4)), (0, 1));
        let ends = (0..9).filter(|height| parameters.ends_epoch(*height));
        assert_eq!(ends.collect::<Vec<_>>(), [3, 7]);
    }
}
