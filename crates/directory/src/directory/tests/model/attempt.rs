//! From plain facts to real operations, and what the directory and the model must agree on after each block.

use xchat_proto::codec::Bounded;
use xchat_proto::genesis::{Genesis, Parameters, Validators};
use xchat_proto::identity::account_of;
use xchat_proto::ids::NetworkId;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Entry, Standing};
use xchat_proto::operator::{self, Committee, Operator, operators};
use xchat_proto::record::{Operation, Record};

use super::*;
use crate::testing::{self, Chain, genesis_of, key, link, name, operator, parameters, record_of, validator};

/// The network of the model.
pub(super) fn model_genesis(validators: u8) -> Genesis {
    let parameters = Parameters {
        registrations_per_hour: u32::try_from(TARGET).unwrap() * 6,
        epoch_blocks: u32::try_from(EPOCH).unwrap(),
        tokens_per_day: TOKENS_PER_DAY,
        updates_per_day: UPDATES_PER_DAY,
        ..parameters()
    };
    genesis_of(validators, parameters)
}

pub(super) fn spelled(place: u8, spelling: u8) -> Name {
    name(&format!("name{}_{place}x", "_".repeat(spelling.into())))
}

fn described(number: u8, about: About) -> Operator {
    let whole = operator(number);
    Operator {
        revision: about.revision,
        consensus: whole.consensus.filter(|_| about.reachable),
        ..whole
    }
}

fn validators(numbers: &BTreeSet<u8>) -> Validators {
    let mut keys: Vec<_> = numbers.iter().map(|number| validator(*number).public()).collect();
    keys.sort_unstable();
    Bounded::new(keys).unwrap()
}

fn real_change(change: Change) -> operator::Change {
    match change {
        Change::Add(number, about) => operator::Change::Add {
            operator: described(number, about),
        },
        Change::Remove(number) => operator::Change::Remove {
            key: validator(number).public(),
        },
    }
}

fn real_record(network: NetworkId, claim: &Claim) -> Record {
    let text = spelled(claim.place, claim.spelling);
    Record {
        identity: link(claim.identity.0, claim.identity.1),
        ..record_of(network, text.as_str(), claim.person, 0, claim.sequence)
    }
}

impl Attempt {
    /// The operation of an attempt, in the network of the model.
    pub(super) fn operation(&self, home: NetworkId) -> Operation {
        let network = if self.this_network {
            home
        } else {
            NetworkId([0; 32])
        };
        let signer = |claim: &Claim| key(claim.signer.0, claim.signer.1);
        match &self.act {
            Act::Register(claim, Pay::Work(bits)) => {
                testing::register_with(&real_record(network, claim), &signer(claim), *bits)
            }
            Act::Register(
                claim,
                Pay::Token {
                    operator,
                    bearer,
                    expires_ms,
                },
            ) => {
                let record = real_record(network, claim);
                testing::register_by_token(&record, &signer(claim), *operator, *bearer, *expires_ms)
            }
            Act::Update(claim) => testing::update(&real_record(network, claim), &signer(claim)),
            Act::Rotate(claim) => testing::rotate(&real_record(network, claim), &signer(claim)),
            Act::Release(claim) => {
                let text = spelled(claim.place, claim.spelling);
                testing::release(network, text.as_str(), claim.sequence, &signer(claim))
            }
            Act::Vote {
                voter,
                signer,
                among,
                change,
                closes_ms,
            } => {
                let body = operator::Vote {
                    network,
                    validators: xchat_proto::genesis::validators_hash(&validators(among)),
                    change: real_change(*change),
                    closes_ms: *closes_ms,
                    voter: validator(*voter).public(),
                };
                let vote = xchat_proto::signed::Signed::new(&body, &validator(*signer)).unwrap();
                Operation::Vote { vote }
            }
            Act::Describe {
                operator,
                signer,
                about,
            } => testing::describe(network, &described(*operator, *about), &validator(*signer)),
        }
    }
}

impl Model {
    /// The committee, as the directory should have it.
    pub(super) fn committee(&self) -> Committee {
        let list = self
            .operators
            .iter()
            .map(|(number, about)| described(*number, *about));
        let ballots = self.ballots.iter().map(|ballot| operator::Ballot {
            change: real_change(ballot.change),
            closes_ms: ballot.closes_ms,
            voters: validators(&ballot.voters),
        });
        Committee {
            operators: operators(list.collect()).unwrap(),
            ballots: Bounded::new(ballots.collect()).unwrap(),
        }
    }

    fn standing(&self, place: &Place) -> Standing {
        let (term_ms, rest_ms) = match place.stand {
            Stand::Held { renewed_ms } => (Some(renewed_ms + TERM_MS), renewed_ms + TERM_MS + GRACE_MS),
            Stand::Released { at_ms } => (None, at_ms + GRACE_MS),
        };
        match term_ms {
            _ if self.time_ms >= rest_ms => Standing::Free,
            Some(until_ms) if self.time_ms < until_ms => Standing::Held { until_ms },
            Some(_) => Standing::Lapsed { until_ms: rest_ms },
            None => Standing::Resting { until_ms: rest_ms },
        }
    }

    /// Compares all that can be asked of the directory.
    pub(super) fn compare<S: crate::store::Store>(&self, chain: &Chain<S>, places: u8) {
        let directory = &chain.directory;
        let header = &directory.head().header;
        assert_eq!((header.height, header.time_ms), (self.height, self.time_ms));
        assert_eq!(header.work_bits, self.price, "the price");
        assert_eq!(*directory.committee(), self.committee());
        let needed = quorum(self.operators.len());
        let decided = self.ballots.iter().any(|ballot| ballot.voters.len() >= needed);
        assert_eq!(directory.has_decided(), decided);
        for number in 0..places {
            let entry = directory.entry(&spelled(number, 0)).unwrap();
            let place = self.places.get(&number);
            assert_eq!(entry.is_some(), place.is_some());
            let (Some(entry), Some(place)) = (entry, place) else {
                continue;
            };
            let standing = entry.standing(&directory.genesis().parameters, self.time_ms);
            assert_eq!(standing, self.standing(place));
            self.compare_entry(&entry, place, number);
            for spelling in 0..2 {
                let record = directory.record(&spelled(number, spelling)).unwrap();
                let counts = standing != Standing::Free
                    && matches!(entry, Entry::Held(_))
                    && spelling == place.spelling;
                assert_eq!(record.is_some(), counts);
            }
        }
    }

    fn compare_entry(&self, entry: &Entry, place: &Place, number: u8) {
        let record = entry.stored().record.unverified().unwrap();
        assert_eq!(record.name, spelled(number, place.spelling));
        assert_eq!(record.account, account_of(&link(place.person, 0)));
        assert_eq!(record.identity, link(place.person, place.number));
        assert_eq!(record.sequence, place.sequence);
        match (entry, place.stand) {
            (Entry::Held(stored), Stand::Held { renewed_ms }) => {
                assert_eq!((stored.renewed_ms, stored.updates), (renewed_ms, place.updates.1));
            }
            (Entry::Released { released_ms, .. }, Stand::Released { at_ms }) => {
                assert_eq!(*released_ms, at_ms);
            }
            _ => panic!("{entry:?} where {place:?} is expected"),
        }
    }

    /// An attempt on a name that would succeed when its place is in the right state: by its owner, or else by `person`.
    pub(super) fn claim(&self, kind: u8, place: u8, person: u8) -> Claim {
        let present = self.places.get(&place);
        let is_released =
            |place: &Place| u64::from(kind == 2 && matches!(place.stand, Stand::Released { .. }));
        let next = present.map(|place| {
            (
                place.person,
                place.number,
                place.sequence + 1 + is_released(place),
            )
        });
        let (person, number, sequence) = match (kind, next) {
            (1 | 3, Some(next)) => next,
            (2, Some((owner, number, sequence))) => (owner, number + 1, sequence),
            (0, _) => (person, 0, 0),
            _ => (person, 0, 1),
        };
        Claim {
            place,
            spelling: present.map_or(0, |place| place.spelling),
            person,
            identity: (person, number),
            signer: (person, number),
            sequence,
        }
    }
}
