//! The state that the engine's tasks share: the directory, blocks that are not final, operations that wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, warn};
use xchat_directory::store::DiskStore;
use xchat_directory::{Directory, DirectoryError, Executed, claimed_name, judge};
use xchat_proto::certificate::Certificate;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::header::{Header, operation_hash};
use xchat_proto::ids::Hash;
use xchat_proto::limits::{BLOCK_BYTES_MAX, CLOCK_AHEAD_MS_MAX, OPERATIONS_PER_BLOCK_MAX};
use xchat_proto::name::Name;
use xchat_proto::name_proof::NameProof;
use xchat_proto::record::Operation;

use crate::block::Block;
use crate::config::Clock;
use crate::pool::{Outcome, Pool};

/// Kept free in a block for the header and the lengths.
const BLOCK_OVERHEAD_BYTES: usize = 4096;

/// The shared state of one validator.
pub(crate) struct Chain {
    state: Mutex<State>,
    clock: Clock,
    /// Counts what may let a proposer build: new operations and new blocks.
    work: watch::Sender<u64>,
    /// The newest certified height.
    certified: watch::Sender<Option<u64>>,
    /// Operations for the other validators.
    gossip: mpsc::Sender<Operation>,
}

struct State {
    directory: Directory<DiskStore>,
    /// Executed blocks above the directory's head, by digest.
    executed: BTreeMap<Hash, Arc<Executed>>,
    pool: Pool,
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

impl State {
    /// The executions of `blocks`, the oldest first, which lead from the directory's head to `parent`. `None` when they
    /// don't: the head has moved past them.
    fn executions(
        &mut self,
        parent: &Header,
        blocks: &[Arc<Block>],
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
                None => Arc::new(self.execute(&executions, block)?),
            };
            self.executed.insert(digest, Arc::clone(&executed));
            executions.push(executed);
            below = block.header.clone();
        }
        Ok((below == *parent).then_some(executions))
    }

    fn execute(&self, below: &[Arc<Executed>], block: &Block) -> Result<Executed, DirectoryError> {
        let below: Vec<&Executed> = below.iter().map(AsRef::as_ref).collect();
        let header = &block.header;
        self.directory
            .execute(&below, header.height, header.time_ms, block.operations.as_slice())
    }

    /// Operations that may go into a block above `blocks`.
    fn candidates(&self, blocks: &[Arc<Block>]) -> Vec<Operation> {
        let included: BTreeSet<Hash> = blocks
            .iter()
            .flat_map(|block| block.operations.as_slice())
            .map(operation_hash)
            .collect();
        let mut room = BLOCK_BYTES_MAX - BLOCK_OVERHEAD_BYTES;
        let mut candidates = Vec::new();
        for (hash, operation) in self.pool.operations() {
            if included.contains(hash) {
                continue;
            }
            let Some(left) = room.checked_sub(codec::encode(operation).len()) else {
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
}

impl Chain {
    pub(crate) fn new(
        directory: Directory<DiskStore>,
        clock: Clock,
        gossip: mpsc::Sender<Operation>,
    ) -> Self {
        let certified = directory.latest().map(|(header, _)| header.height);
        Self {
            state: Mutex::new(State {
                directory,
                executed: BTreeMap::new(),
                pool: Pool::default(),
            }),
            clock,
            work: watch::Sender::new(0),
            certified: watch::Sender::new(certified),
            gossip,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panicking thread left is consistent: the store changes in batches, the rest is made anew from it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        (self.clock)()
    }

    pub(crate) fn height(&self) -> u64 {
        self.state().directory.head().header.height
    }

    pub(crate) fn work(&self) -> watch::Receiver<u64> {
        self.work.subscribe()
    }

    pub(crate) fn certified(&self) -> watch::Receiver<Option<u64>> {
        self.certified.subscribe()
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
        let built = self.try_build(parent, blocks, time_ms, even_empty);
        built
            .inspect_err(|error| error!(%error, "no block can be made"))
            .ok()
            .flatten()
    }

    fn try_build(
        &self,
        parent: &Header,
        blocks: &[Arc<Block>],
        time_ms: u64,
        even_empty: bool,
    ) -> Result<Option<Block>, DirectoryError> {
        let mut state = self.state();
        let candidates = state.candidates(blocks);
        if candidates.is_empty() && !even_empty {
            return Ok(None);
        }
        let (Some(below), Some(height)) = (state.executions(parent, blocks)?, parent.height.checked_add(1))
        else {
            return Ok(None);
        };
        let below: Vec<&Executed> = below.iter().map(AsRef::as_ref).collect();
        let executed = state.directory.execute(&below, height, time_ms, &candidates)?;
        let accepted = candidates.into_iter().zip(executed.outcomes());
        let accepted: Vec<Operation> = accepted
            .filter_map(|(operation, outcome)| outcome.is_ok().then_some(operation))
            .collect();
        if accepted.is_empty() && !even_empty {
            return Ok(None);
        }
        // What was refused has changed nothing, so the execution is that of the accepted ones alone.
        let header = state.directory.header(parent, time_ms, &accepted, &executed);
        state.executed.insert(header.digest(), Arc::new(executed));
        Ok(Some(Block {
            header,
            operations: Bounded::new(accepted)?,
        }))
    }

    /// Judges a block on `parent`, which `blocks` lead to; all but its time.
    pub(crate) fn judge(&self, block: &Block, parent: &Header, blocks: &[Arc<Block>]) -> Verdict {
        let header = &block.header;
        let follows = header.network == parent.network
            && parent.height.checked_add(1) == Some(header.height)
            && header.parent == parent.digest()
            && header.validators == parent.validators
            && header.time_ms > parent.time_ms;
        if !follows {
            return Verdict::Invalid;
        }
        let mut state = self.state();
        let executed = match state.executions(parent, blocks) {
            Ok(Some(below)) => state.execute(&below, block),
            Ok(None) => return Verdict::Unknown,
            Err(error) => Err(error),
        };
        match executed {
            Ok(executed) => {
                let valid =
                    executed.root() == header.state_root && executed.outcomes().iter().all(Result::is_ok);
                if !valid {
                    return Verdict::Invalid;
                }
                state.executed.insert(header.digest(), Arc::new(executed));
                Verdict::Valid
            }
            Err(error) => {
                error!(%error, "a block can't be judged");
                Verdict::Unknown
            }
        }
    }

    /// Commits a finalised block and answers those who waited for it. A block that was committed before is ignored.
    pub(crate) fn finalise(
        &self,
        block: &Block,
        certificate: Option<Certificate>,
    ) -> Result<(), DirectoryError> {
        let mut state = self.state();
        let height = block.header.height;
        let certified = certificate.is_some();
        if height > state.directory.head().header.height {
            let executed = match state.executed.get(&block.header.digest()) {
                Some(executed) => Arc::clone(executed),
                None => Arc::new(state.execute(&[], block)?),
            };
            state.directory.commit(&block.header, certificate, &executed)?;
            state.executed.retain(|_, executed| executed.height() > height);
            settle(&mut state, block)?;
        }
        drop(state);
        if certified {
            self.certified.send_if_modified(|seen| {
                let newer = seen.is_none_or(|seen| seen < height);
                if newer {
                    *seen = Some(height);
                }
                newer
            });
        }
        self.work.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    /// Lets an operation wait for its block. What is final already is answered at once.
    pub(crate) fn submit(
        &self,
        operation: Operation,
        answer: Option<oneshot::Sender<Outcome>>,
    ) -> Result<Option<u64>, RejectReason> {
        let own = answer.is_some();
        let name = claimed_name(&operation)?;
        let mut state = self.state();
        let present = state.directory.record(&name).map_err(|error| {
            error!(%error, "the directory can't be read");
            RejectReason::Undecided
        })?;
        if let Some(present) = &present {
            let (Operation::Register { record, .. }
            | Operation::Update { record }
            | Operation::Rotate { record }) = &operation;
            if present.record == *record {
                return Ok(Some(present.height));
            }
        }
        judge(state.directory.genesis(), present.as_ref(), &operation)?;
        let new = state.pool.add(operation.clone(), answer)?;
        drop(state);
        if new {
            self.work.send_modify(|count| *count = count.wrapping_add(1));
            if own {
                // When the queue is full, the operation still waits for this validator's own turn.
                let _ = self.gossip.try_send(operation);
            }
        }
        Ok(None)
    }

    pub(crate) fn lookup(&self, name: &Name) -> Result<NameProof, DirectoryError> {
        self.state().directory.lookup(name)
    }

    pub(crate) fn latest(&self) -> Option<(Header, Certificate)> {
        let state = self.state();
        state
            .directory
            .latest()
            .map(|(header, certificate)| (header.clone(), certificate.clone()))
    }
}

/// Answers for the operations of a final block, and for those that it has made impossible.
fn settle(state: &mut State, block: &Block) -> Result<(), DirectoryError> {
    let mut touched = BTreeSet::new();
    for operation in block.operations.as_slice() {
        state
            .pool
            .settle(&operation_hash(operation), Ok(block.header.height));
        touched.extend(claimed_name(operation));
    }
    if touched.is_empty() {
        return Ok(());
    }
    let mut refused = Vec::new();
    for (hash, operation) in state.pool.operations() {
        let Ok(name) = claimed_name(operation) else {
            continue;
        };
        if touched.contains(&name) {
            let present = state.directory.record(&name)?;
            if let Err(reason) = judge(state.directory.genesis(), present.as_ref(), operation) {
                refused.push((*hash, reason));
            }
        }
    }
    for (hash, reason) in refused {
        state.pool.settle(&hash, Err(reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
