//! The rules, one by one; then random histories against a small model of them.

use xchat_proto::codec::Bounded;
use xchat_proto::identity::{IdentityLink, account_of, key_commitment, sign_link};
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::IDENTITY_LINKS_MAX;
use xchat_proto::record::{Inbox, Record, registration_challenge};
use xchat_proto::signed::Signed;
use xchat_proto::work::Work;

use super::*;
use crate::store::MemoryStore;

mod model;

const BITS: u8 = 2;
const NOON_MS: u64 = 1_800_000_000_000;

fn genesis() -> Genesis {
    Genesis::new(
        vec![SigningKey::from_seed(&[99; 32]).public()],
        BITS,
        NOON_MS,
        Hash([7; 32]),
    )
    .unwrap()
}

fn directory() -> Directory<MemoryStore> {
    Directory::open(MemoryStore::default(), genesis()).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Identity key `number` of a person.
fn key(person: u8, number: u32) -> SigningKey {
    let [.., a, b] = number.to_be_bytes();
    let mut seed = [person; 32];
    (seed[0], seed[1]) = (a, b);
    SigningKey::from_seed(&seed)
}

fn link(person: u8, number: u32) -> Signed<IdentityLink> {
    sign_link(number, &key(person, number), &key(person, number + 1).public()).unwrap()
}

/// Person 1's record of @alice, with identity key `number`.
fn record(number: u32, sequence: u64) -> Record {
    Record {
        network: genesis().id(),
        name: name("alice"),
        account: account_of(&link(1, 0)),
        identity: link(1, number),
        devices: Hash([1; 32]),
        inbox: Inbox {
            homes: Bounded::default(),
            log: LogId([2; 32]),
            key: Hash([3; 32]),
        },
        sequence,
    }
}

fn sign(record: &Record, key: &SigningKey) -> Signed<Record> {
    Signed::new(record, key).unwrap()
}

fn solved(record: &Signed<Record>) -> Work {
    registration_challenge(record).solve(BITS, 0..100_000).unwrap()
}

fn register(record: &Record, key: &SigningKey) -> Operation {
    let record = sign(record, key);
    Operation::Register {
        work: solved(&record),
        record,
    }
}

fn update(record: &Record, key: &SigningKey) -> Operation {
    Operation::Update {
        record: sign(record, key),
    }
}

fn rotate(record: &Record, key: &SigningKey) -> Operation {
    Operation::Rotate {
        record: sign(record, key),
    }
}

/// Applies one block with one operation.
fn one(directory: &mut Directory<MemoryStore>, operation: Operation) -> Result<(), RejectReason> {
    let height = directory.head().header.height + 1;
    directory
        .apply(NOON_MS + height, height, &[operation])
        .unwrap()
        .outcomes()[0]
}

/// A directory in which person 1 has @alice.
fn with_alice() -> Directory<MemoryStore> {
    let mut directory = directory();
    assert_eq!(one(&mut directory, register(&record(0, 0), &key(1, 0))), Ok(()));
    directory
}

#[test]
fn dir_01_the_first_to_come_has_the_name() {
    let mut directory = with_alice();
    let other = Record {
        account: account_of(&link(2, 0)),
        identity: link(2, 0),
        ..record(0, 0)
    };
    assert_eq!(
        one(&mut directory, register(&other, &key(2, 0))),
        Err(RejectReason::NameTaken)
    );
    let kept = directory.record(&name("alice")).unwrap().unwrap();
    assert_eq!(kept.record.unverified().unwrap(), record(0, 0));
}

#[test]
fn dir_02_a_registration_pays_for_its_own_record() {
    let mut directory = directory();
    let signed = sign(&record(0, 0), &key(1, 0));
    let challenge = registration_challenge(&signed);
    let unpaid = (0..)
        .map(Work)
        .find(|work| !challenge.is_solved_by(*work, BITS))
        .unwrap();
    let operation = Operation::Register {
        record: signed,
        work: unpaid,
    };
    assert_eq!(one(&mut directory, operation), Err(RejectReason::BadWork));
}

#[test]
fn dir_03_reserved_names_are_nobodys() {
    let mut directory = directory();
    for reserved in crate::RESERVED_NAMES {
        let record = Record {
            name: name(reserved),
            ..record(0, 0)
        };
        assert_eq!(
            one(&mut directory, register(&record, &key(1, 0))),
            Err(RejectReason::NameReserved)
        );
    }
}

#[test]
fn dir_04_a_first_record_starts_an_account() {
    let mut directory = directory();
    let first = record(0, 0);
    let later = Record {
        sequence: 1,
        ..first.clone()
    };
    assert_eq!(
        one(&mut directory, register(&later, &key(1, 0))),
        Err(RejectReason::NotFirst)
    );
    let second_key = Record {
        identity: link(1, 1),
        ..first.clone()
    };
    assert_eq!(
        one(&mut directory, register(&second_key, &key(1, 1))),
        Err(RejectReason::NotFirst)
    );
    let of_another = Record {
        account: account_of(&link(2, 0)),
        ..first
    };
    assert_eq!(
        one(&mut directory, register(&of_another, &key(1, 0))),
        Err(RejectReason::NotFirst)
    );
}

#[test]
fn dir_05_an_update_is_signed_by_the_present_key_and_counted() {
    let mut directory = with_alice();
    for (sequence, outcome) in [
        (0, Err(RejectReason::BadSequence)),
        (2, Err(RejectReason::BadSequence)),
        (1, Ok(())),
        (1, Err(RejectReason::BadSequence)),
        (2, Ok(())),
    ] {
        assert_eq!(
            one(&mut directory, update(&record(0, sequence), &key(1, 0))),
            outcome
        );
    }
    assert_eq!(
        one(&mut directory, update(&record(0, 3), &key(2, 0))),
        Err(RejectReason::BadSignature)
    );
    let given_away = Record {
        account: account_of(&link(2, 0)),
        ..record(0, 3)
    };
    assert_eq!(
        one(&mut directory, update(&given_away, &key(1, 0))),
        Err(RejectReason::OtherAccount)
    );
    let unknown = Record {
        name: name("bob"),
        ..record(0, 1)
    };
    assert_eq!(
        one(&mut directory, update(&unknown, &key(1, 0))),
        Err(RejectReason::NotRegistered)
    );
}

#[test]
fn dir_06_a_rotation_is_by_the_key_that_was_committed_to() {
    let mut directory = with_alice();
    assert_eq!(
        one(&mut directory, rotate(&record(2, 1), &key(1, 2))),
        Err(RejectReason::NotCommitted)
    );
    assert_eq!(
        one(&mut directory, rotate(&record(0, 1), &key(1, 0))),
        Err(RejectReason::NotCommitted)
    );
    assert_eq!(
        one(&mut directory, rotate(&record(1, 1), &key(1, 0))),
        Err(RejectReason::BadSignature)
    );
    assert_eq!(
        one(&mut directory, rotate(&record(1, 2), &key(1, 1))),
        Err(RejectReason::BadSequence)
    );
    assert_eq!(one(&mut directory, rotate(&record(1, 1), &key(1, 1))), Ok(()));
    assert_eq!(
        one(&mut directory, update(&record(0, 2), &key(1, 0))),
        Err(RejectReason::OtherIdentity),
        "the replaced key can do nothing"
    );
    assert_eq!(one(&mut directory, update(&record(1, 2), &key(1, 1))), Ok(()));
}

#[test]
fn dir_07_the_thief_of_the_present_key_can_not_keep_the_account() {
    let mut directory = with_alice();
    let stolen = key(1, 0);
    let own_next = sign_link(0, &stolen, &key(66, 0).public()).unwrap();
    let recommitted = Record {
        identity: own_next,
        ..record(0, 1)
    };
    assert_eq!(
        one(&mut directory, update(&recommitted, &stolen)),
        Err(RejectReason::OtherIdentity)
    );
    let own_key = sign_link(1, &key(66, 0), &key(66, 1).public()).unwrap();
    let rotated = Record {
        identity: own_key,
        ..record(0, 1)
    };
    assert_eq!(
        one(&mut directory, rotate(&rotated, &key(66, 0))),
        Err(RejectReason::NotCommitted)
    );
    // What the thief can do is updates, until the owner rotates.
    assert_eq!(one(&mut directory, update(&record(0, 1), &stolen)), Ok(()));
    assert_eq!(one(&mut directory, rotate(&record(1, 2), &key(1, 1))), Ok(()));
    assert_eq!(
        one(&mut directory, update(&record(0, 3), &stolen)),
        Err(RejectReason::OtherIdentity)
    );
}

#[test]
fn dir_08_a_record_is_for_one_network() {
    let mut directory = directory();
    let elsewhere = Record {
        network: NetworkId([1; 32]),
        ..record(0, 0)
    };
    assert_eq!(
        one(&mut directory, register(&elsewhere, &key(1, 0))),
        Err(RejectReason::OtherNetwork)
    );
}

#[test]
fn dir_09_identity_keys_are_replaced_a_bounded_number_of_times() {
    let mut directory = with_alice();
    let rotations_max = u32::try_from(IDENTITY_LINKS_MAX).unwrap() - 1;
    for number in 1..=rotations_max {
        assert_eq!(
            one(
                &mut directory,
                rotate(&record(number, number.into()), &key(1, number))
            ),
            Ok(())
        );
    }
    let number = rotations_max + 1;
    let beyond = rotate(&record(number, number.into()), &key(1, number));
    assert_eq!(one(&mut directory, beyond), Err(RejectReason::TooManyRotations));
}

#[test]
fn dir_10_an_operation_sees_what_those_before_it_in_the_block_did() {
    let mut directory = directory();
    let operations = [
        register(&record(0, 0), &key(1, 0)),
        register(
            &Record {
                devices: Hash([9; 32]),
                ..record(0, 0)
            },
            &key(1, 0),
        ),
        update(&record(0, 1), &key(1, 0)),
        rotate(&record(1, 2), &key(1, 1)),
    ];
    let executed = directory.apply(NOON_MS + 5, 1, &operations).unwrap();
    assert_eq!(
        executed.outcomes(),
        [Ok(()), Err(RejectReason::NameTaken), Ok(()), Ok(())]
    );
    let stored = directory.record(&name("alice")).unwrap().unwrap();
    assert_eq!((stored.registered_ms, stored.height), (NOON_MS + 5, 1));
}

#[test]
fn dir_11_a_block_that_is_delivered_again_changes_nothing() {
    let mut directory = with_alice();
    let operations = [update(&record(0, 1), &key(1, 0))];
    let executed = directory.execute(&[], 2, NOON_MS + 9, &operations).unwrap();
    let header = directory.header(&directory.head().header, NOON_MS + 9, &operations, &executed);
    assert!(directory.commit(&header, None, &executed).unwrap());
    let after = directory.head().clone();
    assert!(!directory.commit(&header, None, &executed).unwrap());
    assert_eq!(*directory.head(), after);

    // And none is left out, nor taken for another.
    let gap = Header {
        height: 9,
        ..header.clone()
    };
    assert!(matches!(
        directory.commit(&gap, None, &executed),
        Err(DirectoryError::OutOfPlace { .. })
    ));
    let next = directory.execute(&[], 3, NOON_MS + 10, &[]).unwrap();
    let next_header = directory.header(&header, NOON_MS + 10, &[], &next);
    let forged = Header {
        state_root: Hash([1; 32]),
        ..next_header.clone()
    };
    assert!(matches!(
        directory.commit(&forged, None, &next),
        Err(DirectoryError::OtherContents(3))
    ));
    let orphan = Header {
        parent: Hash([1; 32]),
        ..next_header
    };
    assert!(matches!(
        directory.commit(&orphan, None, &next),
        Err(DirectoryError::OutOfPlace { .. })
    ));
}

#[test]
fn dir_12_blocks_are_executed_on_others_that_are_not_final() {
    let mut directory = directory();
    let first = [register(&record(0, 0), &key(1, 0))];
    let second = [update(&record(0, 1), &key(1, 0))];
    let one = directory.execute(&[], 1, NOON_MS + 1, &first).unwrap();
    let two = directory.execute(&[&one], 2, NOON_MS + 2, &second).unwrap();
    assert_eq!(two.outcomes(), [Ok(())]);
    assert_eq!(
        directory.record(&name("alice")).unwrap(),
        None,
        "executing writes nothing"
    );
    assert!(
        directory.execute(&[&two], 3, NOON_MS + 3, &[]).is_err(),
        "a gap below"
    );

    let one_applied = directory.apply(NOON_MS + 1, 1, &first).unwrap();
    let two_applied = directory.apply(NOON_MS + 2, 2, &second).unwrap();
    assert_eq!((one.root(), two.root()), (one_applied.root(), two_applied.root()));
}

#[test]
fn dir_13_operations_are_bounded() {
    let mut directory = directory();
    let relay = codec::Text::new("x".repeat(256)).unwrap();
    let socket =
        xchat_proto::address::Socket("[2001:db8:1111:2222:3333:4444:5555:6666]:65535".parse().unwrap());
    let home = xchat_proto::address::Endpoint {
        id: xchat_proto::ids::NodeId([4; 32]),
        sockets: Bounded::new(vec![socket; 16]).unwrap(),
        relay: Some(relay),
    };
    let mut largest = record(0, 0);
    largest.name = name(&"a".repeat(32));
    largest.inbox.homes = Bounded::new(vec![home; 3]).unwrap();
    assert_eq!(
        one(&mut directory, register(&largest, &key(1, 0))),
        Ok(()),
        "the largest honest record fits"
    );

    let malformed: Signed<Record> = codec::decode(
        &codec::encode(&Signed::new(&Oversized, &key(1, 0)).unwrap()),
        64 * 1024,
    )
    .unwrap();
    let operation = Operation::Update { record: malformed };
    assert_eq!(
        one(&mut directory, operation.clone()),
        Err(RejectReason::Malformed)
    );
    let many = vec![operation; OPERATIONS_PER_BLOCK_MAX + 1];
    let height = directory.head().header.height + 1;
    assert!(matches!(
        directory.execute(&[], height, NOON_MS + 9, &many),
        Err(DirectoryError::TooManyOperations(_))
    ));
}

/// A signed body that is no record.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Oversized;

impl xchat_proto::signed::SignedBody for Oversized {
    const CONTEXT: &'static str = "test oversized";
}

#[test]
fn a_store_of_another_network_is_refused() {
    let store = with_alice().store;
    let other = Genesis {
        created_ms: 1,
        ..genesis()
    };
    assert!(matches!(
        Directory::open(store.clone(), other),
        Err(DirectoryError::OtherNetwork)
    ));
    let again = Directory::open(store, genesis()).unwrap();
    assert!(again.record(&name("alice")).unwrap().is_some());
}

#[test]
fn what_nobody_can_ask_for_any_more_is_removed() {
    let mut directory = with_alice();
    let size = |directory: &Directory<MemoryStore>, table| {
        directory
            .store
            .keys_below(table, &[0xff; 100], usize::MAX)
            .unwrap()
            .len()
    };
    let mut largest = 0;
    for sequence in 1..40 {
        let operations = [update(&record(0, sequence), &key(1, 0))];
        let height = directory.head().header.height + 1;
        let executed = directory
            .execute(&[], height, NOON_MS + height, &operations)
            .unwrap();
        let header = directory.header(&directory.head().header, NOON_MS + height, &operations, &executed);
        let certificate = Certificate::new(vec![1]).unwrap();
        directory.commit(&header, Some(certificate), &executed).unwrap();
        let proof = directory.lookup(&name("alice")).unwrap();
        let value = proof.value.as_ref().map(Blob::as_slice);
        proof
            .proof
            .verify(
                &header.state_root,
                &name_key(&header.network, &name("alice")),
                value,
            )
            .unwrap();
        largest = largest.max(size(&directory, Table::Nodes) + size(&directory, Table::Values));
    }
    assert!(largest < 10, "{largest} entries for one name");
}

#[test]
fn a_proof_waits_for_a_certificate() {
    let mut directory = with_alice();
    assert!(matches!(
        directory.lookup(&name("alice")),
        Err(DirectoryError::NothingCertified)
    ));
    assert_eq!(directory.latest(), None);
    let certify = |directory: &mut Directory<MemoryStore>, operations: &[Operation], certificate| {
        let height = directory.head().header.height + 1;
        let executed = directory
            .execute(&[], height, NOON_MS + height, operations)
            .unwrap();
        let header = directory.header(&directory.head().header, NOON_MS + height, operations, &executed);
        directory.commit(&header, certificate, &executed).unwrap();
    };
    certify(&mut directory, &[], Some(Certificate::new(vec![1]).unwrap()));
    // A later block that is final by its descendant's certificate alone: proofs are of the certified one.
    certify(&mut directory, &[update(&record(0, 1), &key(1, 0))], None);
    let proof = directory.lookup(&name("alice")).unwrap();
    assert_eq!(proof.header.height, 2);
    let value = proof.value.as_ref().map(Blob::as_slice);
    proof
        .proof
        .verify(
            &proof.header.state_root,
            &name_key(&proof.header.network, &name("alice")),
            value,
        )
        .unwrap();
    let stored: StoredRecord = codec::decode(value.unwrap(), STORED_RECORD_BYTES_MAX).unwrap();
    assert_eq!(stored.record.unverified().unwrap().sequence, 0);
    let commitment = stored
        .record
        .unverified()
        .unwrap()
        .identity
        .unverified()
        .unwrap()
        .next;
    assert_eq!(commitment, key_commitment(&key(1, 1).public()));
}
