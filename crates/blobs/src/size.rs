//! How large a blob is when it is sealed: whole chunks, and of those only so many that the size tells little.

use crate::limits::{CHUNK_BYTES, CHUNK_PLAIN_BYTES, CHUNKS_MAX, GROUPS_PER_CHUNK, PLAIN_BYTES_MAX};

/// The size of a sealed blob. Only sizes that sealing makes are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealedSize {
    chunks: u64,
}

impl SealedSize {
    /// The size in bytes that somebody claims, if any file could have it when sealed.
    #[must_use]
    pub fn new(bytes: u64) -> Option<Self> {
        let chunk = CHUNK_BYTES as u64;
        let chunks = bytes / chunk;
        let is_sound = bytes.is_multiple_of(chunk)
            && (1..=CHUNKS_MAX).contains(&chunks)
            && padded_chunks(chunks) == chunks;
        is_sound.then_some(Self { chunks })
    }

    /// Of a file of so many bytes, if it isn't too large.
    #[must_use]
    pub fn of_plain(bytes: u64) -> Option<Self> {
        let chunks = bytes.div_ceil(CHUNK_PLAIN_BYTES as u64).max(1);
        (bytes <= PLAIN_BYTES_MAX).then(|| Self {
            chunks: padded_chunks(chunks),
        })
    }

    /// In bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.chunks * CHUNK_BYTES as u64
    }

    /// In groups of the tree.
    #[must_use]
    pub fn groups(self) -> u64 {
        self.chunks * GROUPS_PER_CHUNK
    }

    /// In sealed chunks.
    pub(crate) fn chunks(self) -> u64 {
        self.chunks
    }
}

/// Padmé (PURBs, PETS 2019, section 4): rounded up to a number with no more binary digits than its exponent has, and
/// zeros after them.
fn padded_chunks(chunks: u64) -> u64 {
    let exponent = chunks.max(1).ilog2();
    let kept = exponent.checked_ilog2().map_or(0, |log| log + 1);
    let unit = 1_u64 << exponent.saturating_sub(kept);
    chunks.next_multiple_of(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blb_02_sizes_are_those_of_padme() {
        // Worked by hand from the algorithm in the paper.
        let expected = [
            (1, 1),
            (2, 2),
            (7, 7),
            (8, 8),
            (9, 10),
            (15, 16),
            (17, 18),
            (100, 104),
            (1_000, 1_024),
            (1_025, 1_088),
            (65_553, 67_584),
        ];
        for (chunks, padded) in expected {
            assert_eq!(padded_chunks(chunks), padded, "{chunks}");
        }
    }

    #[test]
    fn blb_02_padding_is_at_most_an_eighth_and_a_step_pads_to_itself() {
        for chunks in 1..=CHUNKS_MAX {
            let padded = padded_chunks(chunks);
            assert!(padded >= chunks && (padded - chunks) * 8 <= chunks, "{chunks}");
            assert_eq!(padded_chunks(padded), padded, "{chunks}");
        }
        let largest = SealedSize::of_plain(PLAIN_BYTES_MAX).unwrap();
        assert_eq!(largest.chunks(), CHUNKS_MAX);
        assert_eq!(SealedSize::new(largest.bytes()), Some(largest));
    }

    #[test]
    fn blb_02_sizes_that_sealing_does_not_make_are_none() {
        let chunk = CHUNK_BYTES as u64;
        for bytes in [
            0,
            1,
            chunk - 1,
            chunk + 1,
            9 * chunk,
            (CHUNKS_MAX + 1) * chunk,
            (CHUNKS_MAX + 2_048) * chunk,
            u64::MAX,
        ] {
            assert_eq!(SealedSize::new(bytes), None, "{bytes}");
        }
        assert_eq!(SealedSize::of_plain(PLAIN_BYTES_MAX + 1), None);
        assert_eq!(SealedSize::of_plain(u64::MAX), None);
    }
}
