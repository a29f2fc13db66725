//! A block as the engine carries it: a header and its operations, in `proto`'s codec.

use bytes::BufMut;
use commonware_codec::{Buf, EncodeSize, Error, Read, Write};
use commonware_consensus::types::Height;
use commonware_consensus::{BoundedBlock, Heightable};
use commonware_cryptography::Digestible;
use commonware_cryptography::blake3::Digest;
use minicbor::{Decode, Encode};
use xchat_proto::codec::{self, Bounded};
use xchat_proto::header::{Header, operations_hash};
use xchat_proto::ids::Hash;
use xchat_proto::limits::{BLOCK_BYTES_MAX, OPERATIONS_PER_BLOCK_MAX};
use xchat_proto::record::Operation;

/// The length that precedes a block's bytes.
const LENGTH_BYTES: usize = 4;

/// A block.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Block {
    #[n(0)]
    pub(crate) header: Header,
    #[n(1)]
    pub(crate) operations: Bounded<Operation, OPERATIONS_PER_BLOCK_MAX>,
}

/// Our hash as the engine's digest.
pub(crate) fn digest_of(hash: Hash) -> Digest {
    Digest(hash.0)
}

impl Write for Block {
    fn write(&self, buffer: &mut impl BufMut) {
        let bytes = codec::encode(self);
        // The builder keeps a block far below this, and the reader refuses what claims more.
        buffer.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        buffer.put_slice(&bytes);
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        codec::encode(self).len().saturating_add(LENGTH_BYTES)
    }
}

impl Read for Block {
    type Cfg = ();

    fn read_cfg(buffer: &mut impl Buf, (): &()) -> Result<Self, Error> {
        let length = u32::read_cfg(buffer, &())? as usize;
        if length > BLOCK_BYTES_MAX {
            return Err(Error::InvalidLength(length));
        }
        if buffer.remaining() < length {
            return Err(Error::EndOfBuffer);
        }
        let mut bytes = vec![0; length];
        buffer.copy_to_slice(&mut bytes);
        let block: Self =
            codec::decode(&bytes, BLOCK_BYTES_MAX).map_err(|_| Error::Invalid("block", "malformed"))?;
        // One block has one encoding and one digest: the header's hash of the operations is part of both.
        if codec::encode(&block) != bytes {
            return Err(Error::Invalid("block", "not the shortest encoding"));
        }
        if operations_hash(block.operations.as_slice()) != block.header.operations {
            return Err(Error::Invalid("block", "operations of another header"));
        }
        Ok(block)
    }
}

impl Digestible for Block {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        digest_of(self.header.digest())
    }
}

impl Heightable for Block {
    fn height(&self) -> Height {
        Height::new(self.header.height)
    }
}

impl commonware_consensus::Block for Block {
    fn parent(&self) -> Digest {
        digest_of(self.header.parent)
    }
}

impl BoundedBlock for Block {
    fn max_encode_size((): &()) -> usize {
        BLOCK_BYTES_MAX + LENGTH_BYTES
    }
}

#[cfg(test)]
mod tests {
    use commonware_codec::{Copying, Decode as _};

    use super::*;
    use xchat_proto::map_proof::EMPTY_ROOT;

    use crate::testing::{key, network, operator};

    fn block() -> Block {
        let network = network(vec![operator(&key(1), 1)], 8, 7);
        Block {
            header: Header::genesis(&network.genesis, EMPTY_ROOT),
            operations: Bounded::default(),
        }
    }

    fn framed(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
    }

    #[test]
    fn a_block_has_one_encoding() {
        let bytes = codec::encode(&block());
        assert_eq!(Block::decode_cfg(Copying(&framed(&bytes)), &()).unwrap(), block());
        assert_eq!(
            commonware_codec::Encode::encode(&block()).to_vec(),
            framed(&bytes)
        );
        // The same empty list of operations with its length in two bytes.
        let (last, head) = bytes.split_last().unwrap();
        assert_eq!(*last, 0x80);
        let longer = [head, &[0x98, 0x00]].concat();
        assert!(codec::decode::<Block>(&longer, BLOCK_BYTES_MAX).is_ok());
        assert!(Block::decode_cfg(Copying(&framed(&longer)), &()).is_err());
    }

    #[test]
    fn operations_of_another_header_are_refused() {
        let mut other = block();
        other.header.operations = Hash([9; 32]);
        assert!(Block::decode_cfg(Copying(&framed(&codec::encode(&other))), &()).is_err());
    }

    #[test]
    fn a_length_above_the_limit_is_refused_before_it_is_allocated() {
        assert!(Block::decode_cfg(Copying(&[0xff; 8]), &()).is_err());
    }
}
