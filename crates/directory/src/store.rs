//! Where the directory keeps its state: ordered tables, read freely, written in atomic and durable batches.

use thiserror::Error;

mod disk;
mod memory;

pub use disk::{DiskStore, DiskView};
pub use memory::MemoryStore;

/// A table of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// The few facts about the whole.
    Meta,
    /// The map's nodes.
    Nodes,
    /// The map's values, by key and version.
    Values,
    /// Which nodes and values were replaced at which version.
    Stale,
    /// The blocks, by height.
    Blocks,
    /// The changes of the validators, by height, for ever.
    Handovers,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 6] = [
        Self::Meta,
        Self::Nodes,
        Self::Values,
        Self::Stale,
        Self::Blocks,
        Self::Handovers,
    ];
}

/// A change of one key: a new value, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The table.
    pub table: Table,
    /// The key.
    pub key: Vec<u8>,
    /// The new value, or `None` to remove the key.
    pub value: Option<Vec<u8>>,
}

impl Write {
    /// Puts a value under a key.
    pub fn put(table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self {
            table,
            key: key.into(),
            value: Some(value.into()),
        }
    }

    /// Removes a key.
    pub fn remove(table: Table, key: impl Into<Vec<u8>>) -> Self {
        Self {
            table,
            key: key.into(),
            value: None,
        }
    }
}

/// The store failed: the disk is full, broken or not ours.
#[derive(Debug, Error)]
#[error("directory store: {0}")]
pub struct StoreError(pub String);

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// What can be read: a store as it is, or as it was at an instant.
pub trait Read {
    /// The value under a key.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be read.
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The entry with the greatest key from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be read.
    fn last(&self, table: Table, first: &[u8], last: &[u8]) -> Result<Option<Entry>, StoreError>;

    /// The keys from `first` up to and without `end`, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when they can't be read.
    fn keys(&self, table: Table, first: &[u8], end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The entries from `first` on, in order, for as long as `take` takes them.
    ///
    /// # Errors
    /// [`StoreError`] when they can't be read.
    fn scan(
        &self,
        table: Table,
        first: &[u8],
        take: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError>;
}

impl<R: Read> Read for &R {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).read(table, key)
    }

    fn last(&self, table: Table, first: &[u8], last: &[u8]) -> Result<Option<Entry>, StoreError> {
        (**self).last(table, first, last)
    }

    fn keys(&self, table: Table, first: &[u8], end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        (**self).keys(table, first, end, limit)
    }

    fn scan(
        &self,
        table: Table,
        first: &[u8],
        take: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        (**self).scan(table, first, take)
    }
}

/// The store of a directory. Every implementation passes one suite of tests.
pub trait Store: Read + Send + 'static {
    /// The store as it is at an instant, whatever is written later. It is read while the store is being written.
    type View: Read + Clone + Send + Sync + 'static;

    /// The store as it is now.
    fn view(&self) -> Self::View;

    /// Makes all changes or none, in their order, and returns once they are on disk.
    ///
    /// # Errors
    /// [`StoreError`] when nothing was changed.
    fn write(&mut self, writes: Vec<Write>) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests;
