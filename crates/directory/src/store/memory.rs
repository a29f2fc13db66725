//! The store of tests and simulations: it lasts as long as the value.

use std::collections::BTreeMap;

use super::{Entry, Store, StoreError, Table, Write};

/// A store in memory. A clone is a copy, as of a disk at an instant.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    entries: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
}

impl Store for MemoryStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.entries.get(&(table, key.to_vec())).cloned())
    }

    fn last(&self, table: Table, first: &[u8], last: &[u8]) -> Result<Option<Entry>, StoreError> {
        if first > last {
            return Ok(None);
        }
        let mut range = self
            .entries
            .range((table, first.to_vec())..=(table, last.to_vec()));
        Ok(range
            .next_back()
            .map(|((_, key), value)| (key.clone(), value.clone())))
    }

    fn keys_below(&self, table: Table, end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let range = self.entries.range((table, Vec::new())..(table, end.to_vec()));
        Ok(range.map(|((_, key), _)| key.clone()).take(limit).collect())
    }

    fn write(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        for Write { table, key, value } in writes {
            match value {
                Some(value) => self.entries.insert((table, key), value),
                None => self.entries.remove(&(table, key)),
            };
        }
        Ok(())
    }
}
