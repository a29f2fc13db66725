//! The store of nodes: fjall, with one fsync for each batch.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Snapshot};

use super::{Entry, Read, Store, StoreError, Table, Write};

/// The file that the engine writes last when it makes a database.
const ENGINE_MARKER: &str = "version";
/// Memory for blocks read from disk.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// Disk for the journal: a block is far below a megabyte.
const JOURNAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The keyspaces of the tables.
#[derive(Clone)]
struct Keyspaces {
    meta: Keyspace,
    nodes: Keyspace,
    values: Keyspace,
    stale: Keyspace,
    blocks: Keyspace,
    handovers: Keyspace,
}

impl Keyspaces {
    fn of(&self, table: Table) -> &Keyspace {
        match table {
            Table::Meta => &self.meta,
            Table::Nodes => &self.nodes,
            Table::Values => &self.values,
            Table::Stale => &self.stale,
            Table::Blocks => &self.blocks,
            Table::Handovers => &self.handovers,
        }
    }
}

/// A store in a folder of its own.
pub struct DiskStore {
    database: Database,
    keyspaces: Keyspaces,
}

/// A store as it was at an instant.
#[derive(Clone)]
pub struct DiskView {
    snapshot: Snapshot,
    keyspaces: Keyspaces,
}

impl From<fjall::Error> for StoreError {
    fn from(error: fjall::Error) -> Self {
        Self(error.to_string())
    }
}

impl DiskStore {
    /// Opens the store in `folder`, or makes it.
    ///
    /// # Errors
    /// [`StoreError`] when the folder can't be used, or another process uses it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        if !folder
            .join(ENGINE_MARKER)
            .try_exists()
            .map_err(fjall::Error::Io)?
        {
            // The engine can't take up a creation that was interrupted: made whole beside, then moved into place.
            let fresh = folder.with_extension("creating");
            if fresh.try_exists().map_err(fjall::Error::Io)? {
                std::fs::remove_dir_all(&fresh).map_err(fjall::Error::Io)?;
            }
            drop(Self::open_whole(&fresh)?);
            std::fs::rename(&fresh, folder).map_err(fjall::Error::Io)?;
            if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                let parent = std::fs::File::open(parent);
                parent
                    .and_then(|parent| parent.sync_all())
                    .map_err(fjall::Error::Io)?;
            }
        }
        Self::open_whole(folder)
    }

    fn open_whole(folder: &Path) -> Result<Self, StoreError> {
        let database = Database::builder(folder)
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .worker_threads(1)
            .open()?;
        let keyspace = |name| database.keyspace(name, KeyspaceCreateOptions::default);
        let keyspaces = Keyspaces {
            meta: keyspace("meta")?,
            nodes: keyspace("nodes")?,
            values: keyspace("values")?,
            stale: keyspace("stale")?,
            blocks: keyspace("blocks")?,
            handovers: keyspace("handovers")?,
        };
        Ok(Self { database, keyspaces })
    }
}

impl Read for DiskView {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.snapshot.get(self.keyspaces.of(table), key)?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn last(&self, table: Table, first: &[u8], last: &[u8]) -> Result<Option<Entry>, StoreError> {
        if first > last {
            return Ok(None);
        }
        let mut range = self.snapshot.range(self.keyspaces.of(table), first..=last);
        let Some(guard) = range.next_back() else {
            return Ok(None);
        };
        let (key, value) = guard.into_inner()?;
        Ok(Some((key.to_vec(), value.to_vec())))
    }

    fn keys(&self, table: Table, first: &[u8], end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        if first >= end {
            return Ok(Vec::new());
        }
        let range = self.snapshot.range(self.keyspaces.of(table), first..end);
        range.take(limit).map(|guard| Ok(guard.key()?.to_vec())).collect()
    }

    fn scan(
        &self,
        table: Table,
        first: &[u8],
        take: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        for guard in self.snapshot.range(self.keyspaces.of(table), first..) {
            let (key, value) = guard.into_inner()?;
            if !take(&key, &value) {
                break;
            }
        }
        Ok(())
    }
}

impl Read for DiskStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.keyspaces.of(table).get(key)?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn last(&self, table: Table, first: &[u8], last: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.view().last(table, first, last)
    }

    fn keys(&self, table: Table, first: &[u8], end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.view().keys(table, first, end, limit)
    }

    fn scan(
        &self,
        table: Table,
        first: &[u8],
        take: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        self.view().scan(table, first, take)
    }
}

impl Store for DiskStore {
    type View = DiskView;

    fn view(&self) -> DiskView {
        DiskView {
            snapshot: self.database.snapshot(),
            keyspaces: self.keyspaces.clone(),
        }
    }

    fn write(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for Write { table, key, value } in writes {
            let keyspace = self.keyspaces.of(table);
            match value {
                Some(value) => batch.insert(keyspace, key, value),
                None => batch.remove(keyspace, key),
            }
        }
        Ok(batch.commit()?)
    }
}
