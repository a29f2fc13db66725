//! Where a mailbox keeps its logs: an ordered map of bytes in tables, with one atomic, durable commit.
//!
//! NOT its concern: what the bytes mean. Every store runs the conformance suite in `tests/`.

mod fjall_store;
mod memory;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use thiserror::Error;

pub use fjall_store::{FjallOptions, FjallStore};
pub use memory::MemoryStore;

/// A part of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// What is kept until it is replaced or removed.
    Main,
    /// What is dropped all at once when this day is over (days since the Unix epoch).
    Day(u64),
}

/// Why a store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// No space is left on the device.
    #[error("no space is left for the store")]
    Full,
    /// Another process has the store open.
    #[error("the store is in use by another process")]
    Locked,
    /// The medium or the engine failed.
    #[error("the store failed: {0}")]
    Failed(String),
    /// What was read is not what had been written.
    #[error("the store is damaged: {0}")]
    Damaged(&'static str),
}

/// Changes that are committed together: for each table and key a new value, or none.
#[derive(Debug, Default)]
pub struct Changes {
    tables: BTreeMap<Table, BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl Changes {
    /// Sets a value.
    pub fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.tables.entry(table).or_default().insert(key, Some(value));
    }

    /// Removes a value.
    pub fn remove(&mut self, table: Table, key: Vec<u8>) {
        self.tables.entry(table).or_default().insert(key, None);
    }

    /// What was said about a key: its new value, or that it is removed.
    pub fn find(&self, table: Table, key: &[u8]) -> Option<Option<&[u8]>> {
        let value = self.tables.get(&table)?.get(key)?;
        Some(value.as_deref())
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// The changes, table by table, in order of key.
    pub fn into_tables(self) -> impl Iterator<Item = (Table, BTreeMap<Vec<u8>, Option<Vec<u8>>>)> {
        self.tables.into_iter()
    }
}

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Is shown a key and its value, and breaks when it has seen enough.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'v;

/// What a mailbox asks of its store.
pub trait Store {
    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be read.
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Shows the entries of `from..to` in order until `visit` breaks.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be read.
    fn scan(&self, table: Table, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// The last entry of `from..to`.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be read.
    fn last(&self, table: Table, from: &[u8], to: &[u8]) -> Result<Option<Row>, StoreError>;

    /// The day tables that exist, in order.
    fn days(&self) -> Vec<u64>;

    /// Makes the changes, all or none, durable before it returns: once it has, they survive the loss of power.
    ///
    /// # Errors
    /// [`StoreError`] when that is not sure. The changes may or may not have been made then: only
    /// [`Store::recover`] settles it.
    fn commit(&mut self, changes: Changes) -> Result<(), StoreError>;

    /// Drops a day's table with all that is in it.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be dropped; it may be tried again.
    fn drop_day(&mut self, day: u64) -> Result<(), StoreError>;

    /// Makes the store serve again after an error, with what is really on disk.
    ///
    /// # Errors
    /// [`StoreError`] when it can't yet; it may be tried again.
    fn recover(&mut self) -> Result<(), StoreError>;
}
