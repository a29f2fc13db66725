//! The sealing of chunks: STREAM (BE32) over ChaCha20-Poly1305.

use std::fmt;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
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

/// Seals and opens the chunks of one blob, in any order: STREAM (BE32).
pub(crate) struct Sealer {
    key: LessSafeKey,
    nonce: [u8; 7],
}

impl Sealer {
    #[expect(
        clippy::expect_used,
        reason = "the cipher fails for keys of other lengths only"
    )]
    pub(crate) fn new(key: &BlobKey) -> Self {
        let unbound = UnboundKey::new(&CHACHA20_POLY1305, &*key.key);
        Self {
            key: LessSafeKey::new(unbound.expect("its keys have 32 bytes")),
            nonce: key.nonce,
        }
    }

    /// Turns the plaintext of a chunk into what is kept.
    pub(crate) fn seal(&self, chunk: u64, is_last: bool, bytes: &mut Vec<u8>) {
        assert_eq!(bytes.len(), CHUNK_PLAIN_BYTES);
        let nonce = self.nonce(chunk, is_last);
        let sealed = nonce.is_some_and(|nonce| {
            self.key
                .seal_in_place_append_tag(nonce, Aad::empty(), bytes)
                .is_ok()
        });
        assert!(sealed, "a chunk is far below the limits of the cipher");
    }

    /// Turns what is kept back, and says whether it was sealed so.
    pub(crate) fn open(&self, chunk: u64, is_last: bool, bytes: &mut Vec<u8>) -> bool {
        let Some(nonce) = self.nonce(chunk, is_last) else {
            return false;
        };
        let opened = self.key.open_in_place(nonce, Aad::empty(), bytes);
        let length = opened.map(|plain| plain.len());
        length.is_ok_and(|length| {
            bytes.truncate(length);
            true
        })
    }

    /// Each is used once: key and nonce of a blob are fresh, its chunks have numbers, and one of them is the last.
    fn nonce(&self, chunk: u64, is_last: bool) -> Option<Nonce> {
        let mut nonce = [0; 12];
        let (prefix, tail) = nonce.split_at_mut(self.nonce.len());
        let (counter, last) = tail.split_at_mut(4);
        prefix.copy_from_slice(&self.nonce);
        counter.copy_from_slice(&u32::try_from(chunk).ok()?.to_be_bytes());
        last.fill(u8::from(is_last));
        Some(Nonce::assume_unique_for_key(nonce))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

#[cfg(test)]
mod tests {
    use aead_stream::{NewStream as _, StreamBE32, StreamPrimitive as _};
    use chacha20poly1305::{ChaCha20Poly1305, Key};

    use super::*;

    #[test]
    fn blb_01_chunks_are_sealed_as_others_do() {
        let key = BlobKey::new([7; 32], [1, 2, 3, 4, 5, 6, 7]);
        let sealer = Sealer::new(&key);
        let nonce = key.nonce.into();
        let theirs = StreamBE32::<ChaCha20Poly1305>::new(<&Key>::from(&*key.key), &nonce);
        for (chunk, is_last) in [
            (0_u32, false),
            (0, true),
            (1, false),
            (67_583, true),
            (u32::MAX, false),
        ] {
            let plain = b"film ".repeat(CHUNK_PLAIN_BYTES / 5);
            let mut sealed = plain.clone();
            sealer.seal(chunk.into(), is_last, &mut sealed);
            let mut expected = plain.clone();
            theirs
                .encrypt_in_place(chunk, is_last, b"", &mut expected)
                .unwrap();
            assert!(sealed == expected);
            for (other, other_last) in [(chunk ^ 1, is_last), (chunk, !is_last)] {
                assert!(!sealer.open(other.into(), other_last, &mut sealed.clone()));
            }
            assert!(sealer.open(chunk.into(), is_last, &mut sealed));
            assert!(sealed == plain);
        }
        assert!(!sealer.open(u64::from(u32::MAX) + 1, false, &mut vec![0; 100]));
        assert!(!sealer.open(0, false, &mut vec![0; 15]));
    }
}
