//! Ed25519 keys and signatures (RFC 8032), with strict verification.
//!
//! NOT its concern: what is signed; that is [`crate::signed`].

use ed25519_dalek::Signer as _;
use minicbor::decode::{Decode, Decoder};
use minicbor::encode::{Encode, Encoder, Write};
use zeroize::Zeroizing;

/// An Ed25519 public key. Whether it is a point on the curve shows when it verifies something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Whether `signature` is this key's over `message`: cofactorless, small-order keys refused.
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&self.0) else {
            return false;
        };
        key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0))
            .is_ok()
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, ..] = self.0;
        write!(f, "PublicKey({a:02x}{b:02x})")
    }
}

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signature(..)")
    }
}

/// An Ed25519 private key, wiped when dropped and never shown.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of this seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for storing the key.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message` as it is. Use [`crate::signed`] for anything that a peer could mistake for something else.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

macro_rules! cbor_bytes {
    ($name:ident, $length:literal) => {
        impl<C> Encode<C> for $name {
            fn encode<W: Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?;
                Ok(())
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bytes: [u8; $length] = d.bytes()?.try_into().map_err(|_| {
                    minicbor::decode::Error::message(concat!(stringify!($name), " has ", $length, " bytes"))
                })?;
                Ok(Self(bytes))
            }
        }
    };
}

cbor_bytes!(PublicKey, 32);
cbor_bytes!(Signature, 64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_binds_key_and_message() {
        let alice = SigningKey::from_seed(&[1; 32]);
        let bob = SigningKey::from_seed(&[2; 32]);
        let signature = alice.sign(b"hello");
        assert!(alice.public().verifies(b"hello", &signature));
        assert!(!alice.public().verifies(b"hullo", &signature));
        assert!(!bob.public().verifies(b"hello", &signature));
    }

    #[test]
    fn a_small_order_key_verifies_nothing() {
        // The identity point: with it, lax verification accepts one signature for every message.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!PublicKey(identity).verifies(b"anything", &Signature(signature)));
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(format!("{:?}", SigningKey::from_seed(&[7; 32])), "SigningKey(..)");
    }
}
