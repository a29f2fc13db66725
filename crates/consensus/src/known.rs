//! Operations whose signatures and work have been checked already: each is checked once, however often it comes.

use std::collections::{BTreeMap, VecDeque};

use xchat_directory::{Checked, Rules};
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::header::operation_hash;
use xchat_proto::ids::Hash;
use xchat_proto::record::Operation;

/// Most bytes of operations that are remembered.
const KNOWN_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Checked operations, the newest.
#[derive(Default)]
pub(crate) struct Known {
    checked: BTreeMap<Hash, Checked>,
    order: VecDeque<Hash>,
    bytes: usize,
}

impl Known {
    /// An operation that has been checked before.
    pub(crate) fn find(&self, hash: &Hash) -> Option<Checked> {
        self.checked.get(hash).cloned()
    }

    /// Remembers an operation.
    pub(crate) fn add(&mut self, operation: Checked) {
        let (hash, length) = (operation.hash(), operation.length());
        if self.checked.insert(hash, operation).is_some() {
            return;
        }
        self.order.push_back(hash);
        self.bytes = self.bytes.saturating_add(length);
        while self.bytes > KNOWN_BYTES_MAX {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            if let Some(forgotten) = self.checked.remove(&oldest) {
                self.bytes = self.bytes.saturating_sub(forgotten.length());
            }
        }
    }
}

/// Checks operations outside any lock, but for those that `find` has.
pub(crate) fn check_all(
    rules: &Rules,
    operations: &[Operation],
    mut find: impl FnMut(&[Hash]) -> Vec<Option<Checked>>,
) -> Vec<Result<Checked, RejectReason>> {
    let hashes: Vec<Hash> = operations.iter().map(operation_hash).collect();
    let found = find(&hashes);
    operations
        .iter()
        .zip(found)
        .map(|(operation, found)| found.map_or_else(|| rules.check(operation.clone()), Ok))
        .collect()
}
