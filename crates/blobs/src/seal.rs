//! The sealing of chunks: STREAM (BE32) over ChaCha20-Poly1305, as `aead-stream` has it.

use std::fmt;

use aead_stream::{NewStream as _, Nonce, StreamBE32, StreamPrimitive as _};
use chacha20poly1305::{ChaCha20Poly1305, Key};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::limits::CHUNK_PLAIN_BYTES;

/// What opens one blob. No two blobs may have the same.
#[derive(Clone, PartialEq, Eq)]
pub struct BlobKey {
    key: Zeroizing<[u8; 32]>,
    nonce: [u8; 7],
}

impl BlobKey {
    /// A fresh one.
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut random = Self::new([0; 32], [0; 7]);
        rng.fill_bytes(&mut *random.key);
        rng.fill_bytes(&mut random.nonce);
        random
    }

    /// As it came with a message.
    #[must_use]
    pub fn new(key: [u8; 32], nonce: [u8; 7]) -> Self {
        Self {
            key: Zeroizing::new(key),
            nonce,
        }
    }

    /// The secret.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// What makes the nonces of its chunks.
    #[must_use]
    pub fn nonce(&self) -> &[u8; 7] {
        &self.nonce
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobKey(..)")
    }
}

/// Seals and opens the chunks of one blob, in any order.
pub(crate) struct Sealer {
    stream: StreamBE32<ChaCha20Poly1305>,
}

impl Sealer {
    pub(crate) fn new(key: &BlobKey) -> Self {
        let nonce = Nonce::<ChaCha20Poly1305, StreamBE32<ChaCha20Poly1305>>::from(key.nonce);
        Self {
            stream: StreamBE32::new(<&Key>::from(&*key.key), &nonce),
        }
    }

    /// Turns the plaintext of a chunk into what is kept.
    pub(crate) fn seal(&self, chunk: u64, is_last: bool, bytes: &mut Vec<u8>) {
        assert_eq!(bytes.len(), CHUNK_PLAIN_BYTES);
        let sealed = u32::try_from(chunk)
            .is_ok_and(|at| self.stream.encrypt_in_place(at, is_last, b"", bytes).is_ok());
        assert!(sealed, "a chunk is far below the limits of the cipher");
    }

    /// Turns what is kept back, and says whether it was sealed so.
    pub(crate) fn open(&self, chunk: u64, is_last: bool, bytes: &mut Vec<u8>) -> bool {
        u32::try_from(chunk).is_ok_and(|at| self.stream.decrypt_in_place(at, is_last, b"", bytes).is_ok())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}
