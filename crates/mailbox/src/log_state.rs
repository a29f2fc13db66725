//! What a home knows of a log without reading its entries.

use minicbor::{Decode, Encode};
use xchat_proto::codec;
use xchat_proto::decision::{CommitValue, DecisionCertificate};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{DAY_MS, FRAME_BYTES_MAX, RETENTION_MS};
use xchat_proto::mailbox_wire::{EntryBody, EnvelopeBytes, Refusal};

use crate::store::StoreError;

/// What an entry costs beside its bytes, so that empty envelopes fill a quota too.
pub(crate) const ENTRY_OVERHEAD_BYTES: u64 = 128;

/// The day whose end is the end of an entry appended now: at least the retention ahead.
pub(crate) fn expiry_day(now_ms: u64) -> u64 {
    now_ms.saturating_add(RETENTION_MS) / DAY_MS
}

/// Whether a day is over.
pub(crate) fn is_over(day: u64, now_ms: u64) -> bool {
    day.saturating_add(1).saturating_mul(DAY_MS) <= now_ms
}

/// An epoch and its capability key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Opening {
    #[n(0)]
    pub(crate) epoch: u64,
    #[n(1)]
    pub(crate) capability: PublicKey,
}

/// What kind of log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Kind {
    #[n(0)]
    Conversation {
        /// How it was created.
        #[n(0)]
        created: Opening,
        /// The open segment.
        #[n(1)]
        open: Opening,
        /// The index at which the open segment starts.
        #[n(2)]
        start: u64,
    },
    #[n(1)]
    Inbox {
        #[n(0)]
        owner: PublicKey,
        #[n(1)]
        deposit_bits: u8,
    },
}

/// Consecutive entries that expire on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Span {
    #[n(0)]
    pub(crate) day: u64,
    /// The first index of the span; it ends where the next one starts.
    #[n(1)]
    pub(crate) first: u64,
    /// The bytes ever appended before it.
    #[n(2)]
    pub(crate) bytes_before: u64,
}

/// The state of a log. Stored when something other than its head changes; the head is then taken from the last entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct LogState {
    #[n(0)]
    pub(crate) kind: Kind,
    /// The index of the next entry.
    #[n(1)]
    pub(crate) next: u64,
    /// The bytes ever appended.
    #[n(2)]
    pub(crate) bytes: u64,
    /// The first index that is still here.
    #[n(3)]
    pub(crate) kept: u64,
    /// The bytes ever appended before that.
    #[n(4)]
    pub(crate) bytes_gone: u64,
    /// Where the entries lie, in order.
    #[n(5)]
    pub(crate) spans: Vec<Span>,
}

/// A segment: the indices `start..end`, or `start..` while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Segment {
    #[n(0)]
    pub(crate) start: u64,
    #[n(1)]
    pub(crate) end: Option<u64>,
    #[n(2)]
    pub(crate) capability: PublicKey,
}

impl LogState {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            next: 0,
            bytes: 0,
            kept: 0,
            bytes_gone: 0,
            spans: Vec::new(),
        }
    }

    /// The answer to who asks for what is not kept any more.
    pub(crate) fn expired(&self) -> Refusal {
        let open = match self.kind {
            Kind::Conversation { open, .. } => open.epoch,
            Kind::Inbox { .. } => 0,
        };
        Refusal::Expired {
            open,
            first: self.kept,
        }
    }

    /// The bytes that the log holds.
    pub(crate) fn held(&self) -> u64 {
        self.bytes.saturating_sub(self.bytes_gone)
    }

    /// The days on which entries of `start..end` lie.
    pub(crate) fn days_of(&self, start: u64, end: u64) -> Vec<u64> {
        let ends = self.spans.iter().skip(1).map(|span| span.first);
        let ends = ends.chain(std::iter::once(self.next));
        let spans = self.spans.iter().zip(ends);
        spans
            .filter(|(span, span_end)| span.first < end && *span_end > start)
            .map(|(span, _)| span.day)
            .collect()
    }

    /// Drops the spans up to and including `day`. Whether anything changed.
    pub(crate) fn expire(&mut self, day: u64) -> bool {
        let before = self.spans.len();
        self.spans.retain(|span| span.day > day);
        if self.spans.len() == before {
            return false;
        }
        let rest = Span {
            day,
            first: self.next,
            bytes_before: self.bytes,
        };
        let first = self.spans.first().copied().unwrap_or(rest);
        self.kept = self.kept.max(first.first);
        self.bytes_gone = self.bytes_gone.max(first.bytes_before);
        true
    }
}

impl LogState {
    /// Drops the spans that were trimmed and whose day is over: expiry finds logs by their entries, so nobody else
    /// would.
    pub(crate) fn forget_trimmed(&mut self, today: u64) {
        let ongoing = today.saturating_sub(RETENTION_MS / DAY_MS);
        while let [first, second, ..] = self.spans.as_slice()
            && second.first <= self.kept
            && first.day < ongoing
        {
            self.spans.remove(0);
        }
    }
}

/// A decided commit as it lies in the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Decided {
    #[n(0)]
    pub(crate) value: CommitValue,
    #[n(1)]
    pub(crate) certificate: DecisionCertificate,
}

const ENVELOPE: u8 = 0;
const COMMIT: u8 = 1;

/// An entry as it is stored: the bytes ever appended up to and including it, its kind, its body.
pub(crate) fn entry_value(bytes: u64, body: &EntryBody) -> Vec<u8> {
    let with = |kind: u8, body: &[u8]| [&bytes.to_be_bytes(), &[kind][..], body].concat();
    match body {
        EntryBody::Envelope(envelope) => with(ENVELOPE, envelope.as_slice()),
        EntryBody::Commit { value, certificate } => {
            let decided = Decided {
                value: value.clone(),
                certificate: certificate.clone(),
            };
            with(COMMIT, &codec::encode(&decided))
        }
    }
}

/// The bytes ever appended up to and including a stored entry.
pub(crate) fn bytes_of(value: &[u8]) -> Result<u64, StoreError> {
    let bytes = value
        .first_chunk()
        .ok_or(StoreError::Damaged("an entry is cut short"))?;
    Ok(u64::from_be_bytes(*bytes))
}

/// The body of a stored entry.
pub(crate) fn body_of(value: &[u8]) -> Result<EntryBody, StoreError> {
    match value.get(8..).and_then(<[u8]>::split_first) {
        Some((&ENVELOPE, body)) => {
            let envelope = EnvelopeBytes::new(body.to_vec());
            let envelope = envelope.map_err(|_| StoreError::Damaged("an envelope is too long"))?;
            Ok(EntryBody::Envelope(envelope))
        }
        Some((&COMMIT, body)) => {
            let Decided { value, certificate } = decode(body)?;
            Ok(EntryBody::Commit { value, certificate })
        }
        _ => Err(StoreError::Damaged("an entry is of no known kind")),
    }
}

/// A stored record.
pub(crate) fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, StoreError> {
    codec::decode(bytes, FRAME_BYTES_MAX).map_err(|_| StoreError::Damaged("a record is malformed"))
}
