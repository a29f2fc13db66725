//! One batch of commands, seen by itself before anybody else sees it.
//!
//! Reads go through the changes of the batch, so later commands see earlier ones. Nothing here is acknowledged: the
//! mailbox does that once the changes are on disk, and forgets the transaction when they are not.

use std::collections::BTreeMap;

use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Entry, EntryBody, Refusal, Reply};

use crate::blob::BlobQuotas;
use crate::cache::Cache;
use crate::command::Command;
use crate::layout;
use crate::log_state::{ENTRY_OVERHEAD_BYTES, LogState, Span, bytes_of, decode, entry_value, expiry_day};
use crate::mailbox::{Notice, Quotas};
use crate::store::{Changes, Store, StoreError, Table};

/// Why a command is not carried out.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The command is refused, and changed nothing.
    Refused(Refusal),
    /// The store failed: the whole batch fails.
    Store(StoreError),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A state and whether its record must be written.
#[derive(Debug)]
pub(crate) struct Touched {
    pub(crate) state: LogState,
    pub(crate) changed: bool,
}

pub(crate) struct Transaction<'m, S> {
    pub(crate) store: &'m S,
    pub(crate) home: &'m SigningKey,
    pub(crate) quotas: &'m Quotas,
    pub(crate) blob_quotas: BlobQuotas,
    pub(crate) now_ms: u64,
    pub(crate) today: u64,
    cache: &'m mut Cache,
    changes: Changes,
    states: BTreeMap<LogId, Touched>,
    notices: BTreeMap<(LogId, u64), Vec<Entry>>,
}

/// What a transaction leaves behind.
pub(crate) struct Finished {
    pub(crate) changes: Changes,
    pub(crate) states: BTreeMap<LogId, Touched>,
    pub(crate) notices: Vec<Notice>,
}

/// The state of a log as the store has it.
pub(crate) fn load_state<S: Store>(store: &S, log: &LogId) -> Result<Option<LogState>, StoreError> {
    let Some(record) = store.read(Table::Main, &layout::log(log))? else {
        return Ok(None);
    };
    let mut state: LogState = decode(&record)?;
    if let Some(span) = state.spans.last() {
        let (from, to) = (layout::entry(log, 0), layout::entry(log, u64::MAX));
        if let Some((key, value)) = store.last(Table::Day(span.day), &from, &to)? {
            let (_, index) = layout::entry_of(&key).ok_or(StoreError::Damaged("an entry's key"))?;
            state.next = state.next.max(index.saturating_add(1));
            state.bytes = state.bytes.max(bytes_of(&value)?);
        }
    }
    Ok(Some(state))
}

impl<'m, S: Store> Transaction<'m, S> {
    pub(crate) fn new(
        store: &'m S,
        cache: &'m mut Cache,
        home: &'m SigningKey,
        (quotas, blob_quotas): (&'m Quotas, BlobQuotas),
        now_ms: u64,
    ) -> Self {
        Self {
            store,
            home,
            quotas,
            blob_quotas,
            now_ms,
            today: expiry_day(now_ms),
            cache,
            changes: Changes::default(),
            states: BTreeMap::new(),
            notices: BTreeMap::new(),
        }
    }

    /// Carries out a command: refused before its first change, or done.
    pub(crate) fn execute(&mut self, command: Command) -> Result<Reply, Fault> {
        match command {
            Command::CreateConversation {
                log,
                epoch,
                capability,
            } => self.create_conversation(log, epoch, capability),
            Command::CreateInbox {
                log,
                owner,
                deposit_bits,
            } => self.create_inbox(log, owner, deposit_bits),
            Command::Append { log, epoch, envelope } => self.append(log, epoch, envelope),
            Command::SubmitCommit { log, epoch, value } => self.submit_commit(log, epoch, value),
            Command::Deposit { log, envelope } => self.deposit(log, envelope),
            Command::TrimInbox { log, before } => self.trim_inbox(log, before),
            Command::PublishCard { log, card } => self.publish_card(log, &card),
            Command::PublishKeyPackages {
                log,
                device,
                one_time,
                last_resort,
            } => self.publish_key_packages(log, device, one_time.into_vec(), last_resort),
            Command::FetchKeyPackage { log, device, salt } => self.fetch_key_package(log, device, salt),
        }
    }

    pub(crate) fn finish(self) -> Finished {
        let mut changes = self.changes;
        for (log, touched) in &self.states {
            if touched.changed {
                let record = xchat_proto::codec::encode(&touched.state);
                changes.put(Table::Main, layout::log(log), record);
            }
        }
        let notice = |((log, epoch), entries)| Notice { log, epoch, entries };
        Finished {
            changes,
            states: self.states,
            notices: self.notices.into_iter().map(notice).collect(),
        }
    }

    pub(crate) fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.changes.find(table, key) {
            Some(changed) => Ok(changed.map(<[u8]>::to_vec)),
            None => self.store.read(table, key),
        }
    }

    pub(crate) fn read_record<T: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        key: &[u8],
    ) -> Result<Option<T>, StoreError> {
        self.read(Table::Main, key)?
            .map(|record| decode(&record))
            .transpose()
    }

    pub(crate) fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.changes.put(table, key, value);
    }

    pub(crate) fn put_record<T: minicbor::Encode<()>>(&mut self, key: Vec<u8>, record: &T) {
        self.changes
            .put(Table::Main, key, xchat_proto::codec::encode(record));
    }

    pub(crate) fn remove(&mut self, table: Table, key: Vec<u8>) {
        self.changes.remove(table, key);
    }

    pub(crate) fn create(&mut self, log: LogId, state: LogState) {
        self.states.insert(log, Touched { state, changed: true });
    }

    pub(crate) fn find(&mut self, log: &LogId) -> Result<Option<&mut Touched>, StoreError> {
        if !self.states.contains_key(log) {
            // Taken out of the cache: should the batch fail, the cache is cleared and nothing stale is left in it.
            let state = match self.cache.take(log) {
                Some(state) => Some(state),
                None => load_state(self.store, log)?,
            };
            if let Some(state) = state {
                self.states.insert(
                    *log,
                    Touched {
                        state,
                        changed: false,
                    },
                );
            }
        }
        Ok(self.states.get_mut(log))
    }

    pub(crate) fn state(&mut self, log: &LogId) -> Result<&mut Touched, Fault> {
        Ok(self.find(log)?.ok_or(Refusal::UnknownLog)?)
    }

    /// Adds an entry to the log.
    pub(crate) fn push(
        &mut self,
        log: LogId,
        epoch: u64,
        body: EntryBody,
        size: u64,
    ) -> Result<Pushed, Fault> {
        let today = self.today;
        let touched = self.state(&log)?;
        let state = &mut touched.state;
        // A clock that steps back must not put an entry on an earlier day than the entry before it.
        let day = state.spans.last().map_or(today, |span| span.day.max(today));
        if state.spans.last().is_none_or(|span| span.day != day) {
            state.forget_trimmed(today);
            state.spans.push(Span {
                day,
                first: state.next,
                bytes_before: state.bytes,
            });
            touched.changed = true;
        }
        let index = state.next;
        state.next = state.next.saturating_add(1);
        state.bytes = state
            .bytes
            .saturating_add(size)
            .saturating_add(ENTRY_OVERHEAD_BYTES);
        let value = entry_value(state.bytes, &body);
        self.put(Table::Day(day), layout::entry(&log, index), value);
        self.notices
            .entry((log, epoch))
            .or_default()
            .push(Entry { index, body });
        Ok(Pushed { index, day })
    }
}

/// Where an entry went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pushed {
    pub(crate) index: u64,
    pub(crate) day: u64,
}
