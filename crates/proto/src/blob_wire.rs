//! What is said about blobs: between a client and a home, and between two devices.
//!
//! A stream carries [`BlobRequest`]s, each answered by one [`BlobReply`] in their order. A put or a get is the last of
//! its stream: after its answer the bytes of the blob follow, as docs/spec/blobs.md has them, to the end of the stream.

use std::ops::Range;

use minicbor::data::Type;
use minicbor::decode::Decoder;
use minicbor::encode::{Encoder, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::capability::CapabilityClaim;
use crate::ids::{Hash, LogId};
use crate::limits::{
    BLOB_GROUP_BYTES, BLOB_RANGES_MAX, BLOB_SEALED_BYTES_MAX, BLOB_WORK_BITS, BLOB_WORK_FREE_BYTES,
};
use crate::mailbox_wire::Refusal;
use crate::signed::Signed;
use crate::work::{Challenge, Work};

/// The ALPN of connections to the blob service of a home.
pub const BLOB_ALPN: &[u8] = b"xchat/blobs/1";

/// What a client asks of the blob service of a home.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum BlobRequest {
    /// Proves a capability for the rest of this connection. Answered by [`BlobReply::Done`].
    #[n(0)]
    Prove {
        /// The signed claim, of a member.
        #[n(0)]
        claim: Signed<CapabilityClaim>,
    },
    /// Asks for room for a blob. Answered by [`BlobReply::Done`], or by [`BlobReply::Stored`] when all of it is there.
    /// The same request again is answered the same.
    #[n(1)]
    Reserve {
        /// The log of its conversation.
        #[n(0)]
        log: LogId,
        /// The open epoch.
        #[n(1)]
        epoch: u64,
        /// The address of the blob.
        #[n(2)]
        hash: Hash,
        /// Its size when sealed, in bytes.
        #[n(3)]
        sealed_bytes: u64,
        /// The hash of the secret that erases it, see [`EraseSecret::hash`].
        #[n(4)]
        erase: Hash,
        /// How many days it is to be kept, from 1 to [`crate::limits::BLOB_KEEP_DAYS_MAX`].
        #[n(5)]
        keep_days: u8,
        /// The price, see [`blob_challenge`] and [`blob_work_bits`].
        #[n(6)]
        work: Work,
    },
    /// Brings a blob for which there is room. Answered by [`BlobReply::Stored`], or by [`BlobReply::Wanted`]: then the
    /// stream goes on with the bytes of exactly those groups and ends, and the home answers once more, with one of
    /// both.
    #[n(2)]
    Put {
        /// The log.
        #[n(0)]
        log: LogId,
        /// The open epoch.
        #[n(1)]
        epoch: u64,
        /// The address of the blob.
        #[n(2)]
        hash: Hash,
    },
    /// Asks for groups of a blob. Answered by [`BlobReply::Sending`], then by their bytes.
    #[n(3)]
    Get {
        /// The log.
        #[n(0)]
        log: LogId,
        /// An epoch that is not before the one in which the blob came.
        #[n(1)]
        epoch: u64,
        /// The address of the blob.
        #[n(2)]
        hash: Hash,
        /// The groups; those beyond the end of the blob are none.
        #[n(3)]
        groups: GroupRanges,
    },
    /// Asks whether all of a blob is there. Answered by [`BlobReply::Stored`].
    #[n(4)]
    Have {
        /// The log.
        #[n(0)]
        log: LogId,
        /// An epoch that is not before the one in which the blob came.
        #[n(1)]
        epoch: u64,
        /// The address of the blob.
        #[n(2)]
        hash: Hash,
    },
    /// Erases a blob. Answered by [`BlobReply::Done`], also when it is gone already. It needs the secret and no proof.
    #[n(5)]
    Erase {
        /// The log.
        #[n(0)]
        log: LogId,
        /// The address of the blob.
        #[n(1)]
        hash: Hash,
        /// The secret.
        #[n(2)]
        secret: EraseSecret,
    },
}

/// What a device asks of another, on a stream of its own of their connection. Answered by [`BlobReply::Sending`] and
/// the bytes, or by [`BlobReply::Refused`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PeerBlobRequest {
    /// Asks for groups of a blob.
    #[n(0)]
    Get {
        /// The log of their conversation.
        #[n(0)]
        log: LogId,
        /// The address of the blob.
        #[n(1)]
        hash: Hash,
        /// The groups; those beyond the end of the blob are none.
        #[n(2)]
        groups: GroupRanges,
    },
}

/// What a home, or a device, answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum BlobReply {
    /// Done, and on disk where something was to be kept.
    #[n(0)]
    Done,
    /// All of the blob is verified and on disk.
    #[n(1)]
    Stored,
    /// These groups are to be brought now. There may be more that are wanted later.
    #[n(2)]
    Wanted {
        /// The groups; never none.
        #[n(0)]
        groups: GroupRanges,
    },
    /// What was asked for follows.
    #[n(3)]
    Sending,
    /// No.
    #[n(4)]
    Refused(#[n(0)] BlobRefusal),
}

/// Why a home, or a device, refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Error)]
pub enum BlobRefusal {
    /// No such conversation here (any more).
    #[n(0)]
    #[error("the home has no such log")]
    UnknownLog,
    /// The capability for this was not proved on this connection, or is not valid; or it is too old for this blob; or
    /// the secret is another.
    #[n(1)]
    #[error("the right to do this has not been proved")]
    NotProved,
    /// The epoch is over: another one is open.
    #[n(2)]
    #[error("epoch {open} is open now")]
    StaleEpoch {
        /// The open epoch.
        #[n(0)]
        open: u64,
    },
    /// The epoch has not been opened yet.
    #[n(3)]
    #[error("the epoch is not open yet")]
    FutureEpoch,
    /// There is no such blob in this log.
    #[n(4)]
    #[error("there is no such blob")]
    UnknownBlob,
    /// Not all of the blob that was asked for is there yet.
    #[n(5)]
    #[error("the blob is not all there yet")]
    NotYet,
    /// Somebody of the conversation has asked for room for this blob with another size or another secret.
    #[n(6)]
    #[error("the address of the blob is taken")]
    Taken,
    /// There is no room: the log's, or the home's, is used up.
    #[n(7)]
    #[error("there is no room for the blob")]
    QuotaExceeded,
    /// The proof of work is missing or too cheap.
    #[n(8)]
    #[error("proof of work of {bits} bits is needed")]
    WorkNeeded {
        /// The bits needed.
        #[n(0)]
        bits: u8,
    },
    /// The disk fails, or is full.
    #[n(9)]
    #[error("nothing can be stored at the moment")]
    StorageFailed,
    /// The request is not well made: also when no sealed blob has that size.
    #[n(10)]
    #[error("the request is malformed")]
    Malformed,
    /// More streams or capabilities than one connection may have.
    #[n(11)]
    #[error("too much at a time")]
    TooMany,
}

impl From<Refusal> for BlobRefusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownLog | Refusal::WrongKind => Self::UnknownLog,
            Refusal::StaleEpoch { open } => Self::StaleEpoch { open },
            Refusal::FutureEpoch => Self::FutureEpoch,
            Refusal::NotProved | Refusal::Expired { .. } => Self::NotProved,
            Refusal::QuotaExceeded => Self::QuotaExceeded,
            Refusal::WorkNeeded { bits } => Self::WorkNeeded { bits },
            Refusal::StorageFailed => Self::StorageFailed,
            Refusal::TooMany => Self::TooMany,
            Refusal::LogTaken => Self::Taken,
            Refusal::NothingThere => Self::UnknownBlob,
            Refusal::TooLarge | Refusal::Malformed => Self::Malformed,
        }
    }
}

/// The secret that erases a blob at a home: 32 random bytes of the device that brings it.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct EraseSecret(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl EraseSecret {
    /// What the home is told of it beforehand.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of("xchat v1 blob erase secret", &[&self.0])
    }
}

impl std::fmt::Debug for EraseSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EraseSecret")
    }
}

/// Groups of a blob, by number: ranges in order, none of them empty, with something between one and the next. So the
/// same groups are always the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRanges(Vec<Range<u64>>);

/// Groups in the largest blob.
const GROUPS_MAX: u64 = BLOB_SEALED_BYTES_MAX / BLOB_GROUP_BYTES;

impl GroupRanges {
    /// All groups of any blob.
    #[must_use]
    pub fn all() -> Self {
        Self(std::iter::once(0..GROUPS_MAX).collect())
    }

    /// The first of some ranges, as many as fit. They must be in order already; from one that isn't, or is beyond the
    /// largest blob, on nothing is taken.
    #[must_use]
    pub fn first_of(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut taken = Self::default();
        for range in ranges {
            if !taken.follows(&range) {
                break;
            }
            taken.0.push(range);
        }
        taken
    }

    /// The ranges.
    #[must_use]
    pub fn as_slice(&self) -> &[Range<u64>] {
        &self.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn follows(&self, range: &Range<u64>) -> bool {
        self.0.len() < BLOB_RANGES_MAX
            && range.start < range.end
            && range.end <= GROUPS_MAX
            && self.0.last().is_none_or(|last| last.end < range.start)
    }
}

impl<C> Encode<C> for GroupRanges {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array((self.0.len() as u64).saturating_mul(2))?;
        for range in &self.0 {
            e.u64(range.start)?.u64(range.end)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for GroupRanges {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let Some(length) = d.array()? else {
            return Err(minicbor::decode::Error::type_mismatch(Type::ArrayIndef));
        };
        if !length.is_multiple_of(2) || length / 2 > BLOB_RANGES_MAX as u64 {
            return Err(minicbor::decode::Error::message("not as many numbers of groups"));
        }
        let mut ranges = Self::default();
        for _ in 0..length / 2 {
            let range = d.u64()?..d.u64()?;
            if !ranges.follows(&range) {
                return Err(minicbor::decode::Error::message("ranges of groups out of order"));
            }
            ranges.0.push(range);
        }
        Ok(ranges)
    }
}

/// The price of room for a blob.
#[must_use]
pub fn blob_challenge(log: &LogId, hash: &Hash, sealed_bytes: u64) -> Challenge {
    Challenge::new(
        "xchat v1 blob work",
        &[log.as_bytes(), hash.as_bytes(), &sealed_bytes.to_be_bytes()],
    )
}

/// Its bits: one more for each factor of four above [`BLOB_WORK_FREE_BYTES`].
#[must_use]
pub fn blob_work_bits(sealed_bytes: u64) -> u8 {
    let factors = (sealed_bytes / BLOB_WORK_FREE_BYTES).checked_ilog(4).unwrap_or(0);
    BLOB_WORK_BITS.saturating_add(u8::try_from(factors).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;
    use crate::limits::WORK_BITS_MAX;

    fn numbers(numbers: &[u64]) -> Result<GroupRanges, codec::DecodeError> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes);
        encoder.array(numbers.len() as u64).unwrap();
        for number in numbers {
            encoder.u64(*number).unwrap();
        }
        codec::decode(&bytes, 4096)
    }

    #[test]
    fn blb_15_ranges_of_groups_have_one_form() {
        assert_eq!(numbers(&[]).unwrap(), GroupRanges::default());
        assert_eq!(numbers(&[0, 3, 4, 5]).unwrap().as_slice(), [0..3, 4..5]);
        assert_eq!(numbers(&[0, GROUPS_MAX]).unwrap(), GroupRanges::all());
        for wrong in [
            &[1][..],
            &[3, 3],
            &[4, 2],
            &[0, 3, 3, 5],
            &[4, 5, 0, 3],
            &[0, GROUPS_MAX + 1],
            &[u64::MAX - 1, u64::MAX],
        ] {
            assert!(numbers(wrong).is_err(), "{wrong:?}");
        }
        let many: Vec<_> = (0..=BLOB_RANGES_MAX as u64)
            .flat_map(|n| [n * 2, n * 2 + 1])
            .collect();
        assert!(numbers(&many).is_err());
        let cut = GroupRanges::first_of((0..1000).map(|n| n * 2..n * 2 + 1));
        assert_eq!(cut.as_slice().len(), BLOB_RANGES_MAX);
        assert_eq!(codec::decode(&codec::encode(&cut), 4096), Ok(cut));
    }

    #[test]
    fn blb_18_what_a_home_is_told_of_a_secret_is_frozen() {
        let hash = EraseSecret([9; 32]).hash();
        assert_eq!(
            hash.0.first_chunk(),
            Some(&[153, 155, 215, 213, 247, 69, 51, 201])
        );
    }

    #[test]
    fn blb_16_the_price_grows_with_the_size_and_has_an_end() {
        let mebibyte = 1024 * 1024;
        let expected = [
            (0, 8),
            (16, 8),
            (63, 8),
            (64, 9),
            (256, 10),
            (1024, 11),
            (4096, 12),
        ];
        for (size, bits) in expected {
            assert_eq!(blob_work_bits(size * mebibyte), bits, "{size} MiB");
        }
        assert_eq!(blob_work_bits(BLOB_SEALED_BYTES_MAX), 12);
        const { assert!(BLOB_WORK_BITS + 4 < WORK_BITS_MAX) };
        let (log, hash) = (LogId([1; 32]), Hash([2; 32]));
        assert_ne!(blob_challenge(&log, &hash, 1), blob_challenge(&log, &hash, 2));
        assert_ne!(
            blob_challenge(&log, &hash, 1),
            blob_challenge(&log, &Hash([3; 32]), 1)
        );
        assert_ne!(
            blob_challenge(&log, &hash, 1),
            blob_challenge(&LogId([3; 32]), &hash, 1)
        );
    }
}
