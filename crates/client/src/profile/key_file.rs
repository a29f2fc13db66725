//! The file with the database's key: plain, or wrapped by a passphrase (Argon2id, RFC 9106; XChaCha20-Poly1305).

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use thiserror::Error;
use xchat_core::database::DatabaseKey;
use xchat_proto::codec::{self, Blob};
use zeroize::Zeroizing;

const FILE_BYTES_MAX: usize = 1024;
const KEY_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
/// 64 MiB, three passes: the second recommended option of RFC 9106, section 4, on one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// What a file may ask for: more is damage, and would only exhaust the machine.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 64;
const CONTEXT: &[u8] = b"xchat v1 wrapped database key";

/// Why the key can't be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum KeyFileError {
    #[error("not a key file")]
    Unreadable,
    #[error("the key is protected by a passphrase")]
    PassphraseNeeded,
    #[error("not the passphrase")]
    WrongPassphrase,
    #[error("too little memory for the passphrase")]
    NoMemory,
}

/// How a passphrase becomes a key. It is authenticated together with what it protects.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Derivation {
    #[n(0)]
    salt: Blob<SALT_BYTES>,
    #[n(1)]
    memory_kib: u32,
    #[n(2)]
    passes: u32,
}

/// What the file holds.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum KeyFile {
    #[n(0)]
    Plain(#[n(0)] Blob<KEY_BYTES>),
    #[n(1)]
    Wrapped {
        #[n(0)]
        derivation: Derivation,
        #[n(1)]
        nonce: Blob<NONCE_BYTES>,
        #[n(2)]
        sealed: Blob<64>,
    },
}

impl Derivation {
    fn key(&self, passphrase: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyFileError> {
        if self.memory_kib > MEMORY_KIB_MAX || self.passes > PASSES_MAX {
            return Err(KeyFileError::Unreadable);
        }
        let params = Params::new(self.memory_kib, self.passes, 1, Some(KEY_BYTES))
            .map_err(|_| KeyFileError::Unreadable)?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), self.salt.as_slice(), key.as_mut_slice())
            .map_err(|_| KeyFileError::NoMemory)?;
        Ok(key)
    }

    fn associated_data(&self) -> Vec<u8> {
        [CONTEXT, &codec::encode(self)].concat()
    }
}

impl KeyFile {
    /// The file for `key`.
    pub(super) fn new(
        key: &DatabaseKey,
        passphrase: Option<&str>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, KeyFileError> {
        let Some(passphrase) = passphrase else {
            let key = Blob::new(key.to_vec()).map_err(|_| KeyFileError::Unreadable)?;
            return Ok(Self::Plain(key));
        };
        let mut salt = vec![0; SALT_BYTES];
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let derivation = Derivation {
            salt: Blob::new(salt).map_err(|_| KeyFileError::Unreadable)?,
            memory_kib: MEMORY_KIB,
            passes: PASSES,
        };
        let wrapping = derivation.key(passphrase)?;
        let data = derivation.associated_data();
        let payload = Payload {
            msg: key.as_slice(),
            aad: &data,
        };
        let sealed = XChaCha20Poly1305::new((&*wrapping).into())
            .encrypt((&nonce).into(), payload)
            .map_err(|_| KeyFileError::Unreadable)?;
        Ok(Self::Wrapped {
            derivation,
            nonce: Blob::new(nonce.to_vec()).map_err(|_| KeyFileError::Unreadable)?,
            sealed: Blob::new(sealed).map_err(|_| KeyFileError::Unreadable)?,
        })
    }

    pub(super) fn encoded(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(codec::encode(self))
    }

    pub(super) fn decoded(bytes: &[u8]) -> Result<Self, KeyFileError> {
        codec::decode(bytes, FILE_BYTES_MAX).map_err(|_| KeyFileError::Unreadable)
    }

    pub(super) fn is_wrapped(&self) -> bool {
        matches!(self, Self::Wrapped { .. })
    }

    /// The database's key.
    pub(super) fn open(&self, passphrase: Option<&str>) -> Result<DatabaseKey, KeyFileError> {
        let bytes = match self {
            Self::Plain(key) => Zeroizing::new(key.as_slice().to_vec()),
            Self::Wrapped {
                derivation,
                nonce,
                sealed,
            } => {
                let passphrase = passphrase.ok_or(KeyFileError::PassphraseNeeded)?;
                let nonce: [u8; NONCE_BYTES] = nonce
                    .as_slice()
                    .try_into()
                    .map_err(|_| KeyFileError::Unreadable)?;
                let wrapping = derivation.key(passphrase)?;
                let data = derivation.associated_data();
                let payload = Payload {
                    msg: sealed.as_slice(),
                    aad: &data,
                };
                let opened = XChaCha20Poly1305::new((&*wrapping).into()).decrypt((&nonce).into(), payload);
                Zeroizing::new(opened.map_err(|_| KeyFileError::WrongPassphrase)?)
            }
        };
        let key: [u8; KEY_BYTES] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| KeyFileError::Unreadable)?;
        Ok(Zeroizing::new(key))
    }
}
