//! A body and a signature over it, in a domain of its own.
//!
//! The bytes that were signed are carried, not encoded anew: a later version's unknown fields survive, and no two
//! encoders need to agree.

use std::marker::PhantomData;

use minicbor::decode::{Decode, Decoder};
use minicbor::encode::{Encode, Encoder, Write};
use thiserror::Error;

use crate::codec::{self, Blob, DecodeError};
use crate::keys::{PublicKey, Signature, SigningKey};

/// The most bytes that a signed body may have.
pub const SIGNED_BODY_MAX: usize = 64 * 1024;

/// What can be signed: each kind names its own domain, so a signature never serves for another kind.
pub trait SignedBody: Encode<()> + for<'b> Decode<'b, ()> {
    /// The domain, a constant of the protocol.
    const CONTEXT: &'static str;
}

/// Why a signed body is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// The signature is not this key's over this body.
    #[error("the signature is not valid")]
    BadSignature,
    /// The body is signed, but not one of this kind.
    #[error("the signed body is malformed: {0}")]
    Malformed(#[from] DecodeError),
}

/// A `T` that somebody claims to have signed. Unverified until [`Signed::verify`].
pub struct Signed<T> {
    body: Blob<SIGNED_BODY_MAX>,
    signature: Signature,
    kind: PhantomData<fn() -> T>,
}

impl<C, T> Encode<C> for Signed<T> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(2)?;
        self.body.encode(e, ctx)?;
        self.signature.encode(e, ctx)
    }
}

impl<'b, C, T> Decode<'b, C> for Signed<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(2) {
            return Err(minicbor::decode::Error::message(
                "a signed body is an array of two",
            ));
        }
        let body = Blob::decode(d, ctx)?;
        let signature = Signature::decode(d, ctx)?;
        Ok(Self {
            body,
            signature,
            kind: PhantomData,
        })
    }
}

impl<T> Clone for Signed<T> {
    fn clone(&self) -> Self {
        Self {
            body: self.body.clone(),
            signature: self.signature,
            kind: PhantomData,
        }
    }
}

impl<T> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body && self.signature == other.signature
    }
}

impl<T> Eq for Signed<T> {}

impl<T> std::fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed({} bytes)", self.body.as_slice().len())
    }
}

fn message(context: &str, body: &[u8]) -> Vec<u8> {
    // No context holds a zero byte, so context and body can't run together.
    [context.as_bytes(), &[0], body].concat()
}

impl<T: SignedBody> Signed<T> {
    /// Signs `body`.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when the body is larger than [`SIGNED_BODY_MAX`].
    pub fn new(body: &T, key: &SigningKey) -> Result<Self, DecodeError> {
        let body = Blob::new(codec::encode(body))?;
        let signature = key.sign(&message(T::CONTEXT, body.as_slice()));
        Ok(Self {
            body,
            signature,
            kind: PhantomData,
        })
    }

    /// The body, once `key` is seen to have signed it.
    ///
    /// # Errors
    /// [`VerifyError`] when it has not, or when the body is no `T`.
    pub fn verify(&self, key: &PublicKey) -> Result<T, VerifyError> {
        if !key.verifies(&message(T::CONTEXT, self.body.as_slice()), &self.signature) {
            return Err(VerifyError::BadSignature);
        }
        self.unverified()
    }

    /// The body as claimed, for finding out which key should have signed it.
    ///
    /// # Errors
    /// [`VerifyError::Malformed`] when the body is no `T`.
    pub fn unverified(&self) -> Result<T, VerifyError> {
        Ok(codec::decode(self.body.as_slice(), SIGNED_BODY_MAX)?)
    }

    /// The bytes that are signed, for hashing.
    pub fn body(&self) -> &[u8] {
        self.body.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Promise;
    struct Threat;

    macro_rules! body {
        ($name:ident, $context:literal) => {
            impl<C> Encode<C> for $name {
                fn encode<W: Write>(
                    &self,
                    e: &mut Encoder<W>,
                    _: &mut C,
                ) -> Result<(), minicbor::encode::Error<W::Error>> {
                    e.u8(1)?;
                    Ok(())
                }
            }
            impl<'b, C> Decode<'b, C> for $name {
                fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                    d.u8().map(|_| Self)
                }
            }
            impl SignedBody for $name {
                const CONTEXT: &'static str = $context;
            }
        };
    }
    body!(Promise, "test promise");
    body!(Threat, "test threat");

    #[test]
    fn sig_01_a_signature_serves_for_one_kind_only() {
        let key = SigningKey::from_seed(&[3; 32]);
        let promise = Signed::new(&Promise, &key).unwrap();
        assert!(promise.verify(&key.public()).is_ok());
        let bytes = codec::encode(&promise);
        let threat: Signed<Threat> = codec::decode(&bytes, 1024).unwrap();
        assert!(matches!(
            threat.verify(&key.public()),
            Err(VerifyError::BadSignature)
        ));
    }
}
