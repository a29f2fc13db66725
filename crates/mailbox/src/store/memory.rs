//! A store in memory: for tests and the simulator.

use std::collections::BTreeMap;

use super::{Changes, Row, Store, StoreError, Table, Visit};

/// Keeps everything in memory; "durable" lasts as long as the value.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    tables: BTreeMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn range(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
    ) -> impl DoubleEndedIterator<Item = (&Vec<u8>, &Vec<u8>)> {
        // A range whose start lies behind its end panics in BTreeMap, and is simply empty here.
        let table = self.tables.get(&table).filter(|_| from < to);
        table.into_iter().flat_map(move |t| {
            t.range::<[u8], _>((std::ops::Bound::Included(from), std::ops::Bound::Excluded(to)))
        })
    }
}

impl Store for MemoryStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables.get(&table).and_then(|t| t.get(key)).cloned())
    }

    fn scan(&self, table: Table, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        for (key, value) in self.range(table, from, to) {
            if visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn last(&self, table: Table, from: &[u8], to: &[u8]) -> Result<Option<Row>, StoreError> {
        Ok(self
            .range(table, from, to)
            .next_back()
            .map(|(k, v)| (k.clone(), v.clone())))
    }

    fn days(&self) -> Vec<u64> {
        let day = |table: &Table| match table {
            Table::Main => None,
            Table::Day(day) => Some(*day),
        };
        self.tables.keys().filter_map(day).collect()
    }

    fn commit(&mut self, changes: Changes) -> Result<(), StoreError> {
        for (table, rows) in changes.into_tables() {
            let table = self.tables.entry(table).or_default();
            for (key, value) in rows {
                match value {
                    Some(value) => table.insert(key, value),
                    None => table.remove(&key),
                };
            }
        }
        Ok(())
    }

    fn drop_day(&mut self, day: u64) -> Result<(), StoreError> {
        self.tables.remove(&Table::Day(day));
        Ok(())
    }

    fn recover(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
