//! The state that a node's tasks share: the ledger, and the signals that it has moved.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{debug, error, warn};
use xchat_directory::store::{DiskStore, DiskView};
use xchat_directory::{Checked, Directory, DirectoryError, Reader, Rules};
use xchat_proto::certificate::Certificate;
use xchat_proto::directory_wire::{FinalBlock, RejectReason};
use xchat_proto::header::Header;
use xchat_proto::ids::Hash;
use xchat_proto::light::Lineage;
use xchat_proto::limits::CLOCK_AHEAD_MS_MAX;
use xchat_proto::record::Operation;

use crate::block::Block;
use crate::config::Clock;
use crate::import::ImportError;
use crate::known::check_all;
use crate::ledger::{CheckedBlock, Ledger, Verdict};
use crate::pool::Outcome;
use crate::stats::Counters;

mod epochs;

pub(crate) use self::epochs::View;

/// How far the chain has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The height of the newest block.
    pub(crate) height: u64,
    /// The newest height that was imported, and not decided here.
    pub(crate) imported: u64,
}

/// The newest block that has a certificate of its own: what an engine can start from.
#[derive(Debug, Clone)]
pub(crate) struct Foundation {
    pub(crate) block: Block,
    pub(crate) certificate: Certificate,
}

/// The shared state of one node.
pub(crate) struct Chain {
    ledger: Mutex<Ledger>,
    /// What readers see, beside a writer that waits for the disk.
    reader: Mutex<Reader<DiskView>>,
    rules: Rules,
    genesis_header: Header,
    /// The block before the epoch that was asked for last.
    boundary: Mutex<Option<Header>>,
    clock: Clock,
    /// Counts what may let a proposer build: new operations and new blocks.
    work: watch::Sender<u64>,
    /// The newest certified height.
    certified: watch::Sender<Option<u64>>,
    progress: watch::Sender<Progress>,
    quorum_is_new: watch::Sender<bool>,
    /// Operations for the other validators.
    gossip: mpsc::Sender<Operation>,
    pub(crate) counters: Counters,
}

impl Chain {
    pub(crate) fn new(
        directory: Directory<DiskStore>,
        genesis_header: Header,
        clock: Clock,
        gossip: mpsc::Sender<Operation>,
    ) -> Self {
        let certified = directory.latest().map(|certified| certified.header.height);
        let progress = Progress {
            height: directory.head().header.height,
            imported: 0,
        };
        Self {
            rules: directory.rules().clone(),
            reader: Mutex::new(directory.reader()),
            ledger: Mutex::new(Ledger::new(directory)),
            genesis_header,
            boundary: Mutex::new(None),
            clock,
            work: watch::Sender::new(0),
            certified: watch::Sender::new(certified),
            progress: watch::Sender::new(progress),
            quorum_is_new: watch::Sender::new(false),
            gossip,
            counters: Counters::default(),
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // What a panicking thread left is consistent: the store changes in batches, the rest is made anew from it.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory as it is, for reading.
    pub(crate) fn reader(&self) -> Reader<DiskView> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn now_ms(&self) -> u64 {
        (self.clock)()
    }

    pub(crate) fn height(&self) -> u64 {
        self.progress.borrow().height
    }

    pub(crate) fn work(&self) -> watch::Receiver<u64> {
        self.work.subscribe()
    }

    pub(crate) fn certified(&self) -> watch::Receiver<Option<u64>> {
        self.certified.subscribe()
    }

    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(crate) fn quorum_is_new(&self) -> watch::Receiver<bool> {
        self.quorum_is_new.subscribe()
    }

    pub(crate) fn tell_quorum_is_new(&self) {
        self.quorum_is_new.send_replace(true);
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn epoch_blocks(&self) -> u64 {
        u64::from(self.rules.parameters().epoch_blocks)
    }

    pub(crate) fn epoch_of(&self, height: u64) -> u64 {
        self.rules.parameters().epoch_of(height)
    }

    /// Whether the network was made for a single validator.
    pub(crate) fn is_alone(&self) -> bool {
        self.rules.genesis().validators.as_slice().len() == 1
    }

    /// Checks the operations of a block. None when one of them can't be in any block.
    pub(crate) fn check(&self, block: &Block) -> Option<CheckedBlock> {
        if let Some(checked) = self.ledger().checked(&block.header) {
            return Some(checked);
        }
        let find = |hashes: &[Hash]| {
            let ledger = self.ledger();
            hashes
                .iter()
                .map(|hash| {
                    ledger
                        .known
                        .find(hash)
                        .or_else(|| ledger.pool.find(hash).cloned())
                })
                .collect()
        };
        let checked = check_all(&self.rules, block.operations.as_slice(), find);
        let checked: Vec<Checked> = checked.into_iter().collect::<Result<_, _>>().ok()?;
        let block = CheckedBlock {
            header: block.header.clone(),
            operations: checked.into(),
        };
        self.ledger().remember_checked(&block);
        Some(block)
    }

    fn check_lineage(&self, blocks: &[Arc<Block>]) -> Option<Vec<CheckedBlock>> {
        blocks.iter().map(|block| self.check(block)).collect()
    }

    /// Builds a block on `parent`, which `blocks` lead to, from what waits. None when there is nothing to say and the
    /// chain need not be kept fresh (`even_empty`), or no block can be made.
    pub(crate) fn build(&self, parent: &Header, blocks: &[Arc<Block>], even_empty: bool) -> Option<Block> {
        let now_ms = self.now_ms();
        if parent.time_ms.saturating_sub(now_ms) > CLOCK_AHEAD_MS_MAX {
            warn!(
                ahead_ms = parent.time_ms.saturating_sub(now_ms),
                "the chain is ahead of this clock; no block is made"
            );
            return None;
        }
        let time_ms = now_ms.max(parent.time_ms.checked_add(1)?);
        let blocks = self.check_lineage(blocks)?;
        let built = self.ledger().build(parent, &blocks, time_ms, even_empty);
        built
            .inspect_err(|error| error!(%error, "no block can be made"))
            .ok()
            .flatten()
    }

    /// Judges a block on `parent`, which `blocks` lead to; all but its time.
    pub(crate) fn judge(&self, block: &Block, parent: &Header, blocks: &[Arc<Block>]) -> Verdict {
        let Some(block) = self.check(block) else {
            return Verdict::Invalid;
        };
        let Some(blocks) = self.check_lineage(blocks) else {
            return Verdict::Unknown;
        };
        let judged = self.ledger().judge(&block, parent, &blocks);
        judged.unwrap_or_else(|error| {
            error!(%error, "a block can't be judged");
            Verdict::Unknown
        })
    }

    /// Commits a block that was decided here. A block that was committed before is ignored.
    pub(crate) fn finalise(
        &self,
        block: &Block,
        certificate: Option<Certificate>,
    ) -> Result<(), DirectoryError> {
        let Some(checked) = self.check(block) else {
            // A quorum has accepted what this program refuses.
            return Err(DirectoryError::OtherContents(block.header.height));
        };
        self.commit(&checked, certificate, false)
    }

    fn commit(
        &self,
        block: &CheckedBlock,
        certificate: Option<Certificate>,
        is_imported: bool,
    ) -> Result<(), DirectoryError> {
        let height = block.header.height;
        let is_certified = certificate.is_some();
        {
            let mut ledger = self.ledger();
            if height <= ledger.directory.head().header.height {
                return Ok(());
            }
            if let Some(certificate) = &certificate {
                let validators = ledger.directory.committee().validators();
                self.counters.signed(&block.header, certificate, &validators);
            }
            ledger.commit(block, certificate)?;
            *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = ledger.directory.reader();
            // Who is answered now reads the block that answers.
            ledger.settle(self.now_ms(), block)?;
        }
        self.counters.committed(block.operations.len());
        self.progress.send_modify(|progress| {
            progress.height = height;
            if is_imported {
                progress.imported = height;
            }
        });
        if is_certified {
            self.certified.send_replace(Some(height));
        }
        self.work.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    /// Takes blocks that others have decided on: they follow each other, and each is certified or followed by one
    /// that is. Returns the height that the chain has reached.
    pub(crate) fn import(&self, blocks: &[FinalBlock], above: Option<&Lineage>) -> Result<u64, ImportError> {
        crate::import::import(self, blocks, above)
    }

    /// Commits a block that was verified before.
    pub(crate) fn commit_imported(
        &self,
        block: &Block,
        certificate: Option<Certificate>,
    ) -> Result<(), ImportError> {
        let checked = self
            .check(block)
            .ok_or(ImportError::Invalid(block.header.height))?;
        let (parent, verdict) = {
            let mut ledger = self.ledger();
            let parent = ledger.directory.head().header.clone();
            if block.header.height <= parent.height {
                return Ok(());
            }
            let verdict = ledger.judge(&checked, &parent, &[])?;
            (parent, verdict)
        };
        debug!(
            height = block.header.height,
            above = parent.height,
            "a block is imported"
        );
        match verdict {
            Verdict::Valid => Ok(self.commit(&checked, certificate, true)?),
            Verdict::Invalid => Err(ImportError::Invalid(block.header.height)),
            Verdict::Unknown => Err(ImportError::OutOfPlace(block.header.height)),
        }
    }

    /// Lets an operation wait for its block. What is final already is answered at once.
    pub(crate) fn submit(
        &self,
        operation: Operation,
        answer: Option<oneshot::Sender<Outcome>>,
    ) -> Result<Option<u64>, RejectReason> {
        let checked = self.rules.check(operation)?;
        self.wait(checked, answer, true)
    }

    /// The height of the block that made an operation, if one has. It need not be possible otherwise.
    pub(crate) fn made(&self, operation: Operation) -> Result<Option<u64>, RejectReason> {
        let checked = self.rules.check(operation)?;
        self.reader().made(&checked).map_err(|error| {
            error!(%error, "the directory can't be read");
            RejectReason::Undecided
        })
    }

    /// How many operations wait.
    pub(crate) fn waiting(&self) -> usize {
        self.ledger().pool.len()
    }

    /// Lets operations of another validator wait for their blocks.
    pub(crate) fn take_from_peer(&self, operations: &[Operation]) {
        let find = |hashes: &[Hash]| {
            let ledger = self.ledger();
            hashes.iter().map(|hash| ledger.known.find(hash)).collect()
        };
        for checked in check_all(&self.rules, operations, find) {
            if let Err(reason) = checked.and_then(|checked| self.wait(checked, None, false)) {
                debug!(%reason, "an operation of a peer is refused");
            }
        }
    }

    fn wait(
        &self,
        checked: Checked,
        answer: Option<oneshot::Sender<Outcome>>,
        is_own: bool,
    ) -> Result<Option<u64>, RejectReason> {
        let now_ms = self.now_ms();
        let undecided = |error: DirectoryError| {
            error!(%error, "the directory can't be read");
            RejectReason::Undecided
        };
        let reader = self.reader();
        if let Some(height) = reader.made(&checked).map_err(undecided)? {
            return Ok(Some(height));
        }
        reader.judge(&checked, now_ms).map_err(undecided)??;
        let mut ledger = self.ledger();
        if ledger.directory.head().header.height != reader.head().header.height {
            // A block has come in between: it may have settled what this operation depends on.
            let reader = ledger.directory.reader();
            if let Some(height) = reader.made(&checked).map_err(undecided)? {
                return Ok(Some(height));
            }
            reader.judge(&checked, now_ms).map_err(undecided)??;
        }
        let is_new = ledger.pool.add(now_ms, checked.clone(), answer)?;
        if is_new {
            ledger.known.add(checked.clone());
        }
        drop(ledger);
        if is_new {
            self.work.send_modify(|count| *count = count.wrapping_add(1));
            if is_own {
                // When the queue is full, the operation still waits for this validator's own turn.
                let _ = self.gossip.try_send(checked.operation().clone());
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
