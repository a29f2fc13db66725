//! A signing key that is stored as its seed, and derived from it only once: each derivation is a multiplication on the
//! curve, and a device signs with every message.

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};
use xchat_proto::keys::SigningKey;
use zeroize::Zeroizing;

#[derive(Debug, Clone)]
pub(crate) struct StoredKey(pub(crate) SigningKey);

impl<C> Encode<C> for StoredKey {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.0.seed().as_slice())?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for StoredKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let seed: [u8; 32] = d
            .bytes()?
            .try_into()
            .map_err(|_| DecodeError::message("a seed has 32 bytes"))?;
        Ok(Self(SigningKey::from_seed(&Zeroizing::new(seed))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_key_comes_back() {
        let key = StoredKey(SigningKey::from_seed(&[9; 32]));
        let bytes = minicbor::to_vec(&key).unwrap();
        let back: StoredKey = minicbor::decode(&bytes).unwrap();
        assert_eq!(back.0.public(), key.0.public());
    }

    #[test]
    fn a_seed_of_another_length_is_refused() {
        let bytes = minicbor::to_vec(minicbor::bytes::ByteVec::from(vec![9; 31])).unwrap();
        assert!(minicbor::decode::<StoredKey>(&bytes).is_err());
    }
}
