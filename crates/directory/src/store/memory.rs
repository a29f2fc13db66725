//! The store of tests and simulations: it lasts as long as the value.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Entry, Read, Store, StoreError, Table, Write};

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// A store in memory. A clone is a copy, as of a disk at an instant; it costs its space only when one of them changes.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    entries: Arc<Rows>,
}

impl Read for MemoryStore {
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

    fn keys(&self, table: Table, first: &[u8], end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        if first >= end {
            return Ok(Vec::new());
        }
        let range = self.entries.range((table, first.to_vec())..(table, end.to_vec()));
        Ok(range.map(|((_, key), _)| key.clone()).take(limit).collect())
    }

    fn scan(
        &self,
        table: Table,
        first: &[u8],
        take: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        for ((found, key), value) in self.entries.range((table, first.to_vec())..) {
            if *found != table || !take(key, value) {
                break;
            }
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    type View = Self;

    fn view(&self) -> Self {
        self.clone()
    }

    fn write(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        let entries = Arc::make_mut(&mut self.entries);
        for Write { table, key, value } in writes {
            match value {
                Some(value) => entries.insert((table, key), value),
                None => entries.remove(&(table, key)),
            };
        }
        Ok(())
    }
}
