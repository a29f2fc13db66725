//! Where the directory keeps its state: ordered tables, read freely, written in atomic and durable batches.

use thiserror::Error;

mod disk;
mod memory;

pub use disk::DiskStore;
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
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 4] = [Self::Meta, Self::Nodes, Self::Values, Self::Stale];
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

/// The store failed: the disk is full, broken or not ours.
#[derive(Debug, Error)]
#[error("directory store: {0}")]
pub struct StoreError(pub String);

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The store of a directory. Every implementation passes one suite of tests.
pub trait Store: Send + 'static {
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

    /// The keys below `end`, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when they can't be read.
    fn keys_below(&self, table: Table, end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Makes all changes or none, in their order, and returns once they are on disk.
    ///
    /// # Errors
    /// [`StoreError`] when nothing was changed.
    fn write(&mut self, writes: Vec<Write>) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests;
