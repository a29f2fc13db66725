//! The plaintext of a blob, or of a part of it.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

use crate::blob::BlobFiles;
use crate::groups::Groups;
use crate::limits::{CHUNK_BYTES, CHUNK_PLAIN_BYTES, GROUPS_PER_CHUNK};
use crate::seal::{BlobKey, Sealer};
use crate::serve::{Part, Parts, ServeError};
use crate::size::SealedSize;

/// Why a file can't be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// No file of the size that is claimed is sealed to what is here. Who sent the message lied.
    #[error("the sizes don't belong together")]
    WrongSize,
    /// What is here is the blob that was named, and the key doesn't open it: another one, or who sent the message lied.
    #[error("the key doesn't open it")]
    WrongKey,
    /// Not all of it is here, or not right, or the disk failed.
    #[error(transparent)]
    Here(#[from] ServeError),
}

/// A part of a file, in pieces of at most a chunk. After an error there is nothing more.
#[derive(Debug)]
pub struct Reading {
    parts: Option<Parts>,
    sealer: Sealer,
    size: SealedSize,
    /// What of the file is still to come.
    range: Range<u64>,
}

impl Reading {
    pub(crate) fn new(
        files: Arc<BlobFiles>,
        key: &BlobKey,
        plain_bytes: u64,
        range: Range<u64>,
    ) -> Result<Self, ReadError> {
        let size = files.size;
        if SealedSize::of_plain(plain_bytes) != Some(size) {
            return Err(ReadError::WrongSize);
        }
        let end = range.end.min(plain_bytes);
        let range = range.start.min(end)..end;
        let first = range.start / CHUNK_PLAIN_BYTES as u64;
        let after = range.end.div_ceil(CHUNK_PLAIN_BYTES as u64);
        let groups = Groups::from(first * GROUPS_PER_CHUNK..after * GROUPS_PER_CHUNK);
        Ok(Self {
            parts: (!range.is_empty()).then(|| Parts::new(files, &groups)),
            sealer: Sealer::new(key),
            size,
            range,
        })
    }

    /// Opens the chunk where the rest begins, and gives what of it belongs to the range.
    fn open_chunk(&mut self, parts: &mut Parts) -> Result<Bytes, ReadError> {
        let chunk = self.range.start / CHUNK_PLAIN_BYTES as u64;
        let mut bytes = Vec::with_capacity(CHUNK_BYTES);
        while bytes.len() < CHUNK_BYTES {
            let end = bytes.len();
            match parts.append(&mut bytes)? {
                Some(Part::Pair) => bytes.truncate(end),
                Some(Part::Group) => {}
                None => break,
            }
        }
        if !self
            .sealer
            .open(chunk, chunk + 1 == self.size.chunks(), &mut bytes)
        {
            return Err(ReadError::WrongKey);
        }
        let start = chunk * CHUNK_PLAIN_BYTES as u64;
        let end = self.range.end.min(start + CHUNK_PLAIN_BYTES as u64);
        let within = |at: u64| usize::try_from(at - start).unwrap_or(usize::MAX);
        let wanted = within(self.range.start)..within(end);
        self.range.start = end;
        Ok(Bytes::from(bytes).slice(wanted))
    }
}

impl Iterator for Reading {
    type Item = Result<Bytes, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut parts = self.parts.take()?;
        let piece = self.open_chunk(&mut parts);
        if piece.is_ok() && !self.range.is_empty() {
            self.parts = Some(parts);
        }
        Some(piece)
    }
}
