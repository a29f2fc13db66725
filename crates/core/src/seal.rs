//! Sealing to an inbox key: HPKE base mode (RFC 9180) with X-Wing, HKDF-SHA256 and AES-128-GCM, as our MLS suite uses.

use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto as _;
use openmls_traits::types::{HpkeAeadType, HpkeCiphertext, HpkeConfig, HpkeKdfType, HpkeKemType};
use thiserror::Error;
use xchat_proto::codec::{self, Blob};
use xchat_proto::ids::LogId;
use xchat_proto::invitation::SealedEnvelope;
use xchat_proto::limits::ENVELOPE_BYTES_MAX;
use zeroize::Zeroizing;

use crate::envelope::{pad, unpad};

const CONFIG: HpkeConfig = HpkeConfig(
    HpkeKemType::XWingKemDraft6,
    HpkeKdfType::HkdfSha256,
    HpkeAeadType::AesGcm128,
);
const INFO: &[u8] = b"xchat v1 inbox";

/// An X-Wing key pair.
pub(crate) struct KemKeyPair {
    pub(crate) public: Vec<u8>,
    pub(crate) private: Zeroizing<Vec<u8>>,
}

/// Why something can't be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// Not a public key.
    #[error("the inbox key is not a key")]
    BadKey,
    /// Not sealed to this key.
    #[error("the envelope is not sealed to this key")]
    NotOurs,
    /// Too large.
    #[error("too large to be sealed")]
    TooLarge,
}

/// The key pair of 32 secret bytes.
pub(crate) fn key_pair(crypto: &RustCrypto, secret: &[u8; 32]) -> Result<KemKeyPair, SealError> {
    let pair = crypto
        .derive_hpke_keypair(CONFIG, secret)
        .map_err(|_| SealError::BadKey)?;
    Ok(KemKeyPair {
        public: pair.public,
        private: Zeroizing::new(pair.private.to_vec()),
    })
}

/// Seals to the key of an inbox, padded to a bucket.
pub(crate) fn seal(
    crypto: &RustCrypto,
    public: &[u8],
    inbox: &LogId,
    message: &[u8],
) -> Result<Vec<u8>, SealError> {
    let sealed = crypto
        .hpke_seal(CONFIG, public, INFO, inbox.as_bytes(), &pad(message))
        .map_err(|_| SealError::BadKey)?;
    let envelope = SealedEnvelope {
        kem_output: Blob::new(sealed.kem_output.as_slice().to_vec()).map_err(|_| SealError::TooLarge)?,
        ciphertext: Blob::new(sealed.ciphertext.as_slice().to_vec()).map_err(|_| SealError::TooLarge)?,
    };
    let bytes = codec::encode(&envelope);
    if bytes.len() > ENVELOPE_BYTES_MAX {
        Err(SealError::TooLarge)
    } else {
        Ok(bytes)
    }
}

/// Opens what was sealed to an inbox.
pub(crate) fn open(
    crypto: &RustCrypto,
    private: &[u8],
    inbox: &LogId,
    bytes: &[u8],
) -> Result<Vec<u8>, SealError> {
    let envelope: SealedEnvelope =
        codec::decode(bytes, ENVELOPE_BYTES_MAX).map_err(|_| SealError::NotOurs)?;
    let input = HpkeCiphertext {
        kem_output: envelope.kem_output.into_vec().into(),
        ciphertext: envelope.ciphertext.into_vec().into(),
    };
    let padded = crypto
        .hpke_open(CONFIG, &input, private, INFO, inbox.as_bytes())
        .map_err(|_| SealError::NotOurs)?;
    unpad(padded).map_err(|_| SealError::NotOurs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sea_01_only_the_inbox_it_was_sealed_for_opens_it() {
        let crypto = RustCrypto::default();
        let bob = key_pair(&crypto, &[1; 32]).unwrap();
        let carol = key_pair(&crypto, &[2; 32]).unwrap();
        let inbox = LogId([3; 32]);
        let sealed = seal(&crypto, &bob.public, &inbox, b"hello").unwrap();
        assert_eq!(open(&crypto, &bob.private, &inbox, &sealed).unwrap(), b"hello");
        assert_eq!(
            open(&crypto, &carol.private, &inbox, &sealed),
            Err(SealError::NotOurs)
        );
        assert_eq!(
            open(&crypto, &bob.private, &LogId([4; 32]), &sealed),
            Err(SealError::NotOurs)
        );
        assert_eq!(
            open(&crypto, &bob.private, &inbox, &sealed[1..]),
            Err(SealError::NotOurs)
        );
        assert_eq!(seal(&crypto, b"short", &inbox, b"hello"), Err(SealError::BadKey));
    }

    #[test]
    fn sea_02_sizes_fall_into_buckets() {
        let crypto = RustCrypto::default();
        let bob = key_pair(&crypto, &[1; 32]).unwrap();
        let length = |n: usize| {
            seal(&crypto, &bob.public, &LogId([3; 32]), &vec![1; n])
                .unwrap()
                .len()
        };
        assert_eq!(length(1), length(500));
    }
}
