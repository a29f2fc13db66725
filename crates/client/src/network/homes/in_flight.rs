//! What is known of one connection to a home: requests without a reply, and capabilities that have been proved.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, oneshot};
use xchat_core::io::{Input, Tag};
use xchat_proto::capability::Role;
use xchat_proto::ids::LogId;
use xchat_proto::limits::REQUESTS_IN_FLIGHT_MAX;
use xchat_proto::mailbox_wire::{Refusal, Reply};

use super::unreachable;

/// What a proof is for.
pub(super) type Proved = (LogId, u64, Role);

/// Resolves with what the home said to a proof; with nothing when the connection broke first.
pub(super) type ProofAnswer = oneshot::Receiver<Result<(), Refusal>>;

/// Wants to know what the home says to a proof.
pub(super) type ProofAsker = oneshot::Sender<Result<(), Refusal>>;

enum Waiting {
    Request(Tag),
    Proof(Proved, Option<ProofAsker>),
}

struct State {
    is_open: bool,
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
    /// Whether the home has confirmed it.
    proved: BTreeMap<Proved, bool>,
}

/// Shared by the task that sends and the one that reads replies.
pub(super) struct InFlight {
    state: Mutex<State>,
    /// Room that the home leaves to requests in flight.
    pub(super) room: Semaphore,
}

/// The home answered something that was not asked.
#[derive(Debug)]
pub(super) struct UnknownReply;

impl InFlight {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                is_open: true,
                next: 0,
                waiting: BTreeMap::new(),
                proved: BTreeMap::new(),
            }),
            room: Semaphore::new(REQUESTS_IN_FLIGHT_MAX),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a request; `None` when the connection is over.
    pub(super) fn register(&self, tag: Tag) -> Option<u64> {
        self.state().register(Waiting::Request(tag))
    }

    /// A number for a proof; `None` when the connection is over.
    pub(super) fn register_proof(&self, proved: Proved, asker: Option<ProofAsker>) -> Option<u64> {
        let mut state = self.state();
        state.proved.entry(proved).or_insert(false);
        state.register(Waiting::Proof(proved, asker))
    }

    /// `None` when no proof has been sent, else whether it has been confirmed.
    pub(super) fn proof(&self, proved: &Proved) -> Option<bool> {
        self.state().proved.get(proved).copied()
    }

    /// How many capabilities have been proved.
    pub(super) fn proofs(&self) -> usize {
        self.state().proved.len()
    }

    /// Takes a reply. The machine gets what comes back, unless the reply was to a proof.
    pub(super) fn reply(&self, id: u64, reply: Reply) -> Result<Option<Input>, UnknownReply> {
        let mut state = self.state();
        let waiting = state.waiting.remove(&id).ok_or(UnknownReply)?;
        self.room.add_permits(1);
        let (proved, asker) = match waiting {
            Waiting::Request(tag) => {
                let outcome = Ok(reply);
                return Ok(Some(Input::Home { tag, outcome }));
            }
            Waiting::Proof(proved, asker) => (proved, asker),
        };
        let outcome = match reply {
            Reply::Done => Ok(()),
            Reply::Refused(refusal) => Err(refusal),
            _ => return Err(UnknownReply),
        };
        match outcome {
            Ok(()) => state.proved.insert(proved, true),
            // Next time it is proved anew.
            Err(_) => state.proved.remove(&proved),
        };
        if let Some(asker) = asker {
            // Nobody listens when the subscription has been replaced meanwhile.
            let _ = asker.send(outcome);
        }
        Ok(None)
    }

    /// The oldest request without a reply.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.state().waiting.keys().next().copied()
    }

    /// The connection is over: all that waits has failed, and nothing more is taken.
    pub(super) fn close(&self) -> Vec<Input> {
        let mut state = self.state();
        state.is_open = false;
        self.room.close();
        std::mem::take(&mut state.waiting)
            .into_values()
            .filter_map(|waiting| match waiting {
                Waiting::Request(tag) => Some(unreachable(tag)),
                Waiting::Proof(..) => None,
            })
            .collect()
    }
}

impl State {
    fn register(&mut self, waiting: Waiting) -> Option<u64> {
        if !self.is_open {
            return None;
        }
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.waiting.insert(id, waiting);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_finds_its_request_once() {
        let flight = InFlight::new();
        let first = flight.register(71).unwrap();
        let second = flight.register(72).unwrap();
        let input = flight.reply(second, Reply::Done).unwrap().unwrap();
        assert!(matches!(
            input,
            Input::Home {
                tag: 72,
                outcome: Ok(Reply::Done)
            }
        ));
        assert!(flight.reply(second, Reply::Done).is_err(), "answered twice");
        let failed = flight.close();
        assert!(matches!(
            failed.as_slice(),
            [Input::Home {
                tag: 71,
                outcome: Err(_)
            }]
        ));
        assert!(flight.reply(first, Reply::Done).is_err());
        assert_eq!(flight.register(73), None, "nothing is taken after the end");
    }

    #[test]
    fn a_refused_proof_is_tried_again() {
        let flight = InFlight::new();
        let proved = (LogId([1; 32]), 3, Role::Member);
        assert_eq!(flight.proof(&proved), None);
        let id = flight.register_proof(proved, None).unwrap();
        assert_eq!(flight.proof(&proved), Some(false));
        let refused = flight.reply(id, Reply::Refused(Refusal::UnknownLog));
        assert!(refused.unwrap().is_none());
        assert_eq!(flight.proof(&proved), None);
        let (asker, mut answer) = oneshot::channel();
        let id = flight.register_proof(proved, Some(asker)).unwrap();
        assert!(flight.reply(id, Reply::Done).unwrap().is_none());
        assert_eq!(flight.proof(&proved), Some(true));
        assert_eq!(answer.try_recv(), Ok(Ok(())));
    }
}
