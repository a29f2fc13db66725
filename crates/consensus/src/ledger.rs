//! The directory with the blocks above it that are executed and not final, and the operations that wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use xchat_directory::store::DiskStore;
use xchat_directory::{Checked, Directory, DirectoryError, Executed};
use xchat_proto::certificate::Certificate;
use xchat_proto::codec::Bounded;
use xchat_proto::header::Header;
use xchat_proto::ids::Hash;
use xchat_proto::limits::{BLOCK_BYTES_MAX, OPERATIONS_PER_BLOCK_MAX};

use crate::block::Block;
use crate::known::Known;
use crate::pool::Pool;

/// Kept free in a block for the header and the lengths.
const BLOCK_OVERHEAD_BYTES: usize = 4096;
/// Most bytes of operations that wait.
const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most blocks that are not final and yet checked or executed: more views than that don't stay open.
const BLOCKS_MAX: usize = 64;

/// A block whose operations have been checked.
#[derive(Clone)]
pub(crate) struct CheckedBlock {
    pub(crate) header: Header,
    pub(crate) operations: Arc<[Checked]>,
}

/// What a validator thinks of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It follows the rules.
    Valid,
    /// It never will.
    Invalid,
    /// Nothing can be said of it here.
    Unknown,
}

/// The directory and what is above it.
pub(crate) struct Ledger {
    pub(crate) directory: Directory<DiskStore>,
    /// Executed blocks above the directory's head, by digest.
    executed: BTreeMap<Hash, Arc<Executed>>,
    /// Blocks above the head whose operations have been checked, by digest.
    checked: BTreeMap<Hash, CheckedBlock>,
    pub(crate) pool: Pool,
    pub(crate) known: Known,
}

impl Ledger {
    pub(crate) fn new(directory: Directory<DiskStore>) -> Self {
        Self {
            directory,
            executed: BTreeMap::new(),
            checked: BTreeMap::new(),
            pool: Pool::new(WAITING_BYTES_MAX),
            known: Known::default(),
        }
    }

    /// The executions of `blocks`, the oldest first, which lead from the directory's head to `parent`. `None` when they
    /// don't: the head has moved past them.
    fn executions(
        &mut self,
        parent: &Header,
        blocks: &[CheckedBlock],
    ) -> Result<Option<Vec<Arc<Executed>>>, DirectoryError> {
        let mut below = self.directory.head().header.clone();
        let mut executions: Vec<Arc<Executed>> = Vec::new();
        let head = below.height;
        for block in blocks.iter().filter(|block| block.header.height > head) {
            if block.header.parent != below.digest() {
                return Ok(None);
            }
            let digest = block.header.digest();
            let executed = match self.executed.get(&digest) {
                Some(executed) => Arc::clone(executed),
                None => {
                    let executed = self.execute(&executions, &block.header, &block.operations)?;
                    // What is kept here counts as judged.
                    if self.directory.header(&below, &executed) != block.header {
                        return Ok(None);
                    }
                    Arc::new(executed)
                }
            };
            self.executed.insert(digest, Arc::clone(&executed));
            executions.push(executed);
            below = block.header.clone();
        }
        Ok((below == *parent).then_some(executions))
    }

    /// A block that was checked before.
    pub(crate) fn checked(&self, header: &Header) -> Option<CheckedBlock> {
        self.checked.get(&header.digest()).cloned()
    }

    /// Remembers a block whose operations have been checked, and them.
    pub(crate) fn remember_checked(&mut self, block: &CheckedBlock) {
        for operation in block.operations.iter() {
            self.known.add(operation.clone());
        }
        if block.header.height <= self.directory.head().header.height {
            return;
        }
        if self.checked.len() >= BLOCKS_MAX {
            let lowest = self.checked.iter().min_by_key(|(_, block)| block.header.height);
            if let Some(lowest) = lowest.map(|(digest, _)| *digest) {
                self.checked.remove(&lowest);
            }
        }
        self.checked.insert(block.header.digest(), block.clone());
    }

    fn execute(
        &self,
        below: &[Arc<Executed>],
        header: &Header,
        operations: &[Checked],
    ) -> Result<Executed, DirectoryError> {
        let below: Vec<&Executed> = below.iter().map(AsRef::as_ref).collect();
        self.directory
            .execute(&below, header.height, header.time_ms, operations)
    }

    /// Operations that may go into a block above `blocks`.
    fn candidates(&self, blocks: &[CheckedBlock]) -> Vec<Checked> {
        let included: BTreeSet<Hash> = blocks
            .iter()
            .flat_map(|block| block.operations.iter())
            .map(Checked::hash)
            .collect();
        let mut room = BLOCK_BYTES_MAX - BLOCK_OVERHEAD_BYTES;
        let mut candidates = Vec::new();
        for operation in self.pool.operations() {
            if included.contains(&operation.hash()) {
                continue;
            }
            let Some(left) = room.checked_sub(operation.length()) else {
                break;
            };
            room = left;
            candidates.push(operation.clone());
            if candidates.len() == OPERATIONS_PER_BLOCK_MAX {
                break;
            }
        }
        candidates
    }

    /// Builds a block on `parent`, which `blocks` lead to. None when there is nothing to say and an empty block is not
    /// wanted, or when the head has moved on.
    pub(crate) fn build(
        &mut self,
        parent: &Header,
        blocks: &[CheckedBlock],
        time_ms: u64,
        even_empty: bool,
    ) -> Result<Option<Block>, DirectoryError> {
        let candidates = self.candidates(blocks);
        if candidates.is_empty() && !even_empty {
            return Ok(None);
        }
        let Some(below) = self.executions(parent, blocks)? else {
            return Ok(None);
        };
        let Some(height) = parent.height.checked_add(1) else {
            return Ok(None);
        };
        let pending: Vec<&Executed> = below.iter().map(AsRef::as_ref).collect();
        let executed = self.directory.execute(&pending, height, time_ms, &candidates)?;
        // On what is final, a refusal is the last word.
        if below.is_empty() {
            for (operation, outcome) in candidates.iter().zip(executed.outcomes()) {
                if let Err(reason) = outcome {
                    self.pool.settle(&operation.hash(), Err(*reason));
                }
            }
        }
        if executed.accepted().is_empty() && !even_empty {
            return Ok(None);
        }
        let header = self.directory.header(parent, &executed);
        self.remember_checked(&CheckedBlock {
            header: header.clone(),
            operations: executed.accepted().into(),
        });
        let operations = executed
            .accepted()
            .iter()
            .map(|checked| checked.operation().clone());
        let operations = Bounded::new(operations.collect())?;
        self.remember(header.digest(), executed);
        Ok(Some(Block { header, operations }))
    }

    /// Judges a block on `parent`, which `blocks` lead to; all but its time.
    pub(crate) fn judge(
        &mut self,
        block: &CheckedBlock,
        parent: &Header,
        blocks: &[CheckedBlock],
    ) -> Result<Verdict, DirectoryError> {
        let header = &block.header;
        let follows = header.network == parent.network
            && parent.height.checked_add(1) == Some(header.height)
            && header.parent == parent.digest()
            && header.time_ms > parent.time_ms;
        if !follows {
            return Ok(Verdict::Invalid);
        }
        let digest = header.digest();
        if self.executed.contains_key(&digest) {
            return Ok(Verdict::Valid);
        }
        let Some(below) = self.executions(parent, blocks)? else {
            return Ok(Verdict::Unknown);
        };
        let executed = self.execute(&below, header, &block.operations)?;
        // The header says all that follows from the block, or the block is nothing.
        let expected = self.directory.header(parent, &executed);
        if expected != *header || executed.outcomes().iter().any(Result::is_err) {
            return Ok(Verdict::Invalid);
        }
        self.remember(digest, executed);
        Ok(Verdict::Valid)
    }

    fn remember(&mut self, digest: Hash, executed: Executed) {
        if self.executed.len() >= BLOCKS_MAX {
            let lowest = self.executed.iter().min_by_key(|(_, executed)| executed.height());
            if let Some(lowest) = lowest.map(|(digest, _)| *digest) {
                self.executed.remove(&lowest);
            }
        }
        self.executed.insert(digest, Arc::new(executed));
    }

    /// Commits a final block above the head.
    pub(crate) fn commit(
        &mut self,
        block: &CheckedBlock,
        certificate: Option<Certificate>,
    ) -> Result<(), DirectoryError> {
        let height = block.header.height;
        let executed = match self.executed.get(&block.header.digest()) {
            Some(executed) => Arc::clone(executed),
            None => Arc::new(self.execute(&[], &block.header, &block.operations)?),
        };
        self.directory.commit(&block.header, certificate, &executed)?;
        self.executed.retain(|_, executed| executed.height() > height);
        self.checked.retain(|_, block| block.header.height > height);
        Ok(())
    }

    /// Answers for the operations of a final block, and for those that it has made impossible.
    pub(crate) fn settle(&mut self, now_ms: u64, block: &CheckedBlock) -> Result<(), DirectoryError> {
        let mut touched = BTreeSet::new();
        for operation in block.operations.iter() {
            self.pool.settle(&operation.hash(), Ok(block.header.height));
            touched.insert(operation.place());
        }
        self.pool.expire(now_ms);
        if touched.is_empty() {
            return Ok(());
        }
        let mut refused = Vec::new();
        let reader = self.directory.reader();
        for operation in self.pool.operations() {
            if touched.contains(&operation.place())
                && let Err(reason) = reader.judge(operation, now_ms)?
            {
                refused.push((operation.hash(), reason));
            }
        }
        for (hash, reason) in refused {
            self.pool.settle(&hash, Err(reason));
        }
        Ok(())
    }
}
