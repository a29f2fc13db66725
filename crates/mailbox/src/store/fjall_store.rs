//! The embedded store: fjall, one keyspace for each table, one fsync for each commit.
//!
//! After a failed write the engine refuses all others, because only its journal knows what is on disk: so `recover`
//! opens it anew.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use fjall::config::{BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry};
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Changes, Row, Store, StoreError, Table, Visit};

/// The file that the engine writes last when it makes a database.
const ENGINE_MARKER: &str = "version";
const MAIN: &str = "main";
const DAY_PREFIX: &str = "day-";

/// How much memory and disk the engine may use. The default fits a node inside an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FjallOptions {
    /// Bytes of cached blocks.
    pub cache_bytes: u64,
    /// Bytes of a table's writes that are held in memory before they are sorted to disk.
    pub memtable_bytes: u64,
    /// Bytes of all journals together, at least 64 MiB.
    pub journal_bytes: u64,
    /// Threads that sort and merge in the background, at least 1.
    pub worker_threads: usize,
}

impl Default for FjallOptions {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            cache_bytes: 8 * MIB,
            memtable_bytes: 8 * MIB,
            journal_bytes: 64 * MIB,
            worker_threads: 1,
        }
    }
}

struct Engine {
    // Dropped before the database, which waits for its keyspaces.
    main: Keyspace,
    days: BTreeMap<u64, Keyspace>,
    database: Database,
}

/// A store in a directory of its own.
pub struct FjallStore {
    path: PathBuf,
    options: FjallOptions,
    engine: Option<Engine>,
}

impl std::fmt::Debug for FjallStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FjallStore")
            .field("open", &self.engine.is_some())
            .finish_non_exhaustive()
    }
}

fn store_error(error: &fjall::Error) -> StoreError {
    let io = match error {
        fjall::Error::Io(io) | fjall::Error::Storage(fjall::LsmError::Io(io)) => Some(io.kind()),
        _ => None,
    };
    match (io, error) {
        (
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge),
            _,
        ) => StoreError::Full,
        (_, fjall::Error::Locked) => StoreError::Locked,
        _ => StoreError::Failed(error.to_string()),
    }
}

fn table_options(options: FjallOptions) -> KeyspaceCreateOptions {
    // What is stored is ciphertext: compressing it costs time and gains nothing. Most look-ups ask whether an
    // envelope is new, so every level has its filter.
    let bloom = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(10.0));
    KeyspaceCreateOptions::default()
        .max_memtable_size(options.memtable_bytes)
        .data_block_compression_policy(CompressionPolicy::all(CompressionType::None))
        .filter_policy(FilterPolicy::all(bloom))
}

impl Engine {
    fn open(path: &Path, options: FjallOptions) -> Result<Self, StoreError> {
        let database = Database::builder(path)
            .cache_size(options.cache_bytes)
            .max_journaling_size(options.journal_bytes.max(64 * 1024 * 1024))
            .journal_compression(CompressionType::None)
            .worker_threads(options.worker_threads.max(1))
            .open()
            .map_err(|error| store_error(&error))?;
        let open = |name: &str| {
            let opened = database.keyspace(name, || table_options(options));
            opened.map_err(|error| store_error(&error))
        };
        let main = open(MAIN)?;
        let mut days = BTreeMap::new();
        for name in database.list_keyspace_names() {
            let day = name.strip_prefix(DAY_PREFIX).and_then(|day| day.parse().ok());
            if let Some(day) = day {
                days.insert(day, open(&name)?);
            }
        }
        Ok(Self { main, days, database })
    }

    fn table(&self, table: Table) -> Option<&Keyspace> {
        match table {
            Table::Main => Some(&self.main),
            Table::Day(day) => self.days.get(&day),
        }
    }

    fn ensure(&mut self, table: Table, options: FjallOptions) -> Result<&Keyspace, fjall::Error> {
        let Table::Day(day) = table else {
            return Ok(&self.main);
        };
        match self.days.entry(day) {
            std::collections::btree_map::Entry::Occupied(found) => Ok(found.into_mut()),
            std::collections::btree_map::Entry::Vacant(vacant) => {
                let name = format!("{DAY_PREFIX}{day}");
                let made = self.database.keyspace(&name, || table_options(options))?;
                Ok(vacant.insert(made))
            }
        }
    }

    fn commit(&mut self, changes: Changes, options: FjallOptions) -> Result<(), fjall::Error> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for (table, rows) in changes.into_tables() {
            let keyspace = self.ensure(table, options)?;
            for (key, value) in rows {
                match value {
                    Some(value) => batch.insert(keyspace, key, value),
                    None => batch.remove(keyspace, key),
                }
            }
        }
        batch.commit()
    }
}

impl FjallStore {
    /// Opens the store in the directory `path`, and makes it when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be opened: in use, no space, no permission, damaged.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, FjallOptions::default())
    }

    /// Opens the store with other options than the default.
    ///
    /// # Errors
    /// [`StoreError`] as for [`FjallStore::open`].
    pub fn open_with(path: &Path, options: FjallOptions) -> Result<Self, StoreError> {
        let failed = |error: io::Error| store_error(&fjall::Error::Io(error));
        if !path.join(ENGINE_MARKER).try_exists().map_err(failed)? {
            // The engine can't take up a creation that was interrupted: made whole beside, then moved into place.
            let fresh = path.with_extension("creating");
            if fresh.try_exists().map_err(failed)? {
                std::fs::remove_dir_all(&fresh).map_err(failed)?;
            }
            drop(Engine::open(&fresh, options)?);
            std::fs::rename(&fresh, path).map_err(failed)?;
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                std::fs::File::open(parent)
                    .and_then(|folder| folder.sync_all())
                    .map_err(failed)?;
            }
        }
        let engine = Engine::open(path, options)?;
        Ok(Self {
            path: path.to_owned(),
            options,
            engine: Some(engine),
        })
    }

    fn engine(&self) -> Result<&Engine, StoreError> {
        self.engine.as_ref().ok_or_else(closed)
    }
}

fn closed() -> StoreError {
    StoreError::Failed("the store is closed after an error".to_owned())
}

impl Store for FjallStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(table) = self.engine()?.table(table) else {
            return Ok(None);
        };
        let value = table.get(key).map_err(|error| store_error(&error))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(&self, table: Table, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let Some(table) = self.engine()?.table(table).filter(|_| from < to) else {
            return Ok(());
        };
        for row in table.range(from..to) {
            let (key, value) = row.into_inner().map_err(|error| store_error(&error))?;
            if visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn last(&self, table: Table, from: &[u8], to: &[u8]) -> Result<Option<Row>, StoreError> {
        let Some(table) = self.engine()?.table(table).filter(|_| from < to) else {
            return Ok(None);
        };
        let Some(row) = table.range(from..to).next_back() else {
            return Ok(None);
        };
        let (key, value) = row.into_inner().map_err(|error| store_error(&error))?;
        Ok(Some((key.to_vec(), value.to_vec())))
    }

    fn days(&self) -> Vec<u64> {
        let engine = self.engine.as_ref();
        engine
            .map(|engine| engine.days.keys().copied().collect())
            .unwrap_or_default()
    }

    fn commit(&mut self, changes: Changes) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let options = self.options;
        let engine = self.engine.as_mut().ok_or_else(closed)?;
        engine
            .commit(changes, options)
            .map_err(|error| store_error(&error))
    }

    fn drop_day(&mut self, day: u64) -> Result<(), StoreError> {
        let engine = self.engine.as_mut().ok_or_else(closed)?;
        let Some(keyspace) = engine.days.get(&day) else {
            return Ok(());
        };
        let dropped = engine.database.delete_keyspace(keyspace.clone());
        dropped.map_err(|error| store_error(&error))?;
        engine.days.remove(&day);
        Ok(())
    }

    fn recover(&mut self) -> Result<(), StoreError> {
        // The old engine lets go of the directory's lock before the new one asks for it.
        self.engine = None;
        self.engine = Some(Engine::open(&self.path, self.options)?);
        Ok(())
    }
}
