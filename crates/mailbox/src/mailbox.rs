//! The mailbox of one home: commands in, replies and notices out.

mod blobs;
mod conversation;
mod expire;
mod inbox;
mod key_packages;
mod read;

use thiserror::Error;
use xchat_proto::blob_wire::BlobRefusal;
use xchat_proto::ids::{LogId, NodeId};
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::{INBOX_ENTRIES_MAX, LOG_BYTES_FOR_COMMITS, LOG_BYTES_MAX};
use xchat_proto::mailbox_wire::{Entry, Refusal, Reply};

use crate::blob::{BlobCommand, BlobDone, BlobQuotas};
use crate::cache::Cache;
use crate::command::Command;
use crate::layout;
use crate::store::{Changes, Store, StoreError, Table};
use crate::transaction::{Fault, Finished, Transaction};

use self::blobs::BlobFault;

pub use read::{Page, PageLimits};

/// States of logs that one generation of the cache holds.
const CACHED_LOGS_MAX: usize = 16 * 1024;

/// How much one log may hold. An operator may give less than the protocol's limits, which are the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Most bytes of a log, with 128 for each entry.
    pub log_bytes: u64,
    /// The part of them that only commits may use.
    pub log_bytes_for_commits: u64,
    /// Most entries of an inbox.
    pub inbox_entries: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            log_bytes: LOG_BYTES_MAX,
            log_bytes_for_commits: LOG_BYTES_FOR_COMMITS,
            inbox_entries: INBOX_ENTRIES_MAX,
        }
    }
}

/// Why a mailbox can't be opened on a store.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The store belongs to another home: a home's identity and its store live and die together.
    #[error("the store belongs to another home ({found:?})")]
    OtherHome {
        /// Whose it is.
        found: NodeId,
    },
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// New entries of a segment, for its subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The log.
    pub log: LogId,
    /// The epoch of the segment.
    pub epoch: u64,
    /// The entries, in order; a commit is the last one that the segment will have.
    pub entries: Vec<Entry>,
}

/// What came of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// One reply for each command, in order.
    pub replies: Vec<Reply>,
    /// What subscribers are to be told.
    pub notices: Vec<Notice>,
}

/// What came of commands on blobs: one result for each, in order.
pub type BlobsApplied = Vec<Result<BlobDone, BlobRefusal>>;

/// The mailbox of one home.
#[derive(Debug)]
pub struct Mailbox<S> {
    home: SigningKey,
    id: NodeId,
    store: S,
    quotas: Quotas,
    blob_quotas: BlobQuotas,
    cache: Cache,
    failed: bool,
    expiring: Option<(u64, LogId)>,
}

impl<S: Store> Mailbox<S> {
    /// Opens the mailbox of the home whose key this is.
    ///
    /// # Errors
    /// [`OpenError`] when the store belongs to another home or can't be used.
    pub fn open(home: SigningKey, store: S) -> Result<Self, OpenError> {
        Self::open_with(home, store, Quotas::default())
    }

    /// Opens the mailbox with other quotas than the protocol's.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Mailbox::open`].
    pub fn open_with(home: SigningKey, mut store: S, quotas: Quotas) -> Result<Self, OpenError> {
        let id = NodeId(home.public().0);
        // LOG-18: the identity is bound to the store.
        match store.read(Table::Main, &layout::home())? {
            Some(found) => {
                let found = NodeId::from_slice(&found).ok_or(StoreError::Damaged("the home's id"))?;
                if found != id {
                    return Err(OpenError::OtherHome { found });
                }
            }
            None => {
                let mut changes = Changes::default();
                changes.put(Table::Main, layout::home(), id.0.to_vec());
                store.commit(changes)?;
            }
        }
        Ok(Self {
            home,
            id,
            store,
            quotas,
            blob_quotas: BlobQuotas::default(),
            cache: Cache::new(CACHED_LOGS_MAX),
            failed: false,
            expiring: None,
        })
    }

    /// Lets blobs take other room than by default.
    pub fn set_blob_quotas(&mut self, quotas: BlobQuotas) {
        self.blob_quotas = quotas;
    }

    /// The home's id.
    pub fn home(&self) -> NodeId {
        self.id
    }

    /// The store, without the mailbox.
    pub fn into_store(self) -> S {
        self.store
    }

    /// The store, to look at.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Carries out a batch in order, with one durable commit. The replies are true once this returns: what they
    /// acknowledge is on disk. When the store fails, every reply of the batch says so, and nothing of it is
    /// acknowledged.
    pub fn apply(&mut self, batch: Vec<Command>, now_ms: u64) -> Applied {
        self.apply_all(batch, &[], now_ms).0
    }

    /// The same with commands on blobs, which come after the others and are on disk with them.
    pub fn apply_all(
        &mut self,
        batch: Vec<Command>,
        blobs: &[BlobCommand],
        now_ms: u64,
    ) -> (Applied, BlobsApplied) {
        let length = batch.len();
        match self.try_apply(batch, blobs, now_ms) {
            Ok(applied) => applied,
            Err(error) => {
                tracing::warn!(%error, "the mailbox's store failed");
                self.fail();
                // LOG-15
                let applied = Applied {
                    replies: vec![Reply::Refused(Refusal::StorageFailed); length],
                    notices: Vec::new(),
                };
                (applied, vec![Err(BlobRefusal::StorageFailed); blobs.len()])
            }
        }
    }

    fn try_apply(
        &mut self,
        batch: Vec<Command>,
        blobs: &[BlobCommand],
        now_ms: u64,
    ) -> Result<(Applied, BlobsApplied), StoreError> {
        self.ensure_sound()?;
        let mut transaction = self.transaction(now_ms);
        let mut replies = Vec::with_capacity(batch.len());
        for command in batch {
            replies.push(match transaction.execute(command) {
                Ok(reply) => reply,
                Err(Fault::Refused(refusal)) => Reply::Refused(refusal),
                Err(Fault::Store(error)) => return Err(error),
            });
        }
        let mut blobs_applied = Vec::with_capacity(blobs.len());
        for command in blobs {
            blobs_applied.push(match transaction.execute_blob(command) {
                Ok(done) => Ok(done),
                Err(BlobFault::Refused(refusal)) => Err(refusal),
                Err(BlobFault::Store(error)) => return Err(error),
            });
        }
        let finished = transaction.finish();
        let notices = self.commit(finished)?;
        Ok((Applied { replies, notices }, blobs_applied))
    }

    fn transaction(&mut self, now_ms: u64) -> Transaction<'_, S> {
        let quotas = (&self.quotas, self.blob_quotas);
        Transaction::new(&self.store, &mut self.cache, &self.home, quotas, now_ms)
    }

    fn commit(&mut self, finished: Finished) -> Result<Vec<Notice>, StoreError> {
        if !finished.changes.is_empty() {
            self.store.commit(finished.changes)?;
        }
        for (log, touched) in finished.states {
            self.cache.put(log, touched.state);
        }
        Ok(finished.notices)
    }

    /// Forgets what it believed and tries to read what is really on disk.
    fn fail(&mut self) {
        self.cache.clear();
        self.expiring = None;
        self.failed = self.store.recover().is_err();
    }

    fn ensure_sound(&mut self) -> Result<(), StoreError> {
        if self.failed {
            self.store.recover()?;
            self.failed = false;
        }
        Ok(())
    }
}
