//! One subscription: first what is there, then what comes, each entry once, until the segment closes.
//!
//! The body calls [`Subscription::catch_up`] until it gives nothing, then [`Subscription::follow`] for each notice, and
//! `catch_up` again when `follow` asks for it. A slow reader needs no queue: it misses notices and catches up.

use xchat_proto::ids::LogId;
use xchat_proto::mailbox_wire::{Entry, EntryBody, Refusal, SubscriptionFrame};

use crate::mailbox::{Mailbox, Notice, PageLimits};
use crate::store::Store;

/// A position in a segment that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    log: LogId,
    epoch: u64,
    next: u64,
    live: bool,
    ended: bool,
}

impl Subscription {
    pub(crate) fn new(log: LogId, epoch: u64, from: u64) -> Self {
        Self {
            log,
            epoch,
            next: from,
            live: false,
            ended: false,
        }
    }

    /// The log.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The epoch of the segment.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether the last frame was given.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    fn frames(&mut self, entries: impl IntoIterator<Item = Entry>) -> Vec<SubscriptionFrame> {
        let mut frames = Vec::new();
        for entry in entries {
            self.next = entry.index.saturating_add(1);
            // LOG-17
            self.ended = matches!(entry.body, EntryBody::Commit { .. });
            frames.push(SubscriptionFrame::Entry(entry));
        }
        frames
    }

    /// The next frames of what is stored; empty when everything was given. The first time that it is,
    /// [`SubscriptionFrame::CaughtUp`] has been said.
    pub fn catch_up<S: Store>(&mut self, mailbox: &Mailbox<S>) -> Vec<SubscriptionFrame> {
        if self.ended {
            return Vec::new();
        }
        let page = match mailbox.read(&self.log, self.epoch, self.next, PageLimits::default()) {
            Ok(page) => page,
            Err(refusal) => return self.refused(refusal),
        };
        let mut frames = self.frames(page.entries);
        self.next = page.next;
        if page.closed && !self.ended {
            // Asked for what lies behind the closing commit: there is nothing and never will be.
            let refusal = match mailbox.open_epoch(&self.log) {
                Ok(open) => Refusal::StaleEpoch { open },
                Err(refusal) => refusal,
            };
            return self.refused(refusal);
        }
        if !page.more && !self.live && !self.ended {
            self.live = true;
            frames.push(SubscriptionFrame::CaughtUp);
        }
        frames
    }

    fn refused(&mut self, refusal: Refusal) -> Vec<SubscriptionFrame> {
        self.ended = true;
        vec![SubscriptionFrame::Refused(refusal)]
    }

    /// The frames of a notice, or `None` when entries before it are missing: then catch up.
    pub fn follow(&mut self, notice: &Notice) -> Option<Vec<SubscriptionFrame>> {
        if self.ended || notice.log != self.log || notice.epoch != self.epoch {
            return Some(Vec::new());
        }
        let new = notice.entries.iter().filter(|entry| entry.index >= self.next);
        let new: Vec<Entry> = new.cloned().collect();
        match new.first() {
            Some(first) if first.index > self.next || !self.live => None,
            _ => Some(self.frames(new)),
        }
    }
}
