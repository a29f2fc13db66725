//! The genesis of a network: what a client pins, and all that it must trust.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::codec::{self, Bounded};
use crate::ids::{Hash, NetworkId};
use crate::keys::PublicKey;
use crate::limits::{VALIDATORS_MAX, WORK_BITS_MAX};

/// The version of the directory protocol.
pub const DIRECTORY_VERSION: u32 = 1;

/// The validators whose certificates count, in ascending order of their keys.
pub type Validators = Bounded<PublicKey, VALIDATORS_MAX>;

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
    /// What a registration costs, in bits of proof of work.
    #[n(2)]
    pub registration_work_bits: u8,
    /// When the network was made, in Unix milliseconds: the time of block 0.
    #[n(3)]
    pub created_ms: u64,
    /// Random bytes, so that two networks of the same operators differ.
    #[n(4)]
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
}

impl Genesis {
    /// The genesis of a new network; puts the validators in order.
    ///
    /// # Errors
    /// [`GenesisError`] when it makes no network.
    pub fn new(
        mut validators: Vec<PublicKey>,
        registration_work_bits: u8,
        created_ms: u64,
        salt: Hash,
    ) -> Result<Self, GenesisError> {
        validators.sort_unstable();
        let validators = Bounded::new(validators).map_err(|_| GenesisError::Unordered)?;
        let genesis = Self {
            version: DIRECTORY_VERSION,
            validators,
            registration_work_bits,
            created_ms,
            salt,
        };
        genesis.check()?;
        Ok(genesis)
    }

    /// Whether a decoded genesis makes a network.
    ///
    /// # Errors
    /// [`GenesisError`] with the first thing that is wrong.
    pub fn check(&self) -> Result<(), GenesisError> {
        let validators = self.validators.as_slice();
        if self.version != DIRECTORY_VERSION {
            return Err(GenesisError::UnknownVersion(self.version));
        }
        if validators.is_empty() {
            return Err(GenesisError::NoValidators);
        }
        if !validators.is_sorted_by(|a, b| a < b) {
            return Err(GenesisError::Unordered);
        }
        if self.registration_work_bits > WORK_BITS_MAX {
            return Err(GenesisError::TooMuchWork(self.registration_work_bits));
        }
        Ok(())
    }

    /// The network that this genesis makes.
    pub fn id(&self) -> NetworkId {
        NetworkId(Hash::of("xchat v1 network", &[&codec::encode(self)]).0)
    }
}

/// The hash by which a header names a set of validators.
pub fn validators_hash(validators: &Validators) -> Hash {
    Hash::of("xchat v1 directory validators", &[&codec::encode(validators)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genesis() -> Genesis {
        Genesis::new(vec![PublicKey([2; 32]), PublicKey([1; 32])], 3, 4, Hash([5; 32])).unwrap()
    }

    #[test]
    fn gen_01_every_fact_makes_another_network() {
        let id = genesis().id();
        assert_ne!(
            Genesis {
                created_ms: 5,
                ..genesis()
            }
            .id(),
            id
        );
        assert_ne!(
            Genesis {
                salt: Hash([6; 32]),
                ..genesis()
            }
            .id(),
            id
        );
        assert_ne!(
            Genesis {
                registration_work_bits: 4,
                ..genesis()
            }
            .id(),
            id
        );
        let one = Genesis {
            validators: Bounded::new(vec![PublicKey([1; 32])]).unwrap(),
            ..genesis()
        };
        assert_ne!(one.id(), id);
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
        assert_eq!(
            Genesis {
                version: 2,
                ..genesis()
            }
            .check(),
            Err(GenesisError::UnknownVersion(2))
        );
        assert_eq!(
            Genesis {
                registration_work_bits: 21,
                ..genesis()
            }
            .check(),
            Err(GenesisError::TooMuchWork(21))
        );
    }
}
