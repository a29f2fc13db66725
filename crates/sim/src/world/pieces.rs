//! A file of the simulation: some pieces, each of which is there or not.

use std::collections::BTreeSet;

use xchat_core::io::BlobFile;
use xchat_proto::ids::Hash;

/// Bytes of one piece.
pub(super) const PIECE_BYTES: u64 = 2 * 1024 * 1024;

/// A file on the disk of a device.
#[derive(Debug, Clone)]
pub struct Pieces {
    /// Its address.
    pub hash: Hash,
    /// How many pieces it has.
    pub of: u64,
    /// Those that are there.
    pub here: BTreeSet<u64>,
}

impl Pieces {
    pub(super) fn none_of(blob: &BlobFile) -> Self {
        Self {
            hash: blob.hash,
            of: 1 + blob.size / PIECE_BYTES,
            here: BTreeSet::new(),
        }
    }

    /// All of a file that was sealed here.
    pub fn all_of(blob: &BlobFile) -> Self {
        let none = Self::none_of(blob);
        Self {
            here: (0..none.of).collect(),
            ..none
        }
    }

    /// Whether all of it is there.
    pub fn is_whole(&self) -> bool {
        self.here.len() as u64 == self.of
    }

    pub(super) fn next(&self) -> Option<u64> {
        (0..self.of).find(|piece| !self.here.contains(piece))
    }
}
