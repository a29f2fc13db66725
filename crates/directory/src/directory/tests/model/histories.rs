//! Random histories, honest and dishonest.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use xchat_proto::codec;
use xchat_proto::directory_wire::FinalBlock;
use xchat_proto::genesis::Genesis;
use xchat_proto::light::{Anchor, Freshness, LightClient};
use xchat_proto::name_proof::{Standing, VerifiedRecord};
use xchat_proto::record::Operation;

use super::attempt::{model_genesis, spelled};
use super::*;
use crate::Retention;
use crate::store::MemoryStore;
use crate::testing::Chain;

const PLACES: u8 = 3;

/// What is drawn for one attempt; what it means depends on how things stand.
pub(in super::super) type Draw = (u8, u8, u8, Spoil, u8);

/// How an honest attempt is spoiled, if at all.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Spoil {
    Nothing,
    Spelling,
    Person(u8),
    Identity(u8, u32),
    Signer(u8, u32),
    Sequence(u64),
    Leap(u64),
    Unpaid,
    OtherNetwork,
}

fn spoils() -> impl Strategy<Value = Spoil> {
    let spoils = prop_oneof![
        Just(Spoil::Spelling),
        (0..3_u8).prop_map(Spoil::Person),
        (0..3_u8, 0..3_u32).prop_map(|(person, number)| Spoil::Identity(person, number)),
        (0..3_u8, 0..3_u32).prop_map(|(person, number)| Spoil::Signer(person, number)),
        (0..4_u64).prop_map(Spoil::Sequence),
        prop_oneof![Just(1), Just(ROTATION_LEAP_MAX - 1), Just(ROTATION_LEAP_MAX)].prop_map(Spoil::Leap),
        Just(Spoil::Unpaid),
        Just(Spoil::OtherNetwork),
    ];
    prop_oneof![2 => Just(Spoil::Nothing), 1 => spoils]
}

/// One of those who are operators now.
fn present(model: &Model, draw: u8) -> u8 {
    let operators: Vec<u8> = model.operators.keys().copied().collect();
    operators[usize::from(draw) % operators.len()]
}

fn pay(model: &Model, draw: u8, spoil: Spoil) -> Pay {
    match draw % 5 {
        0 | 1 => Pay::Token {
            operator: if draw.is_multiple_of(16) {
                draw / 16
            } else {
                present(model, draw / 64)
            },
            bearer: draw / 5,
            expires_ms: match draw / 5 % 9 {
                0 => model.time_ms + 1_000,
                1 => model.time_ms + TOKEN_MS_MAX + 200_000_000,
                _ => model.time_ms + 200_000_000,
            },
        },
        _ if matches!(spoil, Spoil::Unpaid) => Pay::Work(model.price.saturating_sub(2)),
        _ => Pay::Work(least_or(model.price - 1)),
    }
}

fn on_a_name(model: &Model, (kind, place, person, spoil, draw): Draw) -> Act {
    let is_held = model
        .places
        .get(&place)
        .is_some_and(|place| !place.is_free(model.time_ms));
    let kind = match kind {
        // Much is about names that somebody has: few of them are given up, and those that are free are taken.
        0..4 if !is_held && !draw.is_multiple_of(8) => 0,
        3 if !draw.is_multiple_of(4) => 1,
        _ => kind,
    };
    let mut claim = model.claim(kind, place, person);
    match spoil {
        Spoil::Spelling => claim.spelling = 1 - claim.spelling,
        Spoil::Person(person) => claim.person = person,
        Spoil::Identity(person, number) => {
            claim.identity = (person, number);
            claim.signer = (person, number);
        }
        Spoil::Signer(person, number) => claim.signer = (person, number),
        Spoil::Sequence(sequence) => claim.sequence = sequence,
        Spoil::Leap(leap) => claim.sequence += leap,
        Spoil::Nothing | Spoil::Unpaid | Spoil::OtherNetwork => {}
    }
    match kind {
        0 => Act::Register(claim, pay(model, draw, spoil)),
        1 => Act::Update(claim),
        2 => Act::Rotate(claim),
        _ => Act::Release(claim),
    }
}

fn on_the_committee(model: &Model, (kind, number, who, spoil, draw): Draw) -> Act {
    let voter = if matches!(spoil, Spoil::Identity(..)) {
        who
    } else {
        present(model, who)
    };
    let mut signer = voter;
    if let Spoil::Signer(other, _) = spoil {
        signer = other;
    }
    let about = About {
        revision: u32::from(matches!(spoil, Spoil::Sequence(_))),
        reachable: draw % 16 != 0,
    };
    if kind == 7 {
        let present = model.operators.get(&voter).map_or(0, |about| about.revision);
        let revision = about.revision + present + 1;
        let about = About { revision, ..about };
        return Act::Describe {
            operator: voter,
            signer,
            about,
        };
    }
    let mut among = model.validators();
    if let Spoil::Person(number) = spoil {
        among.remove(&number);
    }
    let open = model.ballots.get(usize::from(draw % 4));
    let (change, closes_ms) = match (open, spoil) {
        (Some(ballot), Spoil::Nothing) => (ballot.change, ballot.closes_ms),
        (_, Spoil::Unpaid) => (Change::Remove(number), model.time_ms + BALLOT_MS_MAX + 9_000_000),
        (_, Spoil::Spelling) => (Change::Remove(number), model.time_ms),
        _ if draw % 2 == 0 => (Change::Remove(number), model.time_ms + 2_000_000),
        _ => (Change::Add(number, about), model.time_ms + 2_000_000),
    };
    Act::Vote {
        voter,
        signer,
        among,
        change,
        closes_ms,
    }
}

fn attempt(model: &Model, draw: Draw) -> Attempt {
    Attempt {
        this_network: !matches!(draw.3, Spoil::OtherNetwork),
        act: if draw.0 < 4 {
            on_a_name(model, draw)
        } else {
            on_the_committee(model, draw)
        },
    }
}

fn draws() -> impl Strategy<Value = Draw> {
    (0..8_u8, 0..PLACES + 2, 0..5_u8, spoils(), any::<u8>()).prop_map(|(kind, number, who, spoil, draw)| {
        match kind {
            0..4 => (kind, number % PLACES, who % 3, spoil, draw),
            _ => (kind, number, who, spoil, draw),
        }
    })
}

/// How far time moves before a block.
const STEPS_MS: [u64; 16] = [
    1_000,
    1_000,
    1_000,
    1_000,
    1_000,
    1_000,
    1,
    1,
    2,
    3,
    4,
    GRACE_MS / 2,
    GRACE_MS,
    LOAD_WINDOW_MS,
    TERM_MS,
    DAY_MS,
];

struct Client(LightClient);

impl Client {
    fn new(chain: &Chain<MemoryStore>) -> Self {
        let genesis = chain.directory.genesis().clone();
        let anchor = Anchor::genesis(&genesis);
        Self(LightClient::new(genesis, anchor).unwrap())
    }

    /// What somebody who trusts nobody is told of a name.
    fn compare(&mut self, chain: &Chain<MemoryStore>, model: &Model, number: u8, spelling: u8) {
        let asked = spelled(number, spelling);
        let proof = chain.directory.lookup(&asked).unwrap();
        let handovers = chain.directory.handovers(self.0.anchor().height).unwrap();
        let freshness = Freshness::first_contact(model.time_ms);
        let verified = self
            .0
            .name(&proof, handovers.as_slice(), &asked, freshness)
            .unwrap();
        let place = model
            .places
            .get(&number)
            .filter(|place| !place.is_free(model.time_ms));
        assert_eq!(verified.standing == Standing::Free, place.is_none());
        assert_eq!((verified.height, verified.work_bits), (model.height, model.price));
        let own = place.filter(|place| place.spelling == spelling);
        let is_released = |place: &&Place| matches!(place.stand, Stand::Released { .. });
        let sequence = |found: Option<VerifiedRecord>| found.map(|found| found.record.sequence);
        let (released, held) = (own.filter(is_released), own.filter(|place| !is_released(place)));
        assert_eq!(sequence(verified.record), held.map(|place| place.sequence));
        assert_eq!(sequence(verified.released), released.map(|place| place.sequence));
        assert_eq!(verified.similar.is_some(), place.is_some() && own.is_none());
        let proof = chain.directory.lookup_committee().unwrap();
        let committee = self.0.committee(&proof, &[], freshness).unwrap();
        assert_eq!(committee, model.committee());
    }
}

pub(in super::super) type History = Vec<(usize, Vec<Draw>)>;

pub(in super::super) fn history() -> impl Strategy<Value = History> {
    prop::collection::vec((0..STEPS_MS.len(), prop::collection::vec(draws(), 0..7)), 1..24)
}

/// The attempts of a block, each made with knowledge of those before it.
fn attempts(model: &Model, time_ms: u64, draws: &[Draw]) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut ahead = model.clone();
    for draw in draws {
        attempts.push(attempt(&ahead, *draw));
        ahead = model.clone();
        ahead.block(time_ms, &attempts);
        if (ahead.height + 1).is_multiple_of(EPOCH) {
            // What the block's end does is not seen inside of it.
            ahead.operators = model.operators.clone();
            ahead.ballots = model.ballots.clone();
        }
    }
    attempts
}

/// Blocks that a chain has made of a history.
pub(in super::super) struct Steps {
    pub(in super::super) genesis: Genesis,
    pub(in super::super) blocks: Vec<FinalBlock>,
}

/// Makes the blocks of a history; those that may be are now and then without a certificate of their own.
pub(in super::super) fn blocks(
    validators: u8,
    history: &[(usize, Vec<Draw>)],
    retention: Retention,
) -> Steps {
    let mut chain = Chain::new(model_genesis(validators), validators);
    chain.directory.retain(retention);
    let mut model = Model::new(validators);
    for (step, draws) in history {
        let time_ms = model.time_ms + STEPS_MS[*step];
        let attempts = attempts(&model, time_ms, draws);
        model.block(time_ms, &attempts);
        let network = chain.network();
        let operations = attempts.iter().map(|attempt| attempt.operation(network));
        let (executed, header, _) = chain.execute(time_ms, &operations.collect::<Vec<_>>());
        let has_none = *step == 2 && !(model.height + 1).is_multiple_of(EPOCH);
        let certificate = (!has_none).then(|| chain.certificate(&header));
        chain.directory.commit(&header, certificate, &executed).unwrap();
    }
    Steps {
        genesis: chain.directory.genesis().clone(),
        blocks: chain.directory.blocks(1, usize::MAX).unwrap(),
    }
}

/// Makes the blocks of a history, and compares the directory with the model after each.
fn compare(validators: u8, history: &[(usize, Vec<Draw>)], checks: usize) -> BTreeSet<Outcome> {
    let mut chain = Chain::new(model_genesis(validators), validators);
    let mut client = Client::new(&chain);
    let mut model = Model::new(validators);
    let mut seen = BTreeSet::new();
    for (step, draws) in history {
        let time_ms = model.time_ms + STEPS_MS[*step];
        let attempts = attempts(&model, time_ms, draws);
        let expected = model.block(time_ms, &attempts);
        let network = chain.network();
        let operations: Vec<Operation> = attempts
            .iter()
            .map(|attempt| attempt.operation(network))
            .collect();
        assert_eq!(chain.block_at(time_ms, &operations), expected, "{attempts:?}");
        seen.extend(expected);
        model.compare(&chain, PLACES);
        let asked = u8::try_from(checks % usize::from(PLACES * 2)).unwrap();
        client.compare(&chain, &model, asked / 2, asked % 2);
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dir_14_random_histories_end_as_the_model_says_and_every_state_is_proved(
        validators in 1..5_u8,
        history in history(),
        checks in any::<usize>(),
    ) {
        compare(validators, &history, checks);
    }
}

#[test]
fn dir_14_the_histories_come_to_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for round in 0..100_usize {
        let history = history().new_tree(&mut runner).unwrap().current();
        seen.extend(compare(u8::try_from(round % 4 + 1).unwrap(), &history, round));
    }
    let not_here = [
        // Not of names and committees but of what surrounds them; each has a test of its own.
        RejectReason::Malformed,
        RejectReason::NameReserved,
        RejectReason::TooManyRotations,
        RejectReason::Busy,
        RejectReason::Undecided,
        RejectReason::TooManyBallots,
    ];
    for number in 0..29_u8 {
        let reason: RejectReason = codec::decode(&codec::encode(&number), 8).unwrap();
        assert!(
            not_here.contains(&reason) || seen.contains(&Err(reason)),
            "{reason:?} was never seen"
        );
    }
    assert!(seen.contains(&Ok(())));
}
