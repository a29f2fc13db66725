//! Everything that can happen in a few blocks, in every order.

use xchat_proto::directory_wire::RejectReason;
use xchat_proto::ids::NetworkId;

use super::attempt::model_genesis;
use super::*;
use crate::store::MemoryStore;
use crate::testing::Chain;
use crate::{Checked, Executed};

/// What a block does: time passes, and one thing is tried.
type Step = fn(&Model) -> (u64, Option<Act>);

struct Search {
    chain: Chain<MemoryStore>,
    network: NetworkId,
    checked: BTreeMap<Attempt, Result<Checked, RejectReason>>,
    steps: Vec<Step>,
    /// How often each outcome was seen: a search that never sees a name taken shows nothing.
    seen: BTreeMap<Outcome, u32>,
}

impl Search {
    fn new(validators: u8, steps: &[Step]) -> Self {
        let chain = Chain::new(model_genesis(validators), validators);
        Self {
            network: chain.network(),
            chain,
            checked: BTreeMap::new(),
            steps: steps.to_vec(),
            seen: BTreeMap::new(),
        }
    }

    fn check(&mut self, attempt: &Attempt) -> Result<Checked, RejectReason> {
        let rules = self.chain.directory.rules();
        let network = self.network;
        let check = || rules.check(attempt.operation(network));
        self.checked.entry(attempt.clone()).or_insert_with(check).clone()
    }

    /// Tries every step on top of what has been executed, and goes on from there.
    fn explore(&mut self, model: &Model, below: &[&Executed], depth: usize) {
        if depth == 0 {
            return;
        }
        for step in self.steps.clone() {
            let (passed_ms, act) = step(model);
            let attempts: Vec<Attempt> = act
                .map(|act| Attempt {
                    this_network: true,
                    act,
                })
                .into_iter()
                .collect();
            let mut after = model.clone();
            let expected = after.block(model.time_ms + passed_ms, &attempts);
            let checks: Vec<_> = attempts.iter().map(|attempt| self.check(attempt)).collect();
            let operations: Vec<Checked> = checks.iter().flatten().cloned().collect();
            let executed = self
                .chain
                .directory
                .execute(below, after.height, after.time_ms, &operations)
                .unwrap();
            let outcome = checks.first().map(|check| match check {
                Ok(_) => executed.outcomes()[0],
                Err(reason) => Err(*reason),
            });
            assert_eq!(outcome, expected.first().copied(), "{attempts:?} after {model:?}");
            assert_eq!(executed.work_bits(), after.price);
            assert_eq!(*executed.committee(), after.committee());
            if let Some(outcome) = outcome {
                *self.seen.entry(outcome).or_default() += 1;
            }
            let above: Vec<&Executed> = below.iter().copied().chain([&executed]).collect();
            self.explore(&after, &above, depth - 1);
        }
    }

    fn assert_seen(&self, reasons: &[RejectReason]) {
        for reason in reasons {
            assert!(
                self.seen.contains_key(&Err(*reason)),
                "{reason:?} in {:?}",
                self.seen
            );
        }
    }
}

fn register(model: &Model, person: u8, spelling: u8) -> Act {
    let claim = Claim {
        spelling,
        ..model.claim(0, 0, person)
    };
    Act::Register(claim, Pay::Work(BITS))
}

#[test]
fn dir_14_all_short_histories_of_a_name_end_as_the_model_says() {
    let steps: [Step; 9] = [
        |model| (1_000, Some(register(model, 1, 0))),
        |model| (1_000, Some(register(model, 2, 0))),
        |model| (1_000, Some(register(model, 2, 1))),
        |model| (1_000, Some(Act::Update(model.claim(1, 0, 1)))),
        |model| (1_000, Some(Act::Rotate(model.claim(2, 0, 1)))),
        |model| (1_000, Some(Act::Release(model.claim(3, 0, 1)))),
        |_| (GRACE_MS, None),
        |_| (TERM_MS, None),
        |model| {
            // By the first key, stolen from a device: good until it is replaced.
            let stolen = Claim {
                identity: (1, 0),
                signer: (1, 0),
                ..model.claim(1, 0, 1)
            };
            (1_000, Some(Act::Update(stolen)))
        },
    ];
    let mut search = Search::new(1, &steps);
    search.explore(&Model::new(1), &[], 4);
    search.assert_seen(&[
        RejectReason::NameTaken,
        RejectReason::NameSimilar,
        RejectReason::NameResting,
        RejectReason::NotRegistered,
        RejectReason::FormerOwner,
        RejectReason::OtherIdentity,
        RejectReason::TooManyUpdates,
    ]);
}

#[test]
fn dir_14_all_longer_histories_of_a_names_owners_end_as_the_model_says() {
    let steps: [Step; 6] = [
        |model| (1_000, Some(register(model, 1, 0))),
        |model| (1_000, Some(register(model, 2, 1))),
        |model| (1_000, Some(Act::Rotate(model.claim(2, 0, 1)))),
        |model| (1_000, Some(Act::Release(model.claim(3, 0, 1)))),
        |_| (GRACE_MS - 1_000, None),
        |_| (TERM_MS + GRACE_MS, None),
    ];
    let mut search = Search::new(1, &steps);
    search.explore(&Model::new(1), &[], 6);
    search.assert_seen(&[RejectReason::FormerOwner, RejectReason::NameSimilar]);
}

#[test]
fn vot_05_all_short_histories_of_a_committee_end_as_the_model_says() {
    const NEW: About = About {
        revision: 0,
        reachable: true,
    };
    fn vote(model: &Model, voter: u8, change: Change) -> (u64, Option<Act>) {
        let act = Act::Vote {
            voter,
            signer: voter,
            among: model.validators(),
            change,
            closes_ms: NOON_MS + 3_500,
        };
        (1_000, Some(act))
    }
    let steps: [Step; 7] = [
        |model| vote(model, 0, Change::Add(2, NEW)),
        |model| vote(model, 1, Change::Add(2, NEW)),
        |model| vote(model, 0, Change::Remove(1)),
        |model| vote(model, 1, Change::Remove(1)),
        |model| vote(model, 2, Change::Remove(0)),
        |model| {
            let revision = model.operators.get(&1).map_or(1, |about| about.revision + 1);
            let act = Act::Describe {
                operator: 1,
                signer: 1,
                about: About { revision, ..NEW },
            };
            (1_000, Some(act))
        },
        |_| (1, None),
    ];
    let mut search = Search::new(2, &steps);
    search.explore(&Model::new(2), &[], 5);
    search.assert_seen(&[
        RejectReason::NotAValidator,
        RejectReason::BallotClosed,
        RejectReason::VotedAlready,
        RejectReason::BadChange,
    ]);
}
