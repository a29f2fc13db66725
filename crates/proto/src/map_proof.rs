//! Proofs of the directory's authenticated map: a Jellyfish Merkle tree with SHA-256.
//!
//! The tree is the `jmt` crate's; here are its keys, and the proofs as they travel. They carry hashes where the
//! crate's own carry nodes, at half the size, so the check is here too (docs/spec/directory.md, Map proofs).

use jmt::SimpleHasher;
use minicbor::{Decode, Encode};
use sha2::Digest;
use thiserror::Error;

use crate::codec::Bounded;
use crate::ids::{Hash, NetworkId};
use crate::keys::PublicKey;
use crate::limits::MAP_DEPTH_MAX;
use crate::name::Name;

/// The hash function of the map.
pub struct MapHasher(sha2::Sha256);

impl SimpleHasher for MapHasher {
    fn new() -> Self {
        Self(sha2::Sha256::new())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// The root of the map with nothing in it.
pub const EMPTY_ROOT: Hash = Hash(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// The key of a name's place. Names that are taken for each other share one. It depends on the network, so that no
/// attack on the tree's shape serves for two.
pub fn name_key(network: &NetworkId, name: &Name) -> Hash {
    Hash::of(
        "xchat v1 name key",
        &[network.as_bytes(), name.skeleton().as_bytes()],
    )
}

/// The key of the committee.
pub fn committee_key(network: &NetworkId) -> Hash {
    Hash::of("xchat v1 committee key", &[network.as_bytes()])
}

/// The key of what registrations have cost lately.
pub fn load_key(network: &NetworkId) -> Hash {
    Hash::of("xchat v1 load key", &[network.as_bytes()])
}

/// The key of a registration token's mark, by the token's bearer.
pub fn token_key(network: &NetworkId, bearer: &PublicKey) -> Hash {
    Hash::of("xchat v1 token key", &[network.as_bytes(), &bearer.0])
}

/// What stands where nothing is.
const NOTHING: Hash = EMPTY_ROOT;

fn hash(parts: [&[u8]; 3]) -> Hash {
    let mut hasher = sha2::Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// The hash of a leaf: of a key, and of the hash of its value.
pub fn leaf_hash(key: &Hash, value: &Hash) -> Hash {
    hash([b"JMT::LeafNode", key.as_bytes(), value.as_bytes()])
}

/// The hash of a node with these children.
pub fn internal_hash(left: &Hash, right: &Hash) -> Hash {
    hash([b"JMT::IntrnalNode", left.as_bytes(), right.as_bytes()])
}

/// The hash by which a leaf knows its value.
pub fn value_hash(value: &[u8]) -> Hash {
    Hash(sha2::Sha256::digest(value).into())
}

/// A leaf of another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OtherLeaf {
    /// Its key.
    #[n(0)]
    pub key: Hash,
    /// The hash of its value.
    #[n(1)]
    pub value: Hash,
}

/// A proof that the map has a value under a key, or that it has none. Unverified until [`MapProof::verify`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct MapProof {
    /// The only leaf where the key leads, when it is another's.
    #[n(0)]
    pub other: Option<OtherLeaf>,
    /// The hashes beside the way from there to the root, the lowest first; nothing where nothing is.
    #[n(1)]
    pub siblings: Bounded<Option<Hash>, MAP_DEPTH_MAX>,
}

/// Why a map proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MapProofError {
    /// It shows another leaf where it should show the value, or one that would not stand in the key's way.
    #[error("the map proof is malformed")]
    Malformed,
    /// It proves another value, another key or another root.
    #[error("the map proof doesn't lead from this value to this root")]
    NotProved,
}

fn bit(key: &Hash, depth: usize) -> bool {
    let byte = key.0.get(depth / 8).copied().unwrap_or_default();
    byte.checked_shl(u32::try_from(depth % 8).unwrap_or_default())
        .is_some_and(|shifted| shifted & 0x80 != 0)
}

impl MapProof {
    /// Checks that the map with this root has `value` under `key`, or nothing when `value` is `None`.
    ///
    /// # Errors
    /// [`MapProofError`] when that isn't proved.
    pub fn verify(&self, root: &Hash, key: &Hash, value: Option<&[u8]>) -> Result<(), MapProofError> {
        let depth = self.siblings.as_slice().len();
        let stands = match (value, &self.other) {
            (Some(value), None) => leaf_hash(key, &value_hash(value)),
            (None, None) => NOTHING,
            (None, Some(other)) => {
                let shares_way = (0..depth).all(|at| bit(key, at) == bit(&other.key, at));
                if other.key == *key || !shares_way {
                    return Err(MapProofError::Malformed);
                }
                leaf_hash(&other.key, &other.value)
            }
            (Some(_), Some(_)) => return Err(MapProofError::Malformed),
        };
        let levels = (0..depth).rev().zip(self.siblings.as_slice());
        let found = levels.fold(stands, |below, (at, sibling)| {
            let sibling = sibling.as_ref().unwrap_or(&NOTHING);
            if bit(key, at) {
                internal_hash(sibling, &below)
            } else {
                internal_hash(&below, sibling)
            }
        });
        if found == *root {
            Ok(())
        } else {
            Err(MapProofError::NotProved)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_highest() {
        let mut key = Hash([0; 32]);
        key.0[0] = 0b1010_0000;
        key.0[31] = 1;
        let set: Vec<usize> = (0..300).filter(|at| bit(&key, *at)).collect();
        assert_eq!(set, [0, 2, 255]);
    }
}
