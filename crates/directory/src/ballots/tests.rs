//! Votes on the validators, and operators' descriptions.

use xchat_proto::genesis::Parameters;
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::limits::{COMMITTEE_BYTES_MAX, OPERATOR_NAME_BYTES_MAX, VALIDATORS_MAX};
use xchat_proto::operator::{Change, OperatorsError};
use xchat_proto::record::Operation;

use super::*;
use crate::store::MemoryStore;
use crate::testing::{
    self, Chain, NOON_MS, chain, describe, first_operators, genesis_of, operator, validator,
};

const CLOSES_MS: u64 = NOON_MS + 1_000_000;

/// A network of four, whose epochs are of so many blocks.
fn four(epoch_blocks: u32) -> Chain<MemoryStore> {
    let parameters = Parameters {
        epoch_blocks,
        ..testing::parameters()
    };
    Chain::new(genesis_of(4, parameters), 4)
}

fn add(number: u8) -> Change {
    Change::Add {
        operator: operator(number),
    }
}

fn remove(number: u8) -> Change {
    Change::Remove {
        key: validator(number).public(),
    }
}

fn vote_until(chain: &Chain<MemoryStore>, change: &Change, voter: u8, closes_ms: u64) -> Operation {
    let validators = chain.directory.committee().validators();
    testing::vote(chain.network(), &validators, change, closes_ms, voter)
}

fn vote(chain: &Chain<MemoryStore>, change: &Change, voter: u8) -> Operation {
    vote_until(chain, change, voter, CLOSES_MS)
}

/// A quorum of four votes for a change.
fn decide(chain: &mut Chain<MemoryStore>, change: &Change) {
    for voter in 0..3 {
        let vote = vote(chain, change, voter);
        assert_eq!(chain.one(vote), Ok(()));
    }
}

fn has(chain: &Chain<MemoryStore>, number: u8) -> bool {
    chain
        .directory
        .committee()
        .operator(&validator(number).public())
        .is_some()
}

#[test]
fn vot_01_a_vote_is_signed_by_its_voter_for_one_network() {
    let chain = four(4);
    let refused = |operation| chain.directory.rules().check(operation).err();
    let elsewhere = testing::vote(
        NetworkId([1; 32]),
        &chain.directory.committee().validators(),
        &add(4),
        CLOSES_MS,
        0,
    );
    assert_eq!(refused(elsewhere), Some(RejectReason::OtherNetwork));
    let body = Vote {
        network: chain.network(),
        validators: Hash([0; 32]),
        change: add(4),
        closes_ms: CLOSES_MS,
        voter: validator(0).public(),
    };
    let vote = xchat_proto::signed::Signed::new(&body, &validator(1)).unwrap();
    assert_eq!(
        refused(Operation::Vote { vote }),
        Some(RejectReason::BadSignature)
    );
    let revised = Change::Add {
        operator: Operator {
            revision: 1,
            ..operator(4)
        },
    };
    let revised = self::vote(&chain, &revised, 0);
    assert_eq!(
        refused(revised),
        Some(RejectReason::BadChange),
        "a newcomer begins at revision 0"
    );
}

#[test]
fn vot_02_only_validators_of_the_present_set_vote() {
    let mut chain = four(4);
    let outsider = vote(&chain, &add(4), 5);
    assert_eq!(chain.one(outsider), Err(RejectReason::NotAValidator));
    let early = vote(&chain, &add(5), 3);
    decide(&mut chain, &add(4));
    chain.end_epoch();
    assert!(has(&chain, 4));
    assert_eq!(chain.one(early), Err(RejectReason::OtherValidators));
    let newcomer = vote(&chain, &add(5), 4);
    assert_eq!(chain.one(newcomer), Ok(()));
}

#[test]
fn vot_03_a_ballot_is_a_change_and_a_closing_time_and_everyone_votes_once() {
    let mut chain = four(100);
    let (one, other) = (
        vote(&chain, &add(4), 0),
        vote_until(&chain, &add(4), 0, CLOSES_MS + 1),
    );
    assert_eq!(chain.one(one.clone()), Ok(()));
    assert_eq!(chain.one(one), Err(RejectReason::VotedAlready));
    assert_eq!(chain.one(other), Ok(()), "another closing time, another ballot");
    for (voter, closes_ms) in [(1, CLOSES_MS + 1), (2, CLOSES_MS)] {
        let vote = vote_until(&chain, &add(4), voter, closes_ms);
        assert_eq!(chain.one(vote), Ok(()));
    }
    assert!(
        !chain.directory.has_decided(),
        "votes of two ballots don't add up"
    );
    let ballots = chain.directory.committee().ballots.as_slice();
    assert_eq!(ballots.len(), 2);
    assert!(ballots.iter().all(|ballot| ballot.voters.as_slice().len() == 2));
    assert!(ballots.iter().all(|ballot| ballot.voters.as_slice().is_sorted()));
}

#[test]
fn vot_04_a_ballot_closes() {
    let mut chain = four(100);
    let voted = |chain: &mut Chain<MemoryStore>, closes_ms| {
        let vote = vote_until(chain, &add(4), 0, closes_ms);
        chain.one(vote)
    };
    let now_ms = chain.time_ms() + 1_000;
    assert_eq!(voted(&mut chain, now_ms), Err(RejectReason::BallotClosed));
    let now_ms = chain.time_ms() + 1_000;
    assert_eq!(
        voted(&mut chain, now_ms + BALLOT_MS_MAX + 1),
        Err(RejectReason::BallotClosed)
    );
    let now_ms = chain.time_ms() + 1_000;
    assert_eq!(voted(&mut chain, now_ms + BALLOT_MS_MAX), Ok(()));
    assert_eq!(voted(&mut chain, CLOSES_MS), Ok(()));
    chain.block_at(CLOSES_MS - 1, &[]);
    assert_eq!(chain.directory.committee().ballots.as_slice().len(), 2);
    let late = vote(&chain, &add(4), 1);
    assert_eq!(
        chain.block_at(CLOSES_MS, &[late]),
        [Err(RejectReason::BallotClosed)]
    );
    assert_eq!(
        chain.directory.committee().ballots.as_slice().len(),
        1,
        "it is removed"
    );
}

#[test]
fn vot_05_a_quorum_decides_and_the_epochs_last_block_makes_the_change() {
    let mut chain = four(8);
    for (voter, decided) in [(3, false), (1, false), (0, true)] {
        let vote = vote(&chain, &remove(2), voter);
        assert_eq!(chain.one(vote), Ok(()));
        assert_eq!(chain.directory.has_decided(), decided);
    }
    for height in 4..7 {
        assert_eq!(chain.height() + 1, height);
        chain.block_at(CLOSES_MS + height, &[]);
        assert!(
            has(&chain, 2),
            "not before the epoch's end, and not dropped when the ballot closes"
        );
    }
    let before = validators_hash(&chain.directory.committee().validators());
    chain.block(&[]);
    assert!(!has(&chain, 2));
    let header = &chain.directory.head().header;
    assert_eq!(header.height, 7);
    assert_ne!(header.validators, before);
    assert_eq!(
        header.validators,
        validators_hash(&chain.directory.committee().validators())
    );
    assert!(!chain.directory.has_decided());
    assert!(chain.directory.committee().ballots.as_slice().is_empty());
    // The three that are left certify what follows.
    chain.block(&[]);
    let latest = chain.directory.latest().unwrap();
    assert_eq!(latest.certificate.signers(3).unwrap(), [0, 1, 2]);
}

#[test]
fn vot_05_the_vote_in_the_epochs_last_block_still_counts() {
    let mut chain = four(4);
    for voter in 0..3 {
        let vote = vote(&chain, &add(4), voter);
        assert_eq!(chain.one(vote), Ok(()));
    }
    assert_eq!((chain.height(), has(&chain, 4)), (3, true));
}

#[test]
fn vot_05_decided_changes_are_made_in_the_order_of_their_ballots() {
    let mut chain = four(40);
    // Whoever is to be replaced leaves first: both changes at once.
    let replaced = Change::Add {
        operator: Operator {
            name: xchat_proto::codec::Text::new("Late".to_owned()).unwrap(),
            ..operator(4)
        },
    };
    for change in [&add(4), &replaced, &remove(1), &add(5)] {
        decide(&mut chain, change);
    }
    chain.end_epoch();
    assert_eq!([1, 4, 5].map(|number| has(&chain, number)), [false, true, true]);
    let newcomer = chain
        .directory
        .committee()
        .operator(&validator(4).public())
        .cloned();
    assert_eq!(
        newcomer,
        Some(operator(4)),
        "the second to add it came too late and is dropped"
    );
}

#[test]
fn vot_06_when_the_validators_change_all_other_ballots_end() {
    let mut chain = four(8);
    let waiting = vote(&chain, &add(5), 3);
    assert_eq!(chain.one(waiting.clone()), Ok(()));
    chain.end_epoch();
    assert_eq!(
        chain.directory.committee().ballots.as_slice().len(),
        1,
        "the end of an epoch alone ends none"
    );
    decide(&mut chain, &add(4));
    chain.end_epoch();
    assert!(chain.directory.committee().ballots.as_slice().is_empty());
    assert_eq!(chain.one(waiting), Err(RejectReason::OtherValidators));
}

#[test]
fn vot_07_a_change_that_can_not_be_made_is_refused() {
    let mut chain = four(100);
    let hidden = Change::Add {
        operator: Operator::unknown(validator(4).public()),
    };
    for change in [add(3), remove(9), hidden] {
        let vote = vote(&chain, &change, 0);
        assert_eq!(chain.one(vote), Err(RejectReason::BadChange));
    }
    let mut alone = testing::chain();
    let last = vote(&alone, &remove(0), 0);
    assert_eq!(
        alone.one(last),
        Err(RejectReason::BadChange),
        "nobody would be left"
    );
}

#[test]
fn vot_07_a_change_that_can_not_be_made_any_more_is_dropped() {
    let committee = Committee::new(first_operators(1));
    let ballot = |change| Ballot {
        change,
        closes_ms: CLOSES_MS,
        voters: committee.validators(),
    };
    let with = |changes: Vec<Change>| Committee {
        operators: committee.operators.clone(),
        ballots: bounded(changes.into_iter().map(ballot).collect()),
    };
    let gone = at_epoch_end(&with(vec![add(1), remove(0), remove(1), add(1)])).unwrap();
    assert_eq!(gone.operators, operators(vec![operator(1)]).unwrap());
    assert_eq!(gone.changed(&remove(1)), Err(OperatorsError::Nobody));
    // When nothing is left of a decision, it goes, and the undecided stay.
    let mut dropped = with(vec![add(0)]);
    dropped.ballots = bounded(vec![
        ballot(add(0)),
        Ballot {
            voters: Validators::default(),
            ..ballot(add(1))
        },
    ]);
    let after = at_epoch_end(&dropped).unwrap();
    assert_eq!(after.operators, committee.operators);
    assert_eq!(after.ballots.as_slice().len(), 1);
    assert_eq!(after.ballots.as_slice()[0].change, add(1));
    assert_eq!(at_epoch_end(&after), None);
}

#[test]
fn vot_08_the_faulty_can_not_use_up_the_ballots() {
    let mut chain = four(1_000);
    let opened = |chain: &mut Chain<MemoryStore>, voter, number: u8| {
        let vote = vote(chain, &add(number), voter);
        chain.one(vote)
    };
    for number in 4..12 {
        assert_eq!(opened(&mut chain, 0, number), Ok(()));
    }
    assert_eq!(opened(&mut chain, 0, 12), Err(RejectReason::TooManyBallots));
    assert_eq!(opened(&mut chain, 1, 12), Ok(()), "others may");
    assert_eq!(opened(&mut chain, 0, 12), Ok(()), "and theirs may be voted for");
    // What more than the faulty have voted for counts against nobody.
    assert_eq!(opened(&mut chain, 1, 4), Ok(()));
    assert_eq!(opened(&mut chain, 0, 13), Ok(()));
    for number in 14..20 {
        assert_eq!(opened(&mut chain, 2, number), Ok(()));
    }
    assert_eq!(chain.directory.committee().ballots.as_slice().len(), BALLOTS_MAX);
    assert_eq!(opened(&mut chain, 3, 21), Err(RejectReason::TooManyBallots));
    assert_eq!(opened(&mut chain, 3, 19), Ok(()));
}

#[test]
fn vot_09_an_operator_describes_itself() {
    let mut chain = four(4);
    let network = chain.network();
    let revised = |number: u8, revision| Operator {
        revision,
        name: xchat_proto::codec::Text::new("Moved".to_owned()).unwrap(),
        ..operator(number)
    };
    let by = |operator: &Operator, signer: u8| describe(network, operator, &validator(signer));
    assert_eq!(chain.one(by(&revised(1, 1), 2)), Err(RejectReason::BadSignature));
    assert_eq!(chain.one(by(&revised(9, 1), 9)), Err(RejectReason::NotAValidator));
    let elsewhere = describe(NetworkId([1; 32]), &revised(1, 1), &validator(1));
    assert_eq!(chain.one(elsewhere), Err(RejectReason::OtherNetwork));
    for revision in [0, 2] {
        assert_eq!(
            chain.one(by(&revised(1, revision), 1)),
            Err(RejectReason::BadRevision)
        );
    }
    let hidden = Operator {
        consensus: None,
        ..revised(1, 1)
    };
    assert_eq!(
        chain.one(by(&hidden, 1)),
        Err(RejectReason::BadChange),
        "others could not reach it"
    );
    let before = chain.directory.head().header.validators;
    assert_eq!(chain.one(by(&revised(1, 1), 1)), Ok(()));
    assert_eq!(
        chain.one(by(&revised(1, 1), 1)),
        Err(RejectReason::BadRevision),
        "never twice"
    );
    assert_eq!(
        chain.directory.committee().operator(&validator(1).public()),
        Some(&revised(1, 1))
    );
    assert_eq!(
        chain.directory.head().header.validators,
        before,
        "it is the same set"
    );
    // Alone it may be without an address.
    let mut alone = testing::chain();
    let hidden = Operator {
        consensus: None,
        ..revised(0, 1)
    };
    let operation = describe(alone.network(), &hidden, &validator(0));
    assert_eq!(alone.one(operation), Ok(()));
    // And nobody joins it then.
    let vote = vote(&alone, &add(1), 0);
    assert_eq!(alone.one(vote), Err(RejectReason::BadChange));
}

#[test]
fn vot_10_the_largest_committee_fits_into_the_map() {
    let socket =
        xchat_proto::address::Socket("[2001:db8:1111:2222:3333:4444:5555:6666]:65535".parse().unwrap());
    let largest = |number: u8| Operator {
        name: xchat_proto::codec::Text::new("x".repeat(OPERATOR_NAME_BYTES_MAX)).unwrap(),
        revision: u32::MAX,
        consensus: Some(socket),
        node: Some(xchat_proto::address::Endpoint {
            id: xchat_proto::ids::NodeId([4; 32]),
            sockets: Bounded::new(vec![socket; 16]).unwrap(),
            relay: Some(xchat_proto::codec::Text::new("x".repeat(256)).unwrap()),
        }),
        ..operator(number)
    };
    let all = operators(
        (0..VALIDATORS_MAX)
            .map(|number| largest(u8::try_from(number).unwrap()))
            .collect(),
    );
    let mut committee = Committee::new(all.unwrap());
    let ballot = Ballot {
        change: Change::Add {
            operator: largest(70),
        },
        closes_ms: u64::MAX,
        voters: committee.validators(),
    };
    committee.ballots = bounded(vec![ballot; BALLOTS_MAX]);
    let length = xchat_proto::codec::encode(&committee).len();
    assert!(length < COMMITTEE_BYTES_MAX, "{length} bytes");
    let operation = describe(chain().network(), &largest(0), &validator(0));
    assert!(xchat_proto::codec::encode(&operation).len() < xchat_proto::limits::OPERATION_BYTES_MAX);
}
