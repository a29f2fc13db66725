//! Taking a part of a blob from a peer: verified piece by piece, and written.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use crate::blob::BlobFiles;
use crate::decode::{Decoder, PeerFault, Verified, bytes_of};
use crate::disk::{self, DiskError};
use crate::groups::Groups;
use crate::limits::PIECE_BYTES;
use crate::tree::{PAIR_BYTES, Pair};

/// Why receiving ended early. What was verified before is kept.
#[derive(Debug, Error)]
pub enum ReceiveError {
    /// The peer lied: nothing more should be asked of it.
    #[error(transparent)]
    Peer(#[from] PeerFault),
    /// The stream ended before all had come that was asked for. Nobody need have lied: the connection or the peer's
    /// disk may have failed.
    #[error("the stream ended early")]
    CutOff,
    /// Our disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Takes the stream that answers a request. However it ends, what was verified is written.
#[derive(Debug)]
pub struct Receiving {
    decoder: Decoder,
    batch: Batch,
}

impl Receiving {
    pub(crate) fn new(files: Arc<BlobFiles>, groups: &Groups) -> Self {
        Self {
            decoder: Decoder::new(files.hash, files.size, groups),
            batch: Batch {
                files,
                start: 0,
                bytes: Vec::new(),
                pairs: BTreeMap::new(),
                groups: 0,
            },
        }
    }

    /// Takes the next bytes of the stream, however they are cut.
    ///
    /// # Errors
    /// When the peer sends what doesn't hold, or the disk fails. It is over then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        let Self { decoder, batch } = self;
        decoder.push(bytes, |verified| batch.take(verified).map_err(ReceiveError::from))
    }

    /// Writes what has been verified, so that it can be read.
    ///
    /// # Errors
    /// When the disk fails. It is over then.
    pub fn flush(&mut self) -> Result<(), DiskError> {
        self.batch.write()
    }

    /// How many groups have been verified.
    #[must_use]
    pub fn groups(&self) -> u64 {
        self.batch.groups
    }

    /// Whether all has come that was asked for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.decoder.is_complete()
    }

    /// Ends it when the stream has ended: writes the rest. It is on the disk for certain only after `Blob::sync`.
    ///
    /// # Errors
    /// When not all has come, or the disk fails.
    pub fn finish(mut self) -> Result<(), ReceiveError> {
        self.batch.write()?;
        match self.decoder.is_complete() {
            true => Ok(()),
            false => Err(ReceiveError::CutOff),
        }
    }
}

/// How many pairs are kept before they are written. Their order on the disk is another than that of the wire, so few of
/// them are many small writes. What a crash takes of them is fetched again, with at most 16 MiB below.
const PAIRS_MAX: usize = 1_024;

/// Verified groups that follow each other, and pairs, until they are written.
#[derive(Debug)]
struct Batch {
    files: Arc<BlobFiles>,
    start: u64,
    bytes: Vec<u8>,
    pairs: BTreeMap<u64, Pair>,
    groups: u64,
}

impl Batch {
    fn take(&mut self, verified: Verified<'_>) -> Result<(), DiskError> {
        match verified {
            Verified::Pair { offset, bytes } => {
                self.pairs.insert(offset, *bytes);
                if self.pairs.len() >= PAIRS_MAX {
                    self.write_pairs()?;
                }
            }
            Verified::Group { group, bytes } => {
                let start = bytes_of(group).start;
                let follows = start == self.start + self.bytes.len() as u64;
                if !follows || self.bytes.len() >= PIECE_BYTES {
                    self.write_groups()?;
                    self.start = start;
                }
                self.bytes.extend_from_slice(bytes);
                self.groups += 1;
            }
        }
        Ok(())
    }

    /// Writes all.
    fn write(&mut self) -> Result<(), DiskError> {
        self.write_groups()?;
        self.write_pairs()
    }

    /// Writes the groups, and forgets them even when that fails: they can be fetched again.
    fn write_groups(&mut self) -> Result<(), DiskError> {
        let written = disk::write(&self.files.data, self.start, &self.bytes);
        self.bytes.clear();
        written
    }

    /// Writes the pairs, and forgets them as well.
    fn write_pairs(&mut self) -> Result<(), DiskError> {
        let pairs = std::mem::take(&mut self.pairs);
        let mut run: Vec<u8> = Vec::with_capacity(pairs.len() * PAIR_BYTES);
        let mut start = 0;
        for (offset, pair) in pairs {
            if offset != start + run.len() as u64 {
                disk::write(&self.files.tree, start, &run)?;
                run.clear();
                start = offset;
            }
            run.extend_from_slice(&pair);
        }
        disk::write(&self.files.tree, start, &run)?;
        Ok(())
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // Nobody is left to be told: what isn't written is fetched again.
        let _ = self.write();
    }
}
