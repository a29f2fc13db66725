//! What of a blob is given away: read from the disk and verified before anybody sees it.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

use crate::blob::BlobFiles;
use crate::decode::bytes_of;
use crate::disk::{self, DiskError};
use crate::groups::Groups;
use crate::limits::{GROUP_BYTES, PIECE_BYTES};
use crate::tree::{GroupPlace, PairPlace, Place, Walk};

/// Why a stream ends early. What came before it holds.
#[derive(Debug, Error)]
pub enum ServeError {
    /// What is on the disk is not all that was asked for, or not right. `missing` tells what must be fetched again.
    #[error("group {group} is not here")]
    Lacking {
        /// The first group that is concerned.
        group: u64,
    },
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The stream that answers a request for some groups, in pieces of any size up to `PIECE_BYTES` and a little. After an
/// error there is nothing more.
#[derive(Debug)]
pub struct Serving {
    parts: Option<Parts>,
    /// What came after parts that hold.
    failed: Option<ServeError>,
}

impl Serving {
    pub(crate) fn new(files: Arc<BlobFiles>, groups: &Groups) -> Self {
        Self {
            parts: Some(Parts::new(files, groups)),
            failed: None,
        }
    }
}

impl Iterator for Serving {
    type Item = Result<Bytes, ServeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let parts = self.parts.as_mut()?;
        let mut piece = Vec::with_capacity(PIECE_BYTES + GROUP_BYTES);
        while piece.len() < PIECE_BYTES {
            match parts.append(&mut piece) {
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.parts = None;
                    break;
                }
                Err(error) => {
                    self.parts = None;
                    self.failed = Some(error);
                    break;
                }
            }
        }
        if piece.len() < PIECE_BYTES {
            // It may wait for a slow peer.
            piece.shrink_to_fit();
        }
        match piece.is_empty() {
            true => self.failed.take().map(Err),
            false => Some(Ok(piece.into())),
        }
    }
}

/// What was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Pair,
    Group,
}

/// Pairs and groups from the disk, each verified.
#[derive(Debug)]
pub(crate) struct Parts {
    files: Arc<BlobFiles>,
    walk: Walk,
}

impl Parts {
    pub(crate) fn new(files: Arc<BlobFiles>, groups: &Groups) -> Self {
        Self {
            walk: Walk::new(files.hash, files.size, groups),
            files,
        }
    }

    /// Appends the next one, and says what it is. Appends nothing when it doesn't hold; there is nothing more to be had
    /// then.
    pub(crate) fn append(&mut self, piece: &mut Vec<u8>) -> Result<Option<Part>, ServeError> {
        match self.walk.next() {
            Some(Place::Pair(place)) => self.append_pair(&place, piece).map(|()| Some(Part::Pair)),
            Some(Place::Group(place)) => self.append_group(&place, piece).map(|()| Some(Part::Group)),
            None => Ok(None),
        }
    }

    fn append_pair(&mut self, place: &PairPlace, piece: &mut Vec<u8>) -> Result<(), ServeError> {
        let pair = self.files.read_pair(place.offset)?;
        let held = self.walk.enter(place, pair.as_ref());
        let Some(pair) = pair.filter(|_| held) else {
            return Err(ServeError::Lacking {
                group: place.first_group,
            });
        };
        piece.extend_from_slice(&pair);
        Ok(())
    }

    fn append_group(&mut self, place: &GroupPlace, piece: &mut Vec<u8>) -> Result<(), ServeError> {
        let start = piece.len();
        piece.resize(start + GROUP_BYTES, 0);
        let result = self.read_group(place, &mut piece[start..]);
        if result.is_err() {
            piece.truncate(start);
        }
        result
    }

    fn read_group(&self, place: &GroupPlace, bytes: &mut [u8]) -> Result<(), ServeError> {
        let is_there = disk::read(&self.files.data, bytes_of(place.group).start, bytes)?;
        match is_there && place.holds(bytes) {
            true => Ok(()),
            false => Err(ServeError::Lacking { group: place.group }),
        }
    }
}
