//! Reading: entries of a segment, capability keys, cards and counts. Nothing here writes.

use std::borrow::Cow;
use std::ops::ControlFlow;

use xchat_proto::capability::Role;
use xchat_proto::contact::ContactCard;
use xchat_proto::ids::LogId;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{READ_BYTES_MAX, READ_ENTRIES_MAX};
use xchat_proto::mailbox_wire::{Entry, Refusal};

use super::Mailbox;
use super::key_packages::Devices;
use crate::layout;
use crate::log_state::{Kind, LogState, Segment, body_of, decode};
use crate::store::{Store, StoreError, Table};
use crate::transaction::load_state;

/// How much one page may hold. A single entry is given however large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// Most entries.
    pub entries: usize,
    /// Most bytes of entries.
    pub bytes: usize,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self {
            entries: READ_ENTRIES_MAX,
            bytes: READ_BYTES_MAX,
        }
    }
}

/// Entries of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries, in order of index.
    pub entries: Vec<Entry>,
    /// Whether more of the segment can be read at once.
    pub more: bool,
    /// The index to read from next.
    pub next: u64,
    /// Whether the segment is closed and the page holds its end.
    pub closed: bool,
}

fn storage_failed(error: &StoreError) -> Refusal {
    tracing::warn!(%error, "the mailbox's store can't be read");
    Refusal::StorageFailed
}

impl<S: Store> Mailbox<S> {
    fn state(&self, log: &LogId) -> Result<Cow<'_, LogState>, Refusal> {
        if let Some(state) = self.cache.find(log) {
            return Ok(Cow::Borrowed(state));
        }
        let state = load_state(&self.store, log).map_err(|error| storage_failed(&error))?;
        state.map(Cow::Owned).ok_or(Refusal::UnknownLog)
    }

    pub(super) fn record<T: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        key: &[u8],
    ) -> Result<Option<T>, Refusal> {
        let record = self
            .store
            .read(Table::Main, key)
            .map_err(|error| storage_failed(&error))?;
        let record = record.map(|record| decode(&record)).transpose();
        record.map_err(|error| storage_failed(&error))
    }

    fn segment(&self, log: &LogId, state: &LogState, epoch: u64) -> Result<Segment, Refusal> {
        match state.kind {
            Kind::Inbox { owner, .. } if epoch == 0 => Ok(Segment {
                start: state.kept,
                end: None,
                capability: owner,
            }),
            Kind::Inbox { .. } => Err(Refusal::FutureEpoch),
            Kind::Conversation { open, start, .. } if epoch == open.epoch => Ok(Segment {
                start,
                end: None,
                capability: open.capability,
            }),
            Kind::Conversation { open, .. } if epoch > open.epoch => Err(Refusal::FutureEpoch),
            Kind::Conversation { created, open, .. } if epoch < created.epoch => {
                Err(Refusal::StaleEpoch { open: open.epoch })
            }
            Kind::Conversation { .. } => {
                let segment = self.record(&layout::segment(log, epoch))?;
                segment.ok_or_else(|| state.expired())
            }
        }
    }

    /// The key that proves `role` for the segment of `epoch`.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such log or segment, or the log knows no such role.
    pub fn access(&self, log: &LogId, role: Role, epoch: u64) -> Result<PublicKey, Refusal> {
        let state = self.state(log)?;
        match (state.kind, role) {
            (Kind::Conversation { .. }, Role::Member) | (Kind::Inbox { .. }, Role::Owner) => {
                Ok(self.segment(log, &state, epoch)?.capability)
            }
            _ => Err(Refusal::WrongKind),
        }
    }

    /// The epoch of a conversation's open segment.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such conversation.
    pub fn open_epoch(&self, log: &LogId) -> Result<u64, Refusal> {
        match self.state(log)?.kind {
            Kind::Conversation { open, .. } => Ok(open.epoch),
            Kind::Inbox { .. } => Err(Refusal::WrongKind),
        }
    }

    /// The price of a deposit into an inbox, in bits of work.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such inbox.
    pub fn deposit_bits(&self, log: &LogId) -> Result<u8, Refusal> {
        match self.state(log)?.kind {
            Kind::Inbox { deposit_bits, .. } => Ok(deposit_bits),
            Kind::Conversation { .. } => Err(Refusal::WrongKind),
        }
    }

    /// Entries of a segment from an index on (of an inbox: epoch 0). The caller has checked the capability.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such segment (any more), or the entries asked for have expired.
    pub fn read(&self, log: &LogId, epoch: u64, from: u64, limits: PageLimits) -> Result<Page, Refusal> {
        let state = self.state(log)?;
        let segment = self.segment(log, &state, epoch)?;
        // LOG-07: up to and including the commit that closes the segment, never beyond.
        let end = segment.end.unwrap_or(state.next);
        // LOG-17: who asks for what lies behind the head is given what comes next.
        let from = from.max(segment.start).min(end);
        if from < state.kept {
            return Err(state.expired());
        }
        let mut page = Page {
            entries: Vec::new(),
            more: false,
            next: from,
            closed: false,
        };
        self.fill(log, &state, end, limits, &mut page)
            .map_err(|error| storage_failed(&error))?;
        page.more = page.next < end;
        page.closed = segment.end.is_some() && !page.more;
        Ok(page)
    }

    fn fill(
        &self,
        log: &LogId,
        state: &LogState,
        end: u64,
        limits: PageLimits,
        page: &mut Page,
    ) -> Result<(), StoreError> {
        let mut bytes = 0_usize;
        let mut full = false;
        for day in state.days_of(page.next, end) {
            let (from, to) = (layout::entry(log, page.next), layout::entry(log, end));
            let mut damaged = None;
            self.store.scan(Table::Day(day), &from, &to, &mut |key, value| {
                bytes = bytes.saturating_add(value.len());
                let first = page.entries.is_empty();
                full = page.entries.len() >= limits.entries || (bytes > limits.bytes && !first);
                if full {
                    return ControlFlow::Break(());
                }
                let index = layout::entry_of(key).map(|(_, index)| index);
                match body_of(value) {
                    Ok(body) if index == Some(page.next) => {
                        page.entries.push(Entry {
                            index: page.next,
                            body,
                        });
                        page.next = page.next.saturating_add(1);
                        ControlFlow::Continue(())
                    }
                    Ok(_) => {
                        damaged = Some(StoreError::Damaged("an entry is missing"));
                        ControlFlow::Break(())
                    }
                    Err(error) => {
                        damaged = Some(error);
                        ControlFlow::Break(())
                    }
                }
            })?;
            if let Some(error) = damaged {
                return Err(error);
            }
            if full {
                return Ok(());
            }
        }
        if page.next < end {
            return Err(StoreError::Damaged("entries are missing at the end"));
        }
        Ok(())
    }

    /// The contact card of an inbox.
    ///
    /// # Errors
    /// [`Refusal::NothingThere`] when none was published.
    pub fn card(&self, log: &LogId) -> Result<ContactCard, Refusal> {
        self.deposit_bits(log)?;
        self.record(&layout::card(log))?.ok_or(Refusal::NothingThere)
    }

    /// How many one-time KeyPackages of a device are left.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such inbox.
    pub fn count(&self, log: &LogId, device: &PublicKey) -> Result<u64, Refusal> {
        self.deposit_bits(log)?;
        let devices: Devices = self.record(&layout::devices(log))?.unwrap_or_default();
        let queue = devices.queues.iter().find(|queue| queue.device == *device);
        Ok(queue.map_or(0, super::key_packages::Queue::count))
    }
}
