//! The table under the MLS store: rows, and lists of rows, by key.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

use super::{MlsStoreError, codec, key::RowKey};

/// The table `mls_kv` inside the transaction open on `connection`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'c> {
    pub(super) connection: &'c Connection,
}

impl Table<'_> {
    /// Writes the value of a row, in place of an earlier one.
    pub(super) fn put(self, key: &RowKey, value: &(impl Serialize + ?Sized)) -> Result<(), MlsStoreError> {
        self.put_bytes(key, &codec::encode(value)?)
    }

    /// Reads the value of a row.
    pub(super) fn fetch<T: DeserializeOwned>(self, key: &RowKey) -> Result<Option<T>, MlsStoreError> {
        self.connection
            .prepare_cached("SELECT value FROM mls_kv WHERE key = ?1")?
            // Decoded from SQLite's own memory, so that no further copy of a secret is made.
            .query_row([key.as_bytes()], |row| Ok(codec::decode(row.get_ref(0)?.as_blob()?)))
            .optional()?
            .transpose()
    }

    /// Removes a row, if it exists.
    pub(super) fn remove(self, key: &RowKey) -> Result<(), MlsStoreError> {
        self.connection
            .prepare_cached("DELETE FROM mls_kv WHERE key = ?1")?
            .execute([key.as_bytes()])?;
        Ok(())
    }

    /// Removes every row whose key begins with `prefix`, and says how many there were.
    pub(super) fn remove_all(self, prefix: &RowKey) -> Result<usize, MlsStoreError> {
        Ok(self
            .connection
            .prepare_cached("DELETE FROM mls_kv WHERE key >= ?1 AND key < ?2")?
            .execute(params![prefix.as_bytes(), prefix.upper_bound()])?)
    }

    /// Adds an item, already encoded, at the end of the list at `list`.
    pub(super) fn list_append(self, list: &RowKey, item: &[u8]) -> Result<(), MlsStoreError> {
        let last: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT max(key) FROM mls_kv WHERE key >= ?1 AND key < ?2")?
            .query_row(params![list.as_bytes(), list.upper_bound()], |row| row.get(0))?;
        let position = last
            .as_deref()
            .and_then(RowKey::position)
            .map_or(0, |last| last.saturating_add(1));
        self.put_bytes(&list.at(position), item)
    }

    /// Removes the items of the list at `list` that begin with `head`.
    pub(super) fn list_remove(self, list: &RowKey, head: &[u8]) -> Result<(), MlsStoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM mls_kv WHERE key >= ?1 AND key < ?2 AND substr(value, 1, length(?3)) = ?3",
            )?
            .execute(params![list.as_bytes(), list.upper_bound(), head])?;
        Ok(())
    }

    /// Reads the items of the list at `list`, oldest first.
    pub(super) fn list<T>(
        self,
        list: &RowKey,
        decode: impl Fn(&[u8]) -> Result<T, MlsStoreError>,
    ) -> Result<Vec<T>, MlsStoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT value FROM mls_kv WHERE key >= ?1 AND key < ?2 ORDER BY key")?;
        let mut rows = statement.query(params![list.as_bytes(), list.upper_bound()])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(decode(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?);
        }
        Ok(items)
    }

    fn put_bytes(self, key: &RowKey, value: &[u8]) -> Result<(), MlsStoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO mls_kv (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
            )?
            .execute(params![key.as_bytes(), value])?;
        Ok(())
    }
}
