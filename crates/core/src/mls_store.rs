//! OpenMLS's storage in our own database: one table of keys and values, inside the caller's transaction.
//!
//! OpenMLS writes its state in the middle of each operation and knows no transactions. [`MlsStore`] therefore
//! borrows the connection of a transaction that the caller has opened (`&*tx`): MLS state, message rows and
//! outbox become durable together or not at all. After a rollback an `MlsGroup` in memory is ahead of the file;
//! drop it and load it again.
//!
//! Not its concern: encryption at rest, and wiping. SQLCipher encrypts each page, and the connection must be
//! opened with `PRAGMA secure_delete = ON`, so that a used key leaves no trace in the free pages either. Of the
//! copies in memory, the encoded buffers are wiped when dropped (not what a growing buffer leaves behind).
//!
//! The values follow the layout of OpenMLS's own types and change with its releases, hence the exact pin.

use openmls_traits::storage::{CURRENT_VERSION, traits};
use rusqlite::Connection;

mod codec;
mod entities;
mod key;
mod table;

use self::{
    key::{Label, RowKey},
    table::Table,
};

/// The table of the MLS store.
pub const SCHEMA: &str =
    "CREATE TABLE mls_kv (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;";

/// The storage of OpenMLS inside one open transaction.
#[derive(Clone, Copy, Debug)]
pub struct MlsStore<'c> {
    table: Table<'c>,
}

impl<'c> MlsStore<'c> {
    /// The store in the database behind `connection`, which must hold [`SCHEMA`].
    pub fn new(connection: &'c Connection) -> Self {
        Self {
            table: Table { connection },
        }
    }

    /// Removes every row of a group and says how many there were.
    ///
    /// `MlsGroup::delete` misses the key pairs of the last epoch of a group that has removed this device, since
    /// the epoch has moved on by then. Call this after it.
    pub fn erase_group(
        &self,
        group_id: &impl traits::GroupId<CURRENT_VERSION>,
    ) -> Result<usize, MlsStoreError> {
        self.erase_update_keys(group_id)?;
        let mut removed = 0_usize;
        for label in Label::OF_GROUP {
            removed = removed.saturating_add(self.table.remove_all(&RowKey::new(label, group_id)?)?);
        }
        Ok(removed)
    }
}

/// Why the MLS store failed. None of it is a peer's doing.
#[derive(Debug, thiserror::Error)]
pub enum MlsStoreError {
    /// The database refused to read or write.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A value could not be put into the stored form.
    #[error("an MLS value cannot be encoded")]
    Encode(#[from] rmp_serde::encode::Error),
    /// A stored value is damaged, or of another version of OpenMLS.
    #[error("a stored MLS value cannot be decoded")]
    Decode(#[from] rmp_serde::decode::Error),
}

#[cfg(test)]
mod tests;
