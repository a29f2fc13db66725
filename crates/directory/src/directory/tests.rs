//! The rules of names, one by one; then histories against a small model of them.

use minicbor::{Decode, Encode};
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::codec::{self, Bounded};
use xchat_proto::identity::{account_of, sign_link};
use xchat_proto::ids::NetworkId;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::{IDENTITY_LINKS_MAX, OPERATIONS_PER_BLOCK_MAX};
use xchat_proto::map_proof::committee_key;
use xchat_proto::name::RESERVED_NAMES;
use xchat_proto::name_proof::Standing;
use xchat_proto::operator::Operator;
use xchat_proto::record::Record;
use xchat_proto::signed::Signed;

use super::*;
use crate::testing::*;

mod blocks;
mod costs;
mod life;
mod model;
mod replay;

#[test]
fn dir_01_the_first_to_come_has_the_name() {
    let mut chain = with_alice();
    let other = Record {
        account: account_of(&link(2, 0)),
        identity: link(2, 0),
        ..record(0, 0)
    };
    assert_eq!(
        chain.one(register(&other, &key(2, 0))),
        Err(RejectReason::NameTaken)
    );
    let kept = chain.directory.record(&name("alice")).unwrap().unwrap();
    assert_eq!(kept.record.unverified().unwrap(), record(0, 0));
}

#[test]
fn dir_02_a_registration_pays_for_its_own_record() {
    let mut chain = chain();
    let unpaid = register_with(&record(0, 0), &key(1, 0), BITS - 1);
    assert_eq!(chain.one(unpaid), Err(RejectReason::BadWork));
    let Operation::Register { fee, .. } = register(&record(0, 0), &key(1, 0)) else {
        panic!("a registration");
    };
    // Work that pays for this record pays for no other: one for which it is no solution is soon found.
    let others = (0..64).map(|devices| Record {
        devices: Hash([devices; 32]),
        ..record(0, 0)
    });
    let refused = others.map(|other| {
        let record = sign(&other, &key(1, 0));
        let fee = fee.clone();
        chain
            .directory
            .rules()
            .check(Operation::Register { record, fee })
            .err()
    });
    assert!(
        refused
            .into_iter()
            .any(|reason| reason == Some(RejectReason::BadWork))
    );
}

#[test]
fn dir_03_reserved_names_are_nobodys() {
    let mut chain = chain();
    for reserved in RESERVED_NAMES.into_iter().chain(["adm1n", "x_chat", "offlcial"]) {
        let record = Record {
            name: name(reserved),
            ..record(0, 0)
        };
        let operation = register(&record, &key(1, 0));
        assert_eq!(
            chain.one(operation),
            Err(RejectReason::NameReserved),
            "{reserved}"
        );
    }
}

#[test]
fn dir_04_a_first_record_starts_an_account() {
    let mut chain = chain();
    let first = record(0, 0);
    let later = Record {
        sequence: 1,
        ..first.clone()
    };
    assert_eq!(
        chain.one(register(&later, &key(1, 0))),
        Err(RejectReason::NotFirst)
    );
    let second_key = Record {
        identity: link(1, 1),
        ..first.clone()
    };
    assert_eq!(
        chain.one(register(&second_key, &key(1, 1))),
        Err(RejectReason::NotFirst)
    );
    let of_another = Record {
        account: account_of(&link(2, 0)),
        ..first
    };
    assert_eq!(
        chain.one(register(&of_another, &key(1, 0))),
        Err(RejectReason::NotFirst)
    );
}

#[test]
fn dir_05_an_update_is_signed_by_the_present_key_and_counted() {
    let mut chain = with_alice();
    for (sequence, outcome) in [
        (0, Err(RejectReason::BadSequence)),
        (2, Err(RejectReason::BadSequence)),
        (1, Ok(())),
        (1, Err(RejectReason::BadSequence)),
        (2, Ok(())),
    ] {
        assert_eq!(chain.one(update(&record(0, sequence), &key(1, 0))), outcome);
    }
    assert_eq!(
        chain.one(update(&record(0, 3), &key(2, 0))),
        Err(RejectReason::BadSignature)
    );
    let given_away = Record {
        account: account_of(&link(2, 0)),
        ..record(0, 3)
    };
    assert_eq!(
        chain.one(update(&given_away, &key(1, 0))),
        Err(RejectReason::OtherAccount)
    );
    let unknown = Record {
        name: name("bob"),
        ..record(0, 1)
    };
    assert_eq!(
        chain.one(update(&unknown, &key(1, 0))),
        Err(RejectReason::NotRegistered)
    );
}

#[test]
fn dir_06_a_rotation_is_by_the_key_that_was_committed_to() {
    let mut chain = with_alice();
    assert_eq!(
        chain.one(rotate(&record(2, 1), &key(1, 2))),
        Err(RejectReason::NotCommitted)
    );
    assert_eq!(
        chain.one(rotate(&record(0, 1), &key(1, 0))),
        Err(RejectReason::NotCommitted)
    );
    assert_eq!(
        chain.one(rotate(&record(1, 1), &key(1, 0))),
        Err(RejectReason::BadSignature)
    );
    assert_eq!(chain.one(rotate(&record(1, 1), &key(1, 1))), Ok(()));
    assert_eq!(
        chain.one(rotate(&record(2, 1), &key(1, 2))),
        Err(RejectReason::BadSequence)
    );
    assert_eq!(
        chain.one(update(&record(0, 2), &key(1, 0))),
        Err(RejectReason::OtherIdentity),
        "the replaced key can do nothing"
    );
    assert_eq!(chain.one(update(&record(1, 2), &key(1, 1))), Ok(()));
}

#[test]
fn dir_07_the_thief_of_the_present_key_can_not_keep_the_account() {
    let mut chain = with_alice();
    let stolen = key(1, 0);
    let own_next = sign_link(0, &stolen, &key(66, 0).public()).unwrap();
    let recommitted = Record {
        identity: own_next,
        ..record(0, 1)
    };
    assert_eq!(
        chain.one(update(&recommitted, &stolen)),
        Err(RejectReason::OtherIdentity)
    );
    let own_key = sign_link(1, &key(66, 0), &key(66, 1).public()).unwrap();
    let rotated = Record {
        identity: own_key,
        ..record(0, 1)
    };
    assert_eq!(
        chain.one(rotate(&rotated, &key(66, 0))),
        Err(RejectReason::NotCommitted)
    );
    // What the thief can do is updates, until the owner rotates.
    assert_eq!(chain.one(update(&record(0, 1), &stolen)), Ok(()));
    assert_eq!(chain.one(rotate(&record(1, 2), &key(1, 1))), Ok(()));
    assert_eq!(
        chain.one(update(&record(0, 3), &stolen)),
        Err(RejectReason::OtherIdentity)
    );
}

#[test]
fn dir_08_a_record_is_for_one_network() {
    let mut chain = chain();
    let elsewhere = Record {
        network: NetworkId([1; 32]),
        ..record(0, 0)
    };
    assert_eq!(
        chain.one(register(&elsewhere, &key(1, 0))),
        Err(RejectReason::OtherNetwork)
    );
}

#[test]
fn dir_09_identity_keys_are_replaced_a_bounded_number_of_times() {
    let mut chain = with_alice();
    let rotations_max = u32::try_from(IDENTITY_LINKS_MAX).unwrap() - 1;
    for number in 1..=rotations_max {
        assert_eq!(
            chain.one(rotate(&record(number, number.into()), &key(1, number))),
            Ok(())
        );
    }
    let number = rotations_max + 1;
    let beyond = rotate(&record(number, number.into()), &key(1, number));
    assert_eq!(chain.one(beyond), Err(RejectReason::TooManyRotations));
}

#[test]
fn dir_13_operations_are_bounded() {
    let mut chain = chain();
    let relay = codec::Text::new("x".repeat(256)).unwrap();
    let socket = Socket("[2001:db8:1111:2222:3333:4444:5555:6666]:65535".parse().unwrap());
    let home = Endpoint {
        id: xchat_proto::ids::NodeId([4; 32]),
        sockets: Bounded::new(vec![socket; 16]).unwrap(),
        relay: Some(relay),
    };
    let mut largest = record(0, 0);
    largest.name = name(&"a".repeat(32));
    largest.inbox.homes = Bounded::new(vec![home; 3]).unwrap();
    let operation = register_by_token(&largest, &key(1, 0), 0, 1, NOON_MS + 60_000);
    assert_eq!(chain.one(operation), Ok(()), "the largest honest record fits");

    let malformed: Signed<Record> = codec::decode(
        &codec::encode(&Signed::new(&Oversized, &key(1, 0)).unwrap()),
        64 * 1024,
    )
    .unwrap();
    let operation = Operation::Update { record: malformed };
    assert_eq!(chain.one(operation), Err(RejectReason::Malformed));
    let checked = chain
        .directory
        .rules()
        .check(update(&record(0, 1), &key(1, 0)))
        .unwrap();
    let many = vec![checked; OPERATIONS_PER_BLOCK_MAX + 1];
    assert!(matches!(
        chain
            .directory
            .execute(&[], chain.height() + 1, NOON_MS + 9_000, &many),
        Err(DirectoryError::TooManyOperations(_))
    ));
}

#[test]
fn dir_13_what_is_too_long_is_refused_before_it_is_read() {
    let long: Signed<Record> = codec::decode(
        &codec::encode(&Signed::new(&Long, &key(1, 0)).unwrap()),
        64 * 1024,
    )
    .unwrap();
    let operation = Operation::Update { record: long };
    assert_eq!(codec::encode(&operation).len() / 1_000, 9);
    let refused = chain().directory.rules().check(operation).err();
    assert_eq!(refused, Some(RejectReason::Malformed));
}

/// A signed body that is no record.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Oversized;

impl xchat_proto::signed::SignedBody for Oversized {
    const CONTEXT: &'static str = "test oversized";
}

struct Long;

impl<C> Encode<C> for Long {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&[0; 9_000])?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Long {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.bytes().map(|_| Self)
    }
}

impl xchat_proto::signed::SignedBody for Long {
    const CONTEXT: &'static str = "test long";
}

#[test]
fn dir_19_what_was_checked_for_another_network_is_not_executed() {
    let elsewhere = Chain::new(genesis_of(2, parameters()), 2);
    let record = record_of(elsewhere.network(), "alice", 1, 0, 0);
    let checked = elsewhere.directory.rules().check(register(&record, &key(1, 0)));
    assert!(matches!(
        chain()
            .directory
            .execute(&[], 1, NOON_MS + 1, &[checked.unwrap()]),
        Err(DirectoryError::OtherNetwork)
    ));
}

#[test]
fn dir_19_a_checked_operation_says_what_it_is_about() {
    let chain = with_alice();
    let rules = chain.directory.rules();
    let operation = register(&record(0, 0), &key(1, 0));
    let checked = rules.check(operation.clone()).unwrap();
    assert_eq!(checked.length(), codec::encode(&operation).len());
    assert_eq!(checked.hash(), xchat_proto::header::operation_hash(&operation));
    assert_eq!(checked.name(), Some(&name("alice")));
    let same_place = release(chain.network(), "al_ice", 1, &key(1, 0));
    assert_eq!(rules.check(same_place).unwrap().place(), checked.place());
    let committee = describe(chain.network(), &operator(0), &validator(0));
    assert_ne!(rules.check(committee).unwrap().place(), checked.place());
}

#[test]
fn rdr_02_what_was_made_is_known_by_its_operation() {
    let mut chain = with_alice();
    let made = |chain: &Chain<_>, operation: &Operation| {
        let checked = chain.directory.rules().check(operation.clone()).unwrap();
        Directory::made(&chain.directory, &checked).unwrap()
    };
    let first = register(&record(0, 0), &key(1, 0));
    chain.block(&[]);
    assert_eq!(made(&chain, &first), Some(1));
    let next = update(&record(0, 1), &key(1, 0));
    assert_eq!(made(&chain, &next), None);
    assert_eq!(chain.one(next.clone()), Ok(()));
    assert_eq!((made(&chain, &first), made(&chain, &next)), (None, Some(3)));
    let operator = Operator {
        revision: 1,
        ..operator(0)
    };
    let description = describe(chain.network(), &operator, &validator(0));
    assert_eq!(made(&chain, &description), None);
    assert_eq!(chain.one(description.clone()), Ok(()));
    assert_eq!(made(&chain, &description), Some(4));
    let release = release(chain.network(), "alice", 2, &key(1, 0));
    assert_eq!(made(&chain, &release), None);
    assert_eq!(chain.one(release.clone()), Ok(()));
    assert_eq!(made(&chain, &release), Some(5));
    assert_eq!(made(&chain, &next), None);
}

#[test]
fn rdr_03_a_pool_asks_what_a_block_would_say() {
    let chain = with_alice();
    let judge = |operation| {
        let checked = chain.directory.rules().check(operation).unwrap();
        chain.directory.judge(&checked, NOON_MS).unwrap()
    };
    assert_eq!(
        judge(register(&record(0, 0), &key(1, 0))),
        Err(RejectReason::NameTaken)
    );
    assert_eq!(judge(update(&record(0, 1), &key(1, 0))), Ok(()));
    assert_eq!(
        judge(update(&record(0, 2), &key(1, 0))),
        Err(RejectReason::BadSequence)
    );
}

#[test]
fn gen_06_a_directory_is_opened_with_the_operators_of_its_genesis() {
    let open =
        |operators: &Operators| Directory::open(crate::store::MemoryStore::default(), genesis(), operators);
    assert!(open(&first_operators(1)).is_ok());
    for other in [first_operators(2), Operators::default()] {
        assert!(matches!(
            open(&other),
            Err(DirectoryError::Genesis(
                xchat_proto::genesis::GenesisError::OtherOperators
            ))
        ));
    }
}

#[test]
fn gen_06_the_map_of_block_0_holds_the_committee() {
    let chain = chain();
    let committee = Committee::new(first_operators(1));
    assert_eq!(*chain.directory.committee(), committee);
    let header = &chain.directory.head().header;
    let view = MapView {
        store: &chain.directory.store,
        pending: Vec::new(),
        version: chain.directory.head().version,
    };
    let key = committee_key(&header.network);
    let (value, proof) = view.prove(&key).unwrap();
    assert_eq!(value, Some(codec::encode(&committee)));
    proof.verify(&header.state_root, &key, value.as_deref()).unwrap();
    assert_eq!(*header, Header::genesis(&genesis(), header.state_root));
}

#[test]
fn a_store_of_another_network_is_refused() {
    let store = with_alice().directory.store;
    let other = Genesis {
        created_ms: 1,
        ..genesis()
    };
    assert!(matches!(
        Directory::open(store.clone(), other, &first_operators(1)),
        Err(DirectoryError::OtherNetwork)
    ));
    let again = Directory::open(store, genesis(), &first_operators(1)).unwrap();
    assert!(again.record(&name("alice")).unwrap().is_some());
}
