//! The header of a directory block: what the validators sign.

use minicbor::{Decode, Encode};

use crate::codec;
use crate::genesis::{Genesis, validators_hash};
use crate::ids::{Hash, NetworkId};
use crate::record::Operation;

/// A block's header. Its digest is the payload that the consensus engine finalises.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Header {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The height: 0 for the genesis block, then one more with every block.
    #[n(1)]
    pub height: u64,
    /// The digest of the header before, zero in the genesis block.
    #[n(2)]
    pub parent: Hash,
    /// The proposer's time in Unix milliseconds, later than the parent's.
    #[n(3)]
    pub time_ms: u64,
    /// The hash of the block's operations.
    #[n(4)]
    pub operations: Hash,
    /// The root of the authenticated map after this block.
    #[n(5)]
    pub state_root: Hash,
    /// The hash of the validators who decide the next height.
    #[n(6)]
    pub validators: Hash,
    /// What a registration costs in the next block, in bits of proof of work.
    #[n(7)]
    pub work_bits: u8,
}

impl Header {
    /// The header of block 0, which nobody signs: everyone can make it from the genesis and the first operators, whose
    /// map has this root.
    pub fn genesis(genesis: &Genesis, state_root: Hash) -> Self {
        Self {
            network: genesis.id(),
            height: 0,
            parent: Hash([0; 32]),
            time_ms: genesis.created_ms,
            operations: operations_hash(&[]),
            state_root,
            validators: validators_hash(&genesis.validators),
            work_bits: genesis.parameters.registration_work_bits,
        }
    }

    /// The digest that is signed.
    pub fn digest(&self) -> Hash {
        Hash::of("xchat v1 directory header", &[&codec::encode(self)])
    }
}

/// The hash of one operation: by it a submitter recognises its own.
pub fn operation_hash(operation: &Operation) -> Hash {
    Hash::of("xchat v1 directory operation", &[&codec::encode(operation)])
}

/// The hash of a block's operations, in their order.
pub fn operations_hash(operations: &[Operation]) -> Hash {
    let hashes: Vec<Hash> = operations.iter().map(operation_hash).collect();
    operation_hashes_hash(&hashes)
}

/// The hash of a block's operations from their own hashes, in their order.
pub fn operation_hashes_hash(hashes: &[Hash]) -> Hash {
    let parts: Vec<&[u8]> = hashes.iter().map(|hash| hash.as_bytes().as_slice()).collect();
    Hash::of("xchat v1 directory operations", &parts)
}
