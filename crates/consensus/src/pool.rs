//! Operations that wait for a block, and those who wait for them.

use std::collections::BTreeMap;

use tokio::sync::oneshot;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::header::operation_hash;
use xchat_proto::ids::Hash;
use xchat_proto::record::Operation;

/// Most operations that wait. Beyond, a submitter is told to come again.
const WAITING_MAX: usize = 4096;

/// What became of an operation: the height of its block, or why it was refused.
pub(crate) type Outcome = Result<u64, RejectReason>;

struct Waiting {
    hash: Hash,
    operation: Operation,
    answers: Vec<oneshot::Sender<Outcome>>,
}

/// Operations in the order in which they came.
#[derive(Default)]
pub(crate) struct Pool {
    waiting: BTreeMap<u64, Waiting>,
    places: BTreeMap<Hash, u64>,
    next: u64,
}

impl Pool {
    /// Lets an operation wait. One that waits already gets another waiter. Returns whether it is new.
    pub(crate) fn add(
        &mut self,
        operation: Operation,
        answer: Option<oneshot::Sender<Outcome>>,
    ) -> Result<bool, RejectReason> {
        let hash = operation_hash(&operation);
        if let Some(waiting) = self
            .places
            .get(&hash)
            .and_then(|place| self.waiting.get_mut(place))
        {
            waiting.answers.retain(|answer| !answer.is_closed());
            waiting.answers.extend(answer);
            return Ok(false);
        }
        if self.waiting.len() >= WAITING_MAX {
            return Err(RejectReason::Busy);
        }
        self.places.insert(hash, self.next);
        let answers = answer.into_iter().collect();
        self.waiting.insert(
            self.next,
            Waiting {
                hash,
                operation,
                answers,
            },
        );
        self.next = self.next.saturating_add(1);
        Ok(true)
    }

    /// What waits, the oldest first.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&Hash, &Operation)> {
        self.waiting
            .values()
            .map(|waiting| (&waiting.hash, &waiting.operation))
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
        for answer in waiting.answers {
            // Whoever asked may have left.
            let _ = answer.send(outcome);
        }
    }
}
