//! What a home keeps about a blob; the bytes lie elsewhere.

use minicbor::{Decode, Encode};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::limits::DAY_MS;

/// Where the bytes of a blob lie: the random name of its files. Another reservation of the same blob has another.
pub type BlobFile = [u8; 16];

/// How long a blob of which not all has come is kept after something of it came, in days.
pub(crate) const UNFINISHED_DAYS: u64 = 3;

/// How much room blobs may take. An operator decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobQuotas {
    /// Most bytes of blobs of one log.
    pub log_bytes: u64,
    /// Most bytes of all blobs.
    pub bytes: u64,
}

impl Default for BlobQuotas {
    fn default() -> Self {
        const GIB: u64 = 1024 * 1024 * 1024;
        Self {
            log_bytes: 8 * GIB,
            bytes: 100 * GIB,
        }
    }
}

/// A change of what is known of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobCommand {
    /// Makes room. The proof is checked and the price is paid.
    Reserve {
        /// The log.
        log: LogId,
        /// The epoch that its member has proved.
        epoch: u64,
        /// The address of the blob.
        hash: Hash,
        /// Its size when sealed.
        sealed_bytes: u64,
        /// The hash of the secret that erases it.
        erase: Hash,
        /// How many days it is kept.
        keep_days: u8,
        /// The name that its files will have if it is new.
        file: BlobFile,
    },
    /// Asks for room for so many bytes of it in all; less than before gives room back.
    Grow {
        /// Which.
        place: BlobPlace,
        /// How many.
        bytes: u64,
    },
    /// All of it is verified and on the disk.
    Keep {
        /// Which.
        place: BlobPlace,
    },
    /// Something of it has been lost from the disk: it may be brought again.
    Lose {
        /// Which.
        place: BlobPlace,
    },
    /// The disk is not to be trusted with it: forget it.
    Forget {
        /// Which.
        place: BlobPlace,
    },
    /// Erases it.
    Erase {
        /// The log.
        log: LogId,
        /// The address of the blob.
        hash: Hash,
        /// The hash of the secret that was shown.
        erase: Hash,
    },
}

/// What came of a [`BlobCommand`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobDone {
    /// It is done.
    Done,
    /// All of the blob is there already.
    Stored,
    /// It is forgotten: its files are to be removed.
    Gone(BlobFile),
}

/// One blob of one log, and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobPlace {
    /// The log.
    pub log: LogId,
    /// The address of the blob.
    pub hash: Hash,
    /// The name of its files.
    pub file: BlobFile,
    /// Its size when sealed.
    pub sealed_bytes: u64,
}

/// The record of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct BlobRecord {
    /// The epoch that was open when room was made: members of that and of later ones may have it.
    #[n(0)]
    pub(crate) epoch: u64,
    #[n(1)]
    pub(crate) sealed_bytes: u64,
    /// The last day on which it is kept.
    #[n(2)]
    pub(crate) last_day: u64,
    #[n(3)]
    pub(crate) keep_days: u8,
    #[n(4)]
    pub(crate) erase: Hash,
    #[cbor(n(5), with = "minicbor::bytes")]
    pub(crate) file: BlobFile,
    /// The room that is counted for it, in bytes.
    #[n(6)]
    pub(crate) counted: u64,
    /// Whether all of it is verified and on the disk.
    #[n(7)]
    pub(crate) is_stored: bool,
}

impl BlobRecord {
    pub(crate) fn place(&self, log: LogId, hash: Hash) -> BlobPlace {
        BlobPlace {
            log,
            hash,
            file: self.file,
            sealed_bytes: self.sealed_bytes,
        }
    }
}

/// The last day of what is kept for so many days from now.
pub(crate) fn last_day(now_ms: u64, days: u64) -> u64 {
    (now_ms / DAY_MS).saturating_add(days)
}
