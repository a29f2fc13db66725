//! The states of the logs in use.

use std::collections::BTreeMap;

use xchat_proto::ids::LogId;

use crate::log_state::LogState;

/// Remembers the states used last: two generations, the older of which is dropped when the younger is full. That is
/// nearly "least recently used", at the price of two look-ups.
#[derive(Debug)]
pub(crate) struct Cache {
    young: BTreeMap<LogId, LogState>,
    old: BTreeMap<LogId, LogState>,
    generation_len_max: usize,
}

impl Cache {
    pub(crate) fn new(generation_len_max: usize) -> Self {
        Self {
            young: BTreeMap::new(),
            old: BTreeMap::new(),
            generation_len_max,
        }
    }

    pub(crate) fn find(&self, log: &LogId) -> Option<&LogState> {
        self.young.get(log).or_else(|| self.old.get(log))
    }

    pub(crate) fn take(&mut self, log: &LogId) -> Option<LogState> {
        self.young.remove(log).or_else(|| self.old.remove(log))
    }

    pub(crate) fn put(&mut self, log: LogId, state: LogState) {
        if self.young.len() >= self.generation_len_max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(log, state);
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}
