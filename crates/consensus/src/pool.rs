//! Operations that wait for a block, and those who wait for them.

use std::collections::BTreeMap;

use tokio::sync::oneshot;
use xchat_directory::Checked;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::ids::Hash;

/// What an operation that waits takes besides its bytes, at the least.
const WAITING_OVERHEAD_BYTES: usize = 512;

/// How long an operation waits at most, in milliseconds.
const WAITING_MS_MAX: u64 = 30_000;

/// What became of an operation: the height of its block, or why it was refused.
pub(crate) type Outcome = Result<u64, RejectReason>;

struct Waiting {
    operation: Checked,
    since_ms: u64,
    answers: Vec<oneshot::Sender<Outcome>>,
}

impl Waiting {
    fn weight(&self) -> usize {
        self.operation.length().saturating_add(WAITING_OVERHEAD_BYTES)
    }
}

/// Operations in the order in which they came.
pub(crate) struct Pool {
    waiting: BTreeMap<u64, Waiting>,
    places: BTreeMap<Hash, u64>,
    next: u64,
    bytes: usize,
    bytes_max: usize,
}

impl Pool {
    /// A pool for so many bytes. Beyond, a submitter is told to come again.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            waiting: BTreeMap::new(),
            places: BTreeMap::new(),
            next: 0,
            bytes: 0,
            bytes_max,
        }
    }

    /// Lets an operation wait. One that waits already gets another waiter. Returns whether it is new.
    pub(crate) fn add(
        &mut self,
        now_ms: u64,
        operation: Checked,
        answer: Option<oneshot::Sender<Outcome>>,
    ) -> Result<bool, RejectReason> {
        let hash = operation.hash();
        if let Some(waiting) = self
            .places
            .get(&hash)
            .and_then(|place| self.waiting.get_mut(place))
        {
            waiting.answers.retain(|answer| !answer.is_closed());
            waiting.answers.extend(answer);
            return Ok(false);
        }
        let waiting = Waiting {
            operation,
            since_ms: now_ms,
            answers: answer.into_iter().collect(),
        };
        let bytes = self.bytes.saturating_add(waiting.weight());
        if bytes > self.bytes_max {
            return Err(RejectReason::Busy);
        }
        self.bytes = bytes;
        self.places.insert(hash, self.next);
        self.waiting.insert(self.next, waiting);
        self.next = self.next.saturating_add(1);
        Ok(true)
    }

    /// Whether this operation waits.
    pub(crate) fn find(&self, hash: &Hash) -> Option<&Checked> {
        let place = self.places.get(hash)?;
        self.waiting.get(place).map(|waiting| &waiting.operation)
    }

    /// What waits, the oldest first.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Checked> {
        self.waiting.values().map(|waiting| &waiting.operation)
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Lets go of what has waited for too long: no block will have it.
    pub(crate) fn expire(&mut self, now_ms: u64) {
        let is_over = |waiting: &Waiting| now_ms.saturating_sub(waiting.since_ms) > WAITING_MS_MAX;
        while let Some(hash) = self
            .waiting
            .first_key_value()
            .filter(|(_, oldest)| is_over(oldest))
            .map(|(_, oldest)| oldest.operation.hash())
        {
            self.settle(&hash, Err(RejectReason::Undecided));
        }
    }

    /// Ends the wait for an operation.
    pub(crate) fn settle(&mut self, hash: &Hash, outcome: Outcome) {
        let Some(waiting) = self
            .places
            .remove(hash)
            .and_then(|place| self.waiting.remove(&place))
        else {
            return;
        };
        self.bytes = self.bytes.saturating_sub(waiting.weight());
        for answer in waiting.answers {
            // Whoever asked may have left.
            let _ = answer.send(outcome);
        }
    }
}
