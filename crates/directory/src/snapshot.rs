//! Snapshots: the whole map at a certified height, in parts that prove themselves, for nodes that begin.

use xchat_proto::codec::{Blob, Bounded, DecodeError};
use xchat_proto::directory_wire::{SnapshotEntry, SnapshotPart};
use xchat_proto::ids::Hash;
use xchat_proto::limits::SNAPSHOT_ENTRIES_MAX;
use xchat_proto::name_proof::Certified;

use crate::error::DirectoryError;
use crate::map::{KEY_BYTES, MapView, value_key};
use crate::reader::Reader;
use crate::store::{Read, Table};

/// What an entry takes besides its value, in bytes.
const ENTRY_OVERHEAD_BYTES: usize = 48;

/// Collects entries of one version of the map from the table of all versions.
struct Collection {
    version: u64,
    room: usize,
    entries: Vec<(Hash, Vec<u8>)>,
    /// The newest value seen so far of the key that is being read.
    open: Option<(Hash, Vec<u8>)>,
    has_more: bool,
}

impl Collection {
    /// Takes a row of the table; says whether to go on.
    fn take(&mut self, row: &[u8], value: &[u8]) -> bool {
        let Some((key, version)) = row.split_first_chunk::<KEY_BYTES>() else {
            return true;
        };
        let version = version
            .first_chunk()
            .map_or(0, |bytes| u64::from_be_bytes(*bytes));
        if version > self.version {
            return true;
        }
        let key = Hash(*key);
        if self.open.as_ref().is_some_and(|(open, _)| *open != key) && !self.close() {
            return false;
        }
        self.open = Some((key, value.to_vec()));
        true
    }

    /// Adds the entry that is complete, when there is room.
    fn close(&mut self) -> bool {
        let Some((key, value)) = self.open.take() else {
            return true;
        };
        let size = value.len().saturating_add(ENTRY_OVERHEAD_BYTES);
        let fits = self.room.checked_sub(size);
        let is_first = self.entries.is_empty();
        if self.entries.len() >= SNAPSHOT_ENTRIES_MAX || (fits.is_none() && !is_first) {
            self.has_more = true;
            return false;
        }
        self.room = fits.unwrap_or(0);
        self.entries.push((key, value));
        true
    }
}

impl<R: Read> Reader<R> {
    /// The newest snapshot that is kept.
    pub fn snapshot(&self) -> Option<&Certified> {
        self.facts.pins.last().map(|pin| &pin.certified)
    }

    /// A part of the snapshot of this height, or of the newest: the entries above `after`, for as long as they together
    /// have no more than so many bytes; one is given in any case. None when it is not kept, or no entry follows.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn snapshot_part(
        &self,
        height: Option<u64>,
        after: Option<Hash>,
        bytes_max: usize,
    ) -> Result<Option<SnapshotPart>, DirectoryError> {
        let mut pins = self.facts.pins.iter().rev();
        let is_asked = |asked: u64, certified: &Certified| certified.header.height == asked;
        let pin = pins.find(|pin| height.is_none_or(|height| is_asked(height, &pin.certified)));
        let Some(pin) = pin else {
            return Ok(None);
        };
        let view: MapView<'_, R> = self.view(pin.version);
        let first = match after {
            // No row has this version, so it lies between the key's rows and the next key's.
            Some(after) => value_key(&after, u64::MAX),
            None => Vec::new(),
        };
        let mut found = Collection {
            version: pin.version,
            room: bytes_max,
            entries: Vec::new(),
            open: None,
            has_more: false,
        };
        self.store
            .scan(Table::Values, &first, &mut |row, value| found.take(row, value))?;
        if !found.has_more {
            found.close();
        }
        let Some((last, _)) = found.entries.last() else {
            return Ok(None);
        };
        let proof = Blob::new(view.prove_range(last)?)?;
        let entries = found.entries.into_iter().map(|(key, value)| {
            let value = Blob::new(value)?;
            Ok(SnapshotEntry { key, value })
        });
        Ok(Some(SnapshotPart {
            certified: pin.certified.clone(),
            entries: Bounded::new(entries.collect::<Result<_, DecodeError>>()?)?,
            proof,
            has_more: found.has_more,
        }))
    }
}
