//! The life of a name: held, lapsed or given up, free again.

use xchat_proto::genesis::Parameters;
use xchat_proto::limits::{DAY_MS, ROTATION_LEAP_MAX};
use xchat_proto::name_proof::{Entry, Standing};

use super::*;
use crate::store::MemoryStore;

fn standing(chain: &Chain<MemoryStore>) -> Standing {
    let entry = chain.directory.entry(&name("alice")).unwrap().unwrap();
    entry.standing(&parameters(), chain.time_ms())
}

#[test]
fn dir_15_names_that_are_taken_for_each_other_are_one_persons_at_a_time() {
    let mut chain = with_alice();
    let similar = record_of(chain.network(), "a_1ice", 2, 0, 0);
    let operation = register(&similar, &key(2, 0));
    assert_eq!(chain.one(operation.clone()), Err(RejectReason::NameSimilar));
    let not_hers = record_of(chain.network(), "a_1ice", 1, 0, 1);
    assert_eq!(
        chain.one(update(&not_hers, &key(1, 0))),
        Err(RejectReason::NotRegistered),
        "the other spelling is nobody's"
    );
    assert_eq!(chain.directory.record(&name("a_1ice")).unwrap(), None);
    let release = release(chain.network(), "alice", 1, &key(1, 0));
    assert_eq!(chain.one(release), Ok(()));
    assert_eq!(
        chain.one(operation.clone()),
        Err(RejectReason::NameSimilar),
        "while the place rests, too"
    );
    let time_ms = chain.time_ms() + GRACE_MS;
    assert_eq!(chain.block_at(time_ms, &[operation]), [Ok(())]);
    assert_eq!(
        chain.one(register(
            &record_of(chain.network(), "alice", 3, 0, 0),
            &key(3, 0)
        )),
        Err(RejectReason::NameSimilar)
    );
}

#[test]
fn dir_16_a_name_lapses_and_only_its_owner_may_renew_it() {
    let mut chain = with_alice();
    let registered_ms = chain.time_ms();
    let bob = || register(&record_of(genesis().id(), "alice", 2, 0, 0), &key(2, 0));
    let end_ms = registered_ms + TERM_MS;
    assert_eq!(
        chain.block_at(end_ms - 1, &[bob()]),
        [Err(RejectReason::NameTaken)]
    );
    assert_eq!(standing(&chain), Standing::Held { until_ms: end_ms });
    assert_eq!(chain.block_at(end_ms, &[bob()]), [Err(RejectReason::NameResting)]);
    assert_eq!(
        standing(&chain),
        Standing::Lapsed {
            until_ms: end_ms + GRACE_MS
        }
    );
    // A rotation renews as an update does.
    assert_eq!(chain.one(rotate(&record(1, 1), &key(1, 1))), Ok(()));
    let renewed_ms = chain.time_ms();
    let stored = chain.directory.record(&name("alice")).unwrap().unwrap();
    assert_eq!(
        (stored.registered_ms, stored.renewed_ms),
        (registered_ms, renewed_ms)
    );
    let free_ms = renewed_ms + TERM_MS + GRACE_MS;
    let late = update(&record(1, 2), &key(1, 1));
    assert_eq!(
        chain.block_at(free_ms - 1, &[bob()]),
        [Err(RejectReason::NameResting)]
    );
    assert_eq!(
        chain.block_at(free_ms, &[late, bob()]),
        [Err(RejectReason::NotRegistered), Ok(())]
    );
    let stored = chain.directory.record(&name("alice")).unwrap().unwrap();
    assert_eq!((stored.registered_ms, stored.renewed_ms), (free_ms, free_ms));
}

#[test]
fn dir_17_a_name_is_given_up_by_its_present_key_and_rests() {
    let mut chain = with_alice();
    let network = chain.network();
    let give_up = |sequence, number| release(network, "alice", sequence, &key(1, number));
    assert_eq!(chain.one(give_up(0, 0)), Err(RejectReason::BadSequence));
    assert_eq!(chain.one(give_up(2, 0)), Err(RejectReason::BadSequence));
    assert_eq!(chain.one(give_up(1, 1)), Err(RejectReason::BadSignature));
    let elsewhere = release(NetworkId([1; 32]), "alice", 1, &key(1, 0));
    assert_eq!(chain.one(elsewhere), Err(RejectReason::OtherNetwork));
    let unknown = release(network, "bob", 1, &key(1, 0));
    assert_eq!(chain.one(unknown), Err(RejectReason::NotRegistered));
    assert_eq!(chain.one(rotate(&record(1, 1), &key(1, 1))), Ok(()));
    assert_eq!(
        chain.one(give_up(2, 0)),
        Err(RejectReason::BadSignature),
        "the replaced key"
    );
    assert_eq!(chain.one(give_up(2, 1)), Ok(()));
    let until_ms = chain.time_ms() + GRACE_MS;
    assert_eq!(standing(&chain), Standing::Resting { until_ms });
    assert!(matches!(
        chain.directory.entry(&name("alice")).unwrap(),
        Some(Entry::Released { stored, .. }) if stored.record.unverified().unwrap() == record(1, 1)
    ));
    assert_eq!(chain.directory.record(&name("alice")).unwrap(), None);
    let bob = register(&record_of(network, "alice", 2, 0, 0), &key(2, 0));
    let again = update(&record(1, 3), &key(1, 1));
    assert_eq!(
        chain.block_at(until_ms - 1, &[bob.clone(), again]),
        [Err(RejectReason::NameResting), Err(RejectReason::NotRegistered)]
    );
    assert_eq!(chain.block_at(until_ms, &[bob]), [Ok(())]);
}

/// What is there after alice gave her name up, or a thief of her present key did.
fn given_up() -> (Chain<MemoryStore>, u64) {
    let mut chain = with_alice();
    let registered_ms = chain.time_ms();
    let release = release(chain.network(), "alice", 1, &key(1, 0));
    assert_eq!(chain.one(release), Ok(()));
    (chain, registered_ms)
}

#[test]
fn dir_22_a_rotation_takes_back_what_was_given_up() {
    let (mut chain, registered_ms) = given_up();
    let until_ms = chain.time_ms() + GRACE_MS;
    for (attempt, reason) in [
        (rotate(&record(1, 1), &key(1, 1)), RejectReason::BadSequence),
        (update(&record(0, 2), &key(1, 0)), RejectReason::NotRegistered),
        (rotate(&record(2, 2), &key(1, 2)), RejectReason::NotCommitted),
        (
            rotate(&record_of(chain.network(), "alice", 2, 1, 2), &key(2, 1)),
            RejectReason::OtherAccount,
        ),
        (
            release(chain.network(), "alice", 2, &key(1, 0)),
            RejectReason::NotRegistered,
        ),
    ] {
        assert_eq!(chain.one(attempt), Err(reason));
    }
    let back = rotate(&record(1, 2), &key(1, 1));
    assert_eq!(
        chain.block_at(until_ms - 1, std::slice::from_ref(&back)),
        [Ok(())]
    );
    let stored = chain.directory.record(&name("alice")).unwrap().unwrap();
    assert_eq!(stored.record.unverified().unwrap(), record(1, 2));
    assert_eq!(
        (stored.registered_ms, stored.renewed_ms),
        (registered_ms, until_ms - 1),
        "she had the name all the time"
    );
    let thief = release(chain.network(), "alice", 3, &key(1, 0));
    assert_eq!(chain.one(thief), Err(RejectReason::BadSignature));

    let (mut late, _) = given_up();
    assert_eq!(
        late.block_at(until_ms, &[back]),
        [Err(RejectReason::NotRegistered)],
        "it is anybody's by then"
    );
}

#[test]
fn dir_23_a_rotation_leaps_over_what_a_thief_does_meanwhile() {
    let mut chain = with_alice();
    let far = rotate(&record(1, ROTATION_LEAP_MAX + 1), &key(1, 1));
    assert_eq!(chain.one(far), Err(RejectReason::BadSequence));
    let back = rotate(&record(1, 1_000), &key(1, 1));
    let thief = |sequence| update(&record(0, sequence), &key(1, 0));
    assert_eq!(
        chain.block(&[thief(1), thief(2), back, thief(3), thief(1_001)]),
        [
            Ok(()),
            Ok(()),
            Ok(()),
            Err(RejectReason::BadSequence),
            Err(RejectReason::OtherIdentity)
        ]
    );
    assert_eq!(
        chain.one(update(&record(1, 1_002), &key(1, 1))),
        Err(RejectReason::BadSequence),
        "an update doesn't leap"
    );
    let replayed = rotate(&record(1, 1_000), &key(1, 1));
    assert_eq!(chain.one(replayed), Err(RejectReason::BadSequence));
}

#[test]
fn dir_24_a_record_is_updated_so_often_a_day() {
    let parameters = Parameters {
        updates_per_day: 3,
        term_ms: 9 * DAY_MS,
        ..parameters()
    };
    let mut chain = Chain::new(genesis_of(1, parameters), 1);
    let network = chain.network();
    let record = |number, sequence| record_of(network, "alice", 1, number, sequence);
    let change = |sequence, number| update(&record(number, sequence), &key(1, number));
    assert_eq!(chain.one(register(&record(0, 0), &key(1, 0))), Ok(()));
    for sequence in 1..=3 {
        assert_eq!(chain.one(change(sequence, 0)), Ok(()));
    }
    assert_eq!(chain.one(change(4, 0)), Err(RejectReason::TooManyUpdates));
    // Another key begins no other count, and a rotation is never refused for it.
    assert_eq!(chain.one(rotate(&record(1, 4), &key(1, 1))), Ok(()));
    assert_eq!(chain.one(change(5, 1)), Err(RejectReason::TooManyUpdates));
    let midnight_ms = (chain.time_ms() / DAY_MS + 1) * DAY_MS;
    assert_eq!(
        chain.block_at(midnight_ms - 1, &[change(5, 1)]),
        [Err(RejectReason::TooManyUpdates)]
    );
    assert_eq!(
        chain.block_at(
            midnight_ms,
            &[change(5, 1), change(6, 1), change(7, 1), change(8, 1)]
        ),
        [Ok(()), Ok(()), Ok(()), Err(RejectReason::TooManyUpdates)]
    );
}

#[test]
fn dir_18_a_free_name_begins_anew_and_not_by_who_had_it() {
    let mut chain = with_alice();
    let first = register(&record(0, 0), &key(1, 0));
    assert_eq!(chain.one(rotate(&record(1, 1), &key(1, 1))), Ok(()));
    let free_ms = chain.time_ms() + TERM_MS + GRACE_MS;
    assert_eq!(
        chain.block_at(free_ms, std::slice::from_ref(&first)),
        [Err(RejectReason::FormerOwner)],
        "else anybody could bring back the first record, with its replaced key"
    );
    let anew = Record {
        name: name("alice"),
        ..record_of(chain.network(), "alice", 5, 0, 0)
    };
    assert_eq!(chain.one(register(&anew, &key(5, 0))), Ok(()));
    let released = release(chain.network(), "alice", 1, &key(5, 0));
    assert_eq!(chain.one(released), Ok(()));
    let free_ms = chain.time_ms() + GRACE_MS;
    assert_eq!(
        chain.block_at(free_ms, &[register(&anew, &key(5, 0))]),
        [Err(RejectReason::FormerOwner)]
    );
}
