//! The state machine: executes blocks, commits them, proves names.
//!
//! Executing writes nothing, so that a block can be proposed or judged before it is final, on top of others that are
//! not final either. Committing writes a block and its changes with its height in one batch: a block that is delivered
//! again after a crash changes nothing.

use std::sync::Arc;

use xchat_proto::certificate::Certificate;
use xchat_proto::codec;
use xchat_proto::directory_wire::{FinalBlock, RejectReason};
use xchat_proto::genesis::{Genesis, validators_hash};
use xchat_proto::header::{Header, operation_hashes_hash};
use xchat_proto::ids::Hash;
use xchat_proto::light::{Handovers, Lineage};
use xchat_proto::limits::OPERATIONS_PER_BLOCK_MAX;
use xchat_proto::map_proof::MapProof;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Certified, CommitteeProof, Entry, NameProof, StoredRecord};
use xchat_proto::operator::{Committee, Operators};
use xchat_proto::record::Operation;

use crate::archive;
use crate::error::DirectoryError;
use crate::executed::Executed;
use crate::facts::{
    Facts, Head, META_GENESIS, META_HEAD, META_PROVABLE, META_RESTORE, Provable, begin, meta, read_facts,
};
use crate::map::{self, MapView};
use crate::reader::Reader;
use crate::retention::Retention;
use crate::rules::{Checked, Rules};
use crate::store::{Store, Table};
use crate::transition::{Ledger, Transition};

/// The name book of one network.
pub struct Directory<S> {
    pub(crate) store: S,
    facts: Arc<Facts>,
    retention: Retention,
    /// Below this version of the map nothing stale is left, as far as is known since the start.
    pruned: u64,
}

/// What a block is executed on.
struct Below<'a> {
    height: u64,
    time_ms: u64,
    root: Hash,
    work_bits: u8,
    ledger: &'a Ledger,
}

impl<S: Store> Directory<S> {
    /// Opens the directory in `store`; an empty store becomes the directory at the genesis block. `operators` are those
    /// that the genesis names.
    ///
    /// # Errors
    /// [`DirectoryError`] when the operators are not the genesis', or the store is another network's, unfinished,
    /// damaged or failing.
    pub fn open(mut store: S, genesis: Genesis, operators: &Operators) -> Result<Self, DirectoryError> {
        let rules = Rules::new(genesis)?;
        rules.genesis().check_operators(operators)?;
        if store.read(Table::Meta, META_RESTORE)?.is_some() {
            return Err(DirectoryError::Unfinished);
        }
        match store.read(Table::Meta, META_GENESIS)? {
            Some(bytes) if bytes != codec::encode(rules.genesis()) => {
                return Err(DirectoryError::OtherNetwork);
            }
            Some(_) => {}
            None => begin(&mut store, &rules, operators)?,
        }
        let facts = read_facts(&store, rules)?;
        Ok(Self {
            store,
            facts: Arc::new(facts),
            retention: Retention::default(),
            pruned: 0,
        })
    }

    /// Keeps so much from the next block on.
    pub fn retain(&mut self, retention: Retention) {
        self.retention = retention;
    }

    /// The directory as it is now, for reading beside this writer.
    pub fn reader(&self) -> Reader<S::View> {
        Reader {
            store: self.store.view(),
            facts: Arc::clone(&self.facts),
        }
    }

    fn here(&self) -> Reader<&S> {
        Reader {
            store: &self.store,
            facts: Arc::clone(&self.facts),
        }
    }

    /// The genesis.
    pub fn genesis(&self) -> &Genesis {
        self.facts.rules.genesis()
    }

    /// The rules, for checking operations.
    pub fn rules(&self) -> &Rules {
        &self.facts.rules
    }

    /// The newest committed block.
    pub fn head(&self) -> &Head {
        &self.facts.head
    }

    /// The newest block that a certificate proves, with it.
    pub fn latest(&self) -> Option<&Certified> {
        self.facts.provable.as_ref().map(|provable| &provable.certified)
    }

    /// The committee after the newest committed block: who decides the next height.
    pub fn committee(&self) -> &Committee {
        &self.facts.ledger.committee
    }

    /// Executes a block on top of `pending`, blocks that have been executed and not committed, the oldest first.
    /// Operations that the rules refuse change nothing.
    ///
    /// # Errors
    /// [`DirectoryError`] when the block does not follow, is too large, or the store fails.
    pub fn execute(
        &self,
        pending: &[&Executed],
        height: u64,
        time_ms: u64,
        operations: &[Checked],
    ) -> Result<Executed, DirectoryError> {
        let rules = &self.facts.rules;
        if operations.len() > OPERATIONS_PER_BLOCK_MAX {
            return Err(DirectoryError::TooManyOperations(operations.len()));
        }
        if operations
            .iter()
            .any(|checked| checked.network() != rules.network())
        {
            return Err(DirectoryError::OtherNetwork);
        }
        let (below, view) = self.below(pending, height)?;
        if time_ms <= below.time_ms {
            return Err(DirectoryError::NotLater(height));
        }
        let block = (height, time_ms, below.work_bits);
        let mut transition = Transition::new(rules, &view, below.ledger, block);
        let (mut outcomes, mut accepted) = (Vec::new(), Vec::new());
        for operation in operations {
            let outcome = transition.make(operation)?;
            if outcome.is_ok() {
                accepted.push(operation.clone());
            }
            outcomes.push(outcome);
        }
        let (ledger, values, work_bits) = transition.finish();
        let change = match values.is_empty() {
            true => None,
            false => Some(view.change(values)?),
        };
        Ok(Executed {
            height,
            time_ms,
            root: change.as_ref().map_or(below.root, |change| change.root),
            version: change.as_ref().map_or(view.version, |change| change.version),
            work_bits,
            outcomes,
            accepted,
            ledger,
            change,
        })
    }

    /// The newest of `pending`, or the head, which a block of `height` must follow; and the map after it.
    fn below<'a>(
        &'a self,
        pending: &[&'a Executed],
        height: u64,
    ) -> Result<(Below<'a>, MapView<'a, S>), DirectoryError> {
        let head = &self.facts.head;
        let mut below = Below {
            height: head.header.height,
            time_ms: head.header.time_ms,
            root: head.header.state_root,
            work_bits: head.header.work_bits,
            ledger: &self.facts.ledger,
        };
        let mut view = MapView {
            store: &self.store,
            pending: Vec::new(),
            version: head.version,
        };
        let follows = |found: u64, head: u64| match head.checked_add(1) {
            Some(next) if next == found => Ok(()),
            _ => Err(DirectoryError::OutOfPlace { found, head }),
        };
        for block in pending {
            follows(block.height, below.height)?;
            below = Below {
                height: block.height,
                time_ms: block.time_ms,
                root: block.root,
                work_bits: block.work_bits,
                ledger: &block.ledger,
            };
            view.version = block.version;
            view.pending.extend(&block.change);
        }
        follows(height, below.height)?;
        Ok((below, view))
    }

    /// The header of an executed block that follows `parent`, with the operations that were accepted.
    pub fn header(&self, parent: &Header, executed: &Executed) -> Header {
        let hashes: Vec<Hash> = executed.accepted.iter().map(Checked::hash).collect();
        Header {
            network: *self.facts.rules.network(),
            height: executed.height,
            parent: parent.digest(),
            time_ms: executed.time_ms,
            operations: operation_hashes_hash(&hashes),
            state_root: executed.root,
            validators: validators_hash(&executed.committee().validators()),
            work_bits: executed.work_bits,
        }
    }

    /// Commits an executed block that is final. Returns false when it was committed before, and nothing has changed.
    ///
    /// The certificate must have been verified. It may be missing when that of a later block makes this one final; but
    /// not where the validators change.
    ///
    /// # Errors
    /// [`DirectoryError`] when the block does not follow, the header is another's, or the store fails; nothing has
    /// changed then.
    pub fn commit(
        &mut self,
        header: &Header,
        certificate: Option<Certificate>,
        executed: &Executed,
    ) -> Result<bool, DirectoryError> {
        let facts = &self.facts;
        let parent = &facts.head.header;
        if header.height <= parent.height {
            return Ok(false);
        }
        if parent.height.checked_add(1) != Some(header.height) || header.parent != parent.digest() {
            return Err(DirectoryError::OutOfPlace {
                found: header.height,
                head: parent.height,
            });
        }
        if self.header(parent, executed) != *header {
            return Err(DirectoryError::OtherContents(header.height));
        }
        let changes_validators = header.validators != parent.validators;
        if changes_validators {
            // It is kept for ever, and everybody who begins later depends on it.
            let verified = certificate
                .as_ref()
                .map(|certificate| self.here().verify(header, certificate));
            if !matches!(verified, Some(Ok(()))) {
                return Err(DirectoryError::UncertifiedHandover(header.height));
            }
        }
        let mut writes = archive::keep(header, certificate.as_ref(), executed, changes_validators)?;
        if let Some(change) = &executed.change {
            writes.extend(change.writes(&self.store)?);
        }
        let mut after = Facts::clone(facts);
        let mut pruned = self.pruned;
        after.head = Head {
            header: header.clone(),
            version: executed.version,
        };
        after.ledger = executed.ledger.clone();
        if let Some(certificate) = certificate {
            let provable = Provable {
                certified: Certified {
                    header: header.clone(),
                    certificate,
                },
                version: executed.version,
            };
            self.retention.pin(&mut after, &provable, &mut writes);
            writes.push(meta(META_PROVABLE, &provable));
            after.provable = Some(provable);
            let needed = after.pins.first().map_or(u64::MAX, |pin| pin.version);
            let stale;
            (stale, pruned) = map::prune(&self.store, pruned, facts.head.version.min(needed))?;
            writes.extend(stale);
        }
        self.retention.prune_blocks(&mut after, &mut writes);
        writes.push(meta(META_HEAD, &after.head));
        self.store.write(writes)?;
        self.facts = Arc::new(after);
        self.pruned = pruned;
        Ok(true)
    }

    /// Checks, executes and commits a block at once, under a header made for it. For replays and simulations, where
    /// nobody else makes headers and nobody asks for certificates.
    ///
    /// # Errors
    /// [`DirectoryError`] when the block does not follow, is too large, changes the validators, or the store fails.
    pub fn apply(
        &mut self,
        time_ms: u64,
        height: u64,
        operations: &[Operation],
    ) -> Result<Executed, DirectoryError> {
        let (executed, outcomes) = self.check_and_execute(time_ms, height, operations)?;
        let header = self.header(&self.facts.head.header, &executed);
        self.commit(&header, None, &executed)?;
        Ok(Executed { outcomes, ..executed })
    }

    fn check_and_execute(
        &self,
        time_ms: u64,
        height: u64,
        operations: &[Operation],
    ) -> Result<(Executed, Vec<Result<(), RejectReason>>), DirectoryError> {
        let checks = operations
            .iter()
            .map(|operation| self.rules().check(operation.clone()));
        let checks: Vec<Result<Checked, RejectReason>> = checks.collect();
        let checked: Vec<Checked> = checks.iter().flatten().cloned().collect();
        let executed = self.execute(&[], height, time_ms, &checked)?;
        let mut judged = executed.outcomes.iter().copied();
        let outcomes = checks
            .iter()
            .map(|check| match check {
                Ok(_) => judged.next().unwrap_or(Err(RejectReason::Undecided)),
                Err(reason) => Err(*reason),
            })
            .collect();
        Ok((executed, outcomes))
    }
}

/// Reading, as of the newest committed block; see [`Reader`].
impl<S: Store> Directory<S> {
    /// [`Reader::has_decided`].
    pub fn has_decided(&self) -> bool {
        self.here().has_decided()
    }

    /// [`Reader::entry`].
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn entry(&self, name: &Name) -> Result<Option<Entry>, DirectoryError> {
        self.here().entry(name)
    }

    /// [`Reader::record`].
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn record(&self, name: &Name) -> Result<Option<StoredRecord>, DirectoryError> {
        self.here().record(name)
    }

    /// [`Reader::judge`].
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn judge(
        &self,
        operation: &Checked,
        time_ms: u64,
    ) -> Result<Result<(), RejectReason>, DirectoryError> {
        self.here().judge(operation, time_ms)
    }

    /// [`Reader::made`].
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn made(&self, operation: &Checked) -> Result<Option<u64>, DirectoryError> {
        self.here().made(operation)
    }

    /// [`Reader::prove`].
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn prove(&self, name: &Name) -> Result<(Option<Vec<u8>>, MapProof), DirectoryError> {
        self.here().prove(name)
    }

    /// [`Reader::lookup`].
    ///
    /// # Errors
    /// [`DirectoryError`] when nothing is certified, or the store fails.
    pub fn lookup(&self, name: &Name) -> Result<NameProof, DirectoryError> {
        self.here().lookup(name)
    }

    /// [`Reader::lookup_committee`].
    ///
    /// # Errors
    /// [`DirectoryError`] when nothing is certified, or the store fails.
    pub fn lookup_committee(&self) -> Result<CommitteeProof, DirectoryError> {
        self.here().lookup_committee()
    }

    /// [`Reader::handovers`].
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn handovers(&self, above: u64) -> Result<Handovers, DirectoryError> {
        self.here().handovers(above)
    }

    /// [`Reader::oldest_block`].
    pub fn oldest_block(&self) -> u64 {
        self.facts.oldest
    }

    /// [`Reader::blocks`].
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn blocks(&self, from: u64, bytes_max: usize) -> Result<Vec<FinalBlock>, DirectoryError> {
        self.here().blocks(from, bytes_max)
    }

    /// [`Reader::lineage`].
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn lineage(&self, height: u64) -> Result<Option<Lineage>, DirectoryError> {
        self.here().lineage(height)
    }
}

#[cfg(test)]
mod tests;
