//! Inboxes: create, deposit, trim, and the contact card.

use xchat_proto::codec;
use xchat_proto::contact::ContactCard;
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{CONTACT_CARD_BYTES_MAX, WORK_BITS_MAX};
use xchat_proto::mailbox_wire::{EntryBody, EnvelopeBytes, Refusal, Reply};

use super::conversation::needed;
use crate::layout;
use crate::log_state::{Kind, LogState, bytes_of};
use crate::store::{Store, StoreError, Table};
use crate::transaction::{Fault, Transaction};

impl<S: Store> Transaction<'_, S> {
    pub(crate) fn create_inbox(
        &mut self,
        log: LogId,
        owner: PublicKey,
        deposit_bits: u8,
    ) -> Result<Reply, Fault> {
        let kind = Kind::Inbox { owner, deposit_bits };
        if let Some(found) = self.find(&log)? {
            // LOG-04
            return if found.state.kind == kind {
                Ok(Reply::Done)
            } else {
                Err(Refusal::LogTaken.into())
            };
        }
        if deposit_bits > WORK_BITS_MAX {
            return Err(Refusal::Malformed.into());
        }
        self.create(log, LogState::new(kind));
        Ok(Reply::Done)
    }

    pub(crate) fn inbox(&mut self, log: &LogId) -> Result<&LogState, Fault> {
        let state = &self.state(log)?.state;
        match state.kind {
            Kind::Inbox { .. } => Ok(state),
            Kind::Conversation { .. } => Err(Refusal::WrongKind.into()),
        }
    }

    pub(crate) fn deposit(&mut self, log: LogId, envelope: EnvelopeBytes) -> Result<Reply, Fault> {
        let inbox = self.inbox(&log)?;
        let (next, held) = (inbox.next, inbox.held());
        let entries = next.saturating_sub(inbox.kept);
        let hash = Hash::of_envelope(envelope.as_slice());
        // LOG-03: this also keeps one payment from filling the inbox again after it was trimmed.
        if let Some(index) = self.index_of(&log, 0, (0, next), &hash)? {
            return Ok(Reply::Appended { index });
        }
        if envelope.as_slice().is_empty() {
            return Err(Refusal::Malformed.into());
        }
        let size = envelope.as_slice().len() as u64;
        // LOG-13
        if entries >= self.quotas.inbox_entries || needed(held, size) > self.quotas.log_bytes {
            return Err(Refusal::QuotaExceeded.into());
        }
        let pushed = self.push(log, 0, EntryBody::Envelope(envelope), size)?;
        let key = layout::envelope(&log, 0, &hash);
        self.put(Table::Day(pushed.day), key, pushed.index.to_be_bytes().to_vec());
        Ok(Reply::Appended { index: pushed.index })
    }

    pub(crate) fn trim_inbox(&mut self, log: LogId, before: u64) -> Result<Reply, Fault> {
        let state = self.inbox(&log)?;
        let before = before.min(state.next);
        let kept = state.kept;
        if before <= kept {
            return Ok(Reply::Done);
        }
        let mut removed = Vec::new();
        let ends = state.spans.iter().skip(1).map(|span| span.first);
        for (span, end) in state.spans.iter().zip(ends.chain(std::iter::once(state.next))) {
            let table = Table::Day(span.day);
            removed.extend((span.first.max(kept)..end.min(before)).map(|index| (table, index)));
        }
        let (table, last) = removed
            .last()
            .copied()
            .ok_or(StoreError::Damaged("entries without a day"))?;
        let last = self.read(table, &layout::entry(&log, last))?;
        let bytes_gone = bytes_of(&last.ok_or(StoreError::Damaged("an entry is missing"))?)?;
        for (table, index) in removed {
            self.remove(table, layout::entry(&log, index));
        }
        let touched = self.state(&log)?;
        touched.changed = true;
        touched.state.kept = before;
        touched.state.bytes_gone = bytes_gone;
        Ok(Reply::Done)
    }

    pub(crate) fn publish_card(&mut self, log: LogId, card: &ContactCard) -> Result<Reply, Fault> {
        self.inbox(&log)?;
        let bytes = codec::encode(card);
        if bytes.len() > CONTACT_CARD_BYTES_MAX {
            return Err(Refusal::TooLarge.into());
        }
        if card.inbox_key.log != log {
            return Err(Refusal::Malformed.into());
        }
        self.put(Table::Main, layout::card(&log), bytes);
        Ok(Reply::Done)
    }
}
