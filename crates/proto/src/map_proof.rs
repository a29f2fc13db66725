//! Proofs of the directory's authenticated map: a Jellyfish Merkle tree with SHA-256.
//!
//! The tree is the `jmt` crate's, and so is the check; here are its keys, the bounds and the wire form.

use jmt::proof::SparseMerkleProof;
use jmt::{KeyHash, RootHash, SimpleHasher};
use minicbor::{Decode, Encode};
use sha2::Digest;
use thiserror::Error;

use crate::codec::{Blob, DecodeError};
use crate::ids::{Hash, NetworkId};
use crate::keys::PublicKey;
use crate::limits::MAP_PROOF_BYTES_MAX;
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

/// The key of a name's place. Names that are taken for each other share one. It depends on the network, so that no attack
/// on the tree's shape serves for two.
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

/// A proof that the map has a value under a key, or that it has none. Unverified until [`MapProof::verify`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct MapProof(#[n(0)] Blob<MAP_PROOF_BYTES_MAX>);

/// Why a map proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MapProofError {
    /// Not the bytes of a proof.
    #[error("the map proof is malformed")]
    Malformed,
    /// It proves another value, another key or another root.
    #[error("the map proof doesn't lead from this value to this root")]
    NotProved,
}

impl MapProof {
    /// A proof of these bytes.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when there are more than any proof has.
    pub fn new(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        Blob::new(bytes).map(Self)
    }

    /// Checks that the map with this root has `value` under `key`, or nothing when `value` is `None`.
    ///
    /// # Errors
    /// [`MapProofError`] when that isn't proved.
    pub fn verify(&self, root: &Hash, key: &Hash, value: Option<&[u8]>) -> Result<(), MapProofError> {
        let proof: SparseMerkleProof<MapHasher> =
            borsh::from_slice(self.0.as_slice()).map_err(|_| MapProofError::Malformed)?;
        // `verify` refuses more than 256 siblings before it touches them.
        proof
            .verify(RootHash(root.0), KeyHash(key.0), value)
            .map_err(|_| MapProofError::NotProved)
    }
}
