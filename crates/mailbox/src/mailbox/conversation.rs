//! Conversation logs: create, append, decide commits.

use xchat_proto::codec::{self, Bounded};
use xchat_proto::decision::{CommitValue, Decision, DecisionCertificate};
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::COMMIT_VALUE_BYTES_MAX;
use xchat_proto::mailbox_wire::{EntryBody, EnvelopeBytes, Refusal, Reply};
use xchat_proto::signed::Signed;

use crate::layout;
use crate::log_state::{ENTRY_OVERHEAD_BYTES, Kind, LogState, Opening, Segment, body_of};
use crate::store::{Store, StoreError, Table};
use crate::transaction::{Fault, Transaction};

/// The open segment of a conversation.
#[derive(Debug, Clone, Copy)]
struct Open {
    created: Opening,
    opening: Opening,
    start: u64,
    next: u64,
    held: u64,
}

impl<S: Store> Transaction<'_, S> {
    pub(crate) fn create_conversation(
        &mut self,
        log: LogId,
        epoch: u64,
        capability: PublicKey,
    ) -> Result<Reply, Fault> {
        let created = Opening { epoch, capability };
        if let Some(found) = self.find(&log)? {
            // LOG-04: the same request is answered the same, also when the log has gone on since.
            return match found.state.kind {
                Kind::Conversation { created: before, .. } if before == created => Ok(Reply::Done),
                _ => Err(Refusal::LogTaken.into()),
            };
        }
        let kind = Kind::Conversation {
            created,
            open: created,
            start: 0,
        };
        self.create(log, LogState::new(kind));
        Ok(Reply::Done)
    }

    fn open_segment(&mut self, log: &LogId) -> Result<Open, Fault> {
        let state = &self.state(log)?.state;
        let Kind::Conversation { created, open, start } = state.kind else {
            return Err(Refusal::WrongKind.into());
        };
        Ok(Open {
            created,
            opening: open,
            start,
            next: state.next,
            held: state.held(),
        })
    }

    fn closed_segment(&self, log: &LogId, epoch: u64) -> Result<Option<(u64, u64)>, StoreError> {
        let segment: Option<Segment> = self.read_record(&layout::segment(log, epoch))?;
        Ok(segment.and_then(|segment| segment.end.map(|end| (segment.start, end))))
    }

    /// Where an envelope of `epoch` lies, if it does.
    pub(crate) fn index_of(
        &mut self,
        log: &LogId,
        epoch: u64,
        (start, end): (u64, u64),
        hash: &Hash,
    ) -> Result<Option<u64>, Fault> {
        let key = layout::envelope(log, epoch, hash);
        for day in self.state(log)?.state.days_of(start, end) {
            if let Some(index) = self.read(Table::Day(day), &key)? {
                let index = index.try_into().map_err(|_| StoreError::Damaged("an index"))?;
                return Ok(Some(u64::from_be_bytes(index)));
            }
        }
        Ok(None)
    }

    pub(crate) fn append(&mut self, log: LogId, epoch: u64, envelope: EnvelopeBytes) -> Result<Reply, Fault> {
        let open = self.open_segment(&log)?;
        if epoch > open.opening.epoch {
            return Err(Refusal::FutureEpoch.into());
        }
        let range = if epoch == open.opening.epoch {
            Some((open.start, open.next))
        } else {
            self.closed_segment(&log, epoch)?
        };
        let hash = Hash::of_envelope(envelope.as_slice());
        // LOG-03: what lies there already is said to lie there, whether or not the segment is still open.
        if let Some(range) = range
            && let Some(index) = self.index_of(&log, epoch, range, &hash)?
        {
            return Ok(Reply::Appended { index });
        }
        // LOG-06
        if epoch < open.opening.epoch {
            let open = open.opening.epoch;
            return Err(Refusal::StaleEpoch { open }.into());
        }
        if envelope.as_slice().is_empty() {
            return Err(Refusal::Malformed.into());
        }
        let size = envelope.as_slice().len() as u64;
        // LOG-13: the last part is for commits.
        let quota = self
            .quotas
            .log_bytes
            .saturating_sub(self.quotas.log_bytes_for_commits);
        if needed(open.held, size) > quota {
            return Err(Refusal::QuotaExceeded.into());
        }
        let pushed = self.push(log, epoch, EntryBody::Envelope(envelope), size)?;
        let key = layout::envelope(&log, epoch, &hash);
        self.put(Table::Day(pushed.day), key, pushed.index.to_be_bytes().to_vec());
        Ok(Reply::Appended { index: pushed.index })
    }

    pub(crate) fn submit_commit(
        &mut self,
        log: LogId,
        epoch: u64,
        value: CommitValue,
    ) -> Result<Reply, Fault> {
        let open = self.open_segment(&log)?;
        if epoch > open.opening.epoch {
            return Err(Refusal::FutureEpoch.into());
        }
        // LOG-08: compare-and-set. Whoever comes second is told what was decided.
        if epoch < open.opening.epoch {
            if epoch < open.created.epoch {
                return Err(Refusal::StaleEpoch {
                    open: open.opening.epoch,
                }
                .into());
            }
            return self.decided(&log, epoch);
        }
        let size = codec::encode(&value).len();
        if size > COMMIT_VALUE_BYTES_MAX {
            return Err(Refusal::TooLarge.into());
        }
        let next_epoch = epoch.checked_add(1).ok_or(Refusal::Malformed)?;
        let home = NodeId(self.home.public().0);
        // LOG-09: one home decides alone, so a value that names others would leave the log without a majority; and a
        // key that stays the same would let a removed member read on.
        let mut homes = value.next_homes.as_slice().iter().map(|endpoint| endpoint.id);
        let alone = homes.next() == Some(home) && homes.next().is_none();
        if !alone || value.next_capability == open.opening.capability || value.envelope.as_slice().is_empty()
        {
            return Err(Refusal::Malformed.into());
        }
        let size = size as u64;
        if needed(open.held, size) > self.quotas.log_bytes {
            return Err(Refusal::QuotaExceeded.into());
        }
        let decision = Decision {
            home,
            log,
            epoch,
            value: value.hash(),
        };
        let signed = Signed::new(&decision, self.home).map_err(|_| Refusal::Malformed)?;
        let decisions = Bounded::new(vec![signed]).map_err(|_| Refusal::Malformed)?;
        let certificate = DecisionCertificate { decisions };
        let body = EntryBody::Commit {
            value: value.clone(),
            certificate: certificate.clone(),
        };
        let pushed = self.push(log, epoch, body, size)?;
        let end = pushed.index.saturating_add(1);
        let closed = Segment {
            start: open.start,
            end: Some(end),
            capability: open.opening.capability,
        };
        self.put_record(layout::segment(&log, epoch), &closed);
        let touched = self.state(&log)?;
        touched.changed = true;
        touched.state.kind = Kind::Conversation {
            created: open.created,
            open: Opening {
                epoch: next_epoch,
                capability: value.next_capability,
            },
            start: end,
        };
        Ok(Reply::Decided { value, certificate })
    }

    fn decided(&mut self, log: &LogId, epoch: u64) -> Result<Reply, Fault> {
        let expired = self.state(log)?.state.expired();
        let (_, end) = self.closed_segment(log, epoch)?.ok_or(expired)?;
        let index = end.saturating_sub(1);
        for day in self.state(log)?.state.days_of(index, end) {
            if let Some(entry) = self.read(Table::Day(day), &layout::entry(log, index))? {
                return match body_of(&entry)? {
                    EntryBody::Commit { value, certificate } => Ok(Reply::Decided { value, certificate }),
                    EntryBody::Envelope(_) => Err(StoreError::Damaged("a segment's end is no commit").into()),
                };
            }
        }
        Err(expired.into())
    }
}

/// The bytes that a log would hold with one more entry.
pub(super) fn needed(held: u64, size: u64) -> u64 {
    held.saturating_add(size).saturating_add(ENTRY_OVERHEAD_BYTES)
}
