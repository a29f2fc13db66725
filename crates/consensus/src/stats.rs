//! How the node fares, in numbers about nobody.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use xchat_proto::certificate::Certificate;
use xchat_proto::genesis::Validators;
use xchat_proto::header::Header;
use xchat_proto::keys::PublicKey;

use crate::duty::Role;

/// When a validator's signature was last seen in a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSigned {
    /// The height of the block.
    pub height: u64,
    /// The time of the block, in Unix milliseconds.
    pub time_ms: u64,
}

/// How the node fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsensusStats {
    /// The height of the newest block here.
    pub height: u64,
    /// Its time, in Unix milliseconds.
    pub time_ms: u64,
    /// The epoch of the next block.
    pub epoch: u64,
    /// What this node does in that epoch.
    pub role: Role,
    /// The present validators, and when each last signed, as far as this process has seen.
    pub validators: BTreeMap<PublicKey, Option<LastSigned>>,
    /// Operations that wait for a block.
    pub waiting: usize,
    /// Blocks that this process has committed.
    pub blocks_committed: u64,
    /// Operations that this process has committed.
    pub operations_committed: u64,
    /// Views that ended without a block, as far as this process has seen.
    pub views_timed_out: u64,
}

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) blocks: AtomicU64,
    pub(crate) operations: AtomicU64,
    pub(crate) timeouts: AtomicU64,
    signed: Mutex<BTreeMap<PublicKey, LastSigned>>,
}

impl Counters {
    pub(crate) fn committed(&self, operations: usize) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
        self.operations
            .fetch_add(u64::try_from(operations).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Takes note of who signed a block of these validators.
    pub(crate) fn signed(&self, header: &Header, certificate: &Certificate, validators: &Validators) {
        let keys = validators.as_slice();
        let Ok(signers) = certificate.signers(keys.len()) else {
            return;
        };
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        signed.retain(|key, _| keys.contains(key));
        let seen = LastSigned {
            height: header.height,
            time_ms: header.time_ms,
        };
        for key in signers.into_iter().filter_map(|place| keys.get(place)) {
            signed.insert(*key, seen);
        }
    }

    pub(crate) fn last_signed(&self, key: &PublicKey) -> Option<LastSigned> {
        let signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        signed.get(key).copied()
    }
}
