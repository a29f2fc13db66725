//! One blob on the disk, whole or in part.

use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use blake3::Hash;
use thiserror::Error;

use crate::decode::bytes_of;
use crate::disk::{self, DiskError};
use crate::groups::Groups;
use crate::limits::GROUP_BYTES;
use crate::read::{ReadError, Reading};
use crate::receive::Receiving;
use crate::seal::BlobKey;
use crate::serve::Serving;
use crate::size::SealedSize;
use crate::tree::{PAIR_BYTES, Place, Walk};

/// A blob that was opened. It can be read, served and received at the same time, from as many threads as there are.
///
/// Nothing that is found on the disk is believed: neither that it is there nor that it is right.
#[derive(Debug, Clone)]
pub struct Blob {
    pub(crate) files: Arc<BlobFiles>,
}

/// The files of a blob, and what they must hold.
#[derive(Debug)]
pub(crate) struct BlobFiles {
    pub(crate) data: File,
    pub(crate) tree: File,
    pub(crate) hash: Hash,
    pub(crate) size: SealedSize,
    /// The blob's folder, and the one above it.
    pub(crate) folders: [PathBuf; 2],
}

impl Blob {
    /// Its address.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.files.hash
    }

    /// Its size when sealed.
    #[must_use]
    pub fn size(&self) -> SealedSize {
        self.files.size
    }

    /// Which of some groups can't be served or read yet, found by reading and hashing all that is there.
    ///
    /// # Errors
    /// When the disk fails. That something is not there, or not right, is an answer.
    pub fn missing(&self, groups: &Groups) -> Result<Groups, DiskError> {
        let mut walk = Walk::new(self.files.hash, self.files.size, groups);
        let mut missing = Groups::default();
        let mut bytes = vec![0; GROUP_BYTES];
        while let Some(place) = walk.next() {
            match place {
                Place::Pair(place) => {
                    let pair = match place.is_known() {
                        true => self.files.read_pair(place.offset)?,
                        false => None,
                    };
                    walk.enter(&place, pair.as_ref());
                }
                Place::Group(place) => {
                    let is_there = place.is_known()
                        && disk::read(&self.files.data, bytes_of(place.group).start, &mut bytes)?
                        && place.holds(&bytes);
                    if !is_there {
                        missing.push(place.group..place.group + 1);
                    }
                }
            }
        }
        Ok(missing)
    }

    /// The stream that a peer who asked for some groups is sent.
    #[must_use]
    pub fn serve(&self, groups: &Groups) -> Serving {
        Serving::new(self.files.clone(), groups)
    }

    /// What takes the stream of a peer who was asked for some groups.
    #[must_use]
    pub fn receive(&self, groups: &Groups) -> Receiving {
        Receiving::new(self.files.clone(), groups)
    }

    /// Opens a part of a file of `plain_bytes` bytes, in pieces. What of the range is beyond its end is nothing.
    ///
    /// # Errors
    /// When no file of that size is sealed to this one.
    pub fn read_plain(
        &self,
        key: &BlobKey,
        plain_bytes: u64,
        range: Range<u64>,
    ) -> Result<Reading, ReadError> {
        Reading::new(self.files.clone(), key, plain_bytes, range)
    }

    /// Waits until all that was received is on the disk. Only then may anybody be told that it is stored.
    ///
    /// # Errors
    /// When the disk fails. Then nobody can know what of it will be there after a restart, not even by looking, since
    /// what is looked at may be memory: the blob must be erased.
    pub fn sync(&self) -> Result<(), DiskError> {
        self.files.data.sync_data()?;
        self.files.tree.sync_data()?;
        self.files
            .folders
            .iter()
            .try_for_each(|folder| disk::sync_folder(folder))
    }
}

impl BlobFiles {
    /// A pair of the tree, if the file has it.
    pub(crate) fn read_pair(&self, offset: u64) -> Result<Option<[u8; PAIR_BYTES]>, DiskError> {
        let mut pair = [0; PAIR_BYTES];
        Ok(disk::read(&self.tree, offset, &mut pair)?.then_some(pair))
    }
}

/// Why a blob was not opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// It isn't on this disk.
    #[error("there is no such blob")]
    Unknown,
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
