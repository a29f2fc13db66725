//! Who waits for news of which segment.
//!
//! The hub never waits and never queues without bound: a subscriber that has not taken what it was given is marked, and
//! reads from the store when it comes back. Ephemeral envelopes it then has missed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use xchat_mailbox::{EphemeralNotice, Notice};
use xchat_proto::ids::LogId;
use xchat_proto::mailbox_wire::EntryBody;

use crate::limits::{LIVE_BYTES_MAX, LIVE_ITEMS_MAX};
use crate::stats::Counters;

/// What a subscriber is given as it happens.
#[derive(Debug, Clone)]
pub(crate) enum Live {
    /// New entries.
    Entries(Arc<Notice>),
    /// There are new entries in the store.
    Stored,
    /// An ephemeral envelope.
    Ephemeral(Arc<EphemeralNotice>),
}

type Segment = (LogId, u64);

#[derive(Debug)]
struct Subscriber {
    number: u64,
    items: mpsc::Sender<Live>,
    lagged: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Subscribers {
    next: u64,
    segments: BTreeMap<Segment, Vec<Subscriber>>,
}

/// All subscribers of a node.
#[derive(Debug)]
pub(crate) struct Hub {
    subscribers: Mutex<Subscribers>,
    counters: Arc<Counters>,
}

/// A place among the subscribers of a segment, left when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    hub: Arc<Hub>,
    segment: Segment,
    number: u64,
    items: mpsc::Receiver<Live>,
    lagged: Arc<AtomicBool>,
}

impl Hub {
    pub(crate) fn new(counters: Arc<Counters>) -> Self {
        Self {
            subscribers: Mutex::default(),
            counters,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Subscribers> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place. What is published from now on reaches it.
    pub(crate) fn subscribe(self: &Arc<Self>, log: LogId, epoch: u64) -> Place {
        let (sender, items) = mpsc::channel(LIVE_ITEMS_MAX);
        let lagged = Arc::new(AtomicBool::new(false));
        let segment = (log, epoch);
        let mut subscribers = self.lock();
        let number = subscribers.next;
        subscribers.next = number.wrapping_add(1);
        let subscriber = Subscriber {
            number,
            items: sender,
            lagged: Arc::clone(&lagged),
        };
        subscribers.segments.entry(segment).or_default().push(subscriber);
        self.counters.subscriptions.one_more();
        Place {
            hub: Arc::clone(self),
            segment,
            number,
            items,
            lagged,
        }
    }

    /// Tells the subscribers of new entries.
    pub(crate) fn publish(&self, notices: Vec<Notice>) {
        let subscribers = self.lock();
        for notice in notices {
            let Some(waiting) = subscribers.segments.get(&(notice.log, notice.epoch)) else {
                continue;
            };
            let item = if is_small(&notice) {
                Live::Entries(Arc::new(notice))
            } else {
                Live::Stored
            };
            for subscriber in waiting {
                if subscriber.items.try_send(item.clone()).is_err() {
                    subscriber.lagged.store(true, Ordering::Release);
                    self.counters.lags.one_more();
                }
            }
        }
    }

    /// Passes an ephemeral envelope on to those who can take it now.
    pub(crate) fn pass_on(&self, notice: EphemeralNotice) {
        let subscribers = self.lock();
        let Some(waiting) = subscribers.segments.get(&(notice.log, notice.epoch)) else {
            return;
        };
        let notice = Arc::new(notice);
        for subscriber in waiting {
            let item = Live::Ephemeral(Arc::clone(&notice));
            if subscriber.items.try_send(item).is_err() {
                self.counters.ephemerals_dropped.one_more();
            }
        }
    }
}

fn is_small(notice: &Notice) -> bool {
    let bytes = notice.entries.iter().map(|entry| match &entry.body {
        EntryBody::Envelope(envelope) => envelope.as_slice().len(),
        EntryBody::Commit { value, .. } => value.envelope.as_slice().len(),
    });
    bytes.sum::<usize>() <= LIVE_BYTES_MAX
}

impl Place {
    /// The next item.
    pub(crate) async fn next(&mut self) -> Option<Live> {
        self.items.recv().await
    }

    /// An item that is there already.
    pub(crate) fn ready(&mut self) -> Option<Live> {
        self.items.try_recv().ok()
    }

    /// Whether entries were missed since this was last asked. Ask after the items that are ready were taken.
    pub(crate) fn has_lagged(&self) -> bool {
        self.lagged.swap(false, Ordering::AcqRel)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut subscribers = self.hub.lock();
        if let Some(waiting) = subscribers.segments.get_mut(&self.segment) {
            waiting.retain(|subscriber| subscriber.number != self.number);
            if waiting.is_empty() {
                subscribers.segments.remove(&self.segment);
            }
        }
        drop(subscribers);
        self.hub.counters.subscriptions.one_less();
    }
}
