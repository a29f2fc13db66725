//! How much a node keeps: blocks for those who catch up, snapshots for those who begin.

use crate::archive;
use crate::facts::{Facts, META_OLDEST, META_PINS, Provable, meta};
use crate::store::Write;

/// How many snapshots are kept: whoever fetches one is not cut off as soon as the next is taken.
const SNAPSHOTS_MAX: usize = 2;

/// What a node keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How many blocks are kept at the least.
    pub blocks: u64,
    /// After how many blocks a snapshot is taken for new followers; 0 for never. Two are kept, and the blocks above
    /// them.
    pub snapshot_every: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            blocks: 200_000,
            snapshot_every: 10_000,
        }
    }
}

impl Retention {
    /// Takes a snapshot when it is time.
    pub(crate) fn pin(&self, after: &mut Facts, provable: &Provable, writes: &mut Vec<Write>) {
        let height = provable.certified.header.height;
        let every = self.snapshot_every;
        let newest = after.pins.last().map_or(0, |pin| pin.certified.header.height);
        if every == 0 && !after.pins.is_empty() {
            after.pins.clear();
            writes.push(meta(META_PINS, &after.pins));
        }
        let is_due = every > 0 && height.checked_div(every) > newest.checked_div(every);
        if is_due {
            after.pins.push(provable.clone());
            let surplus = after.pins.len().saturating_sub(SNAPSHOTS_MAX);
            after.pins.drain(..surplus);
            writes.push(meta(META_PINS, &after.pins));
        }
    }

    /// Removes blocks that need not be kept any more, a few at a time.
    pub(crate) fn prune_blocks(&self, after: &mut Facts, writes: &mut Vec<Write>) {
        let head = after.head.header.height;
        let kept = head.saturating_add(1).saturating_sub(self.blocks.max(1));
        // Whoever begins with the oldest snapshot needs all blocks above it; before there is one, all.
        let above_pins = match after.pins.first() {
            Some(pin) => pin.certified.header.height.saturating_add(1),
            None if self.snapshot_every > 0 => 0,
            None => u64::MAX,
        };
        let (removed, oldest) = archive::prune(after.oldest, kept.min(above_pins));
        if oldest != after.oldest {
            writes.extend(removed);
            writes.push(meta(META_OLDEST, &oldest));
            after.oldest = oldest;
        }
    }
}
