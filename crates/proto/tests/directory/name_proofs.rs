//! Proofs of names, and every way to spoil them.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::Value;
use xchat_proto::certificate::CertificateError;
use xchat_proto::codec::{self, Blob};
use xchat_proto::genesis::{Genesis, Parameters};
use xchat_proto::header::Header;
use xchat_proto::identity::{ChainError, IdentityLink};
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::invitation::GENESIS_BYTES_MAX;
use xchat_proto::keys::SigningKey;
use xchat_proto::light::{Anchor, Freshness, LightClient, LightError};
use xchat_proto::limits::{CLOCK_AHEAD_MS_MAX, FRESHNESS_MS_MAX, NAME_PROOF_BYTES_MAX};
use xchat_proto::map_proof::{MapProof, MapProofError, OtherLeaf, committee_key, name_key, value_hash};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{
    CommitteeProof, Entry, NameProof, NameProofError, Standing, StoredRecord, VerifiedName,
};
use xchat_proto::operator::Committee;
use xchat_proto::record::{Record, RecordError};
use xchat_proto::signed::Signed;

use crate::chain::{BLOCK_MS, CREATED_MS, Chain, Map, Node, first_operators, parameters, proof, record};

fn named(text: &str) -> Name {
    text.parse().unwrap()
}

fn chain() -> Chain {
    let mut chain = Chain::new(&[1, 2, 3, 4], parameters());
    chain.push(&[1, 2, 3, 4]);
    chain
}

fn client(genesis: &Genesis) -> LightClient {
    LightClient::new(genesis.clone(), Anchor::genesis(genesis)).unwrap()
}

fn verify(chain: &Chain, name: &Name, proof: &NameProof) -> Result<VerifiedName, LightError> {
    let now_ms = chain.head().time_ms;
    client(&chain.genesis).name(proof, &[], name, Freshness::first_contact(now_ms))
}

fn has_record(chain: &Chain, text: &str) -> bool {
    let name = named(text);
    let proof = chain.name(1, &name);
    let verified = verify(chain, &name, &proof).unwrap();
    verified.record.is_some_and(|record| record.record.name == name)
}

#[test]
fn prf_01_names_are_proved_taken_and_free() {
    let chain = chain();
    let names = ["alice", "bob", "nobody", "somebody_else"];
    assert_eq!(
        names.map(|name| has_record(&chain, name)),
        [true, true, false, false]
    );
    let verified = verify(&chain, &named("nobody"), &chain.name(1, &named("nobody"))).unwrap();
    assert_eq!(verified.standing, Standing::Free);
    assert_eq!((verified.height, verified.time_ms), (1, CREATED_MS + BLOCK_MS));
    assert_eq!((verified.work_bits, verified.state_root), (1, chain.map.root()));
    let empty = Map::default();
    let key = name_key(&chain.network, &named("alice"));
    assert_eq!(empty.prove(&key).verify(&empty.root(), &key, None), Ok(()));
}

/// What a real network proved, with its engine and its map.
#[test]
fn prf_01_the_proofs_of_a_real_network_are_believed() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/name_proofs.json")).unwrap();
    let unhex = |value: &Value| HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap();
    let genesis: Genesis = codec::decode(&unhex(&vectors["genesis"]), GENESIS_BYTES_MAX).unwrap();
    assert_eq!(codec::encode(&genesis), unhex(&vectors["genesis"]));
    let freshness = Freshness::first_contact(vectors["now_ms"].as_u64().unwrap());
    let mut client = client(&genesis);
    let mut shown = Vec::new();
    for case in vectors["proofs"].as_array().unwrap() {
        let bytes = unhex(&case["proof"]);
        let proof: NameProof = codec::decode(&bytes, NAME_PROOF_BYTES_MAX).unwrap();
        assert_eq!(codec::encode(&proof), bytes);
        let name = named(case["name"].as_str().unwrap());
        let verified = client.name(&proof, &[], &name, freshness).unwrap();
        assert_eq!(verified.standing == Standing::Free, verified.record.is_none());
        let holder = verified.record.map(|record| record.record.name);
        assert!(holder.as_ref().is_none_or(|holder| *holder == name));
        shown.push(holder.is_some());
    }
    assert_eq!(shown, [true, true, false, false]);
}

const NOT_PROVED: NameProofError = NameProofError::Map(MapProofError::NotProved);

#[test]
fn prf_02_a_proof_is_for_one_name_and_one_value() {
    let chain = chain();
    let (alice, nobody) = (named("alice"), named("nobody"));
    let (taken, free) = (chain.name(1, &alice), chain.name(1, &nobody));
    let not_proved = |name, proof: &NameProof| {
        assert_eq!(verify(&chain, name, proof), Err(LightError::Proof(NOT_PROVED)));
    };
    not_proved(&nobody, &taken);
    // The leaf that stands in nobody's way, shown for alice: it is hers, or stands elsewhere.
    let not_in_the_way = Err(LightError::Proof(NameProofError::Map(MapProofError::Malformed)));
    assert_eq!(verify(&chain, &alice, &free), not_in_the_way);
    let hidden = NameProof {
        value: None,
        ..taken.clone()
    };
    not_proved(&alice, &hidden);
    let claimed = NameProof {
        value: taken.value.clone(),
        ..free
    };
    let both = NameProofError::Map(MapProofError::Malformed);
    assert_eq!(verify(&chain, &nobody, &claimed), Err(LightError::Proof(both)));
    let mut value = taken.value.clone().unwrap().into_vec();
    *value.last_mut().unwrap() ^= 1;
    let changed = NameProof {
        value: Some(Blob::new(value).unwrap()),
        ..taken
    };
    not_proved(&alice, &changed);
}

#[test]
fn prf_03_a_header_is_certified_as_it_is() {
    let chain = chain();
    let alice = named("alice");
    let proof = chain.name(1, &alice);
    let changes: [fn(&mut Header); 6] = [
        |header| header.parent = Hash([1; 32]),
        |header| header.time_ms += 1,
        |header| header.operations = Hash([1; 32]),
        |header| header.state_root = Hash([1; 32]),
        |header| header.validators = Hash([1; 32]),
        |header| header.work_bits += 1,
    ];
    for change in changes {
        let mut forged = proof.clone();
        change(&mut forged.certified.header);
        let refused = LightError::Certificate(CertificateError::OtherHeader);
        assert_eq!(verify(&chain, &alice, &forged), Err(refused));
    }
    let mut forged = proof.clone();
    forged.certified.header.height = 2;
    let refused = LightError::Certificate(CertificateError::OtherHeader);
    assert_eq!(verify(&chain, &alice, &forged), Err(refused));
    let mut forged = proof;
    forged.certified.header.network = NetworkId([1; 32]);
    assert_eq!(verify(&chain, &alice, &forged), Err(LightError::OtherNetwork));
}

#[test]
fn prf_04_a_reader_of_another_network_believes_nothing() {
    let mut chain = chain();
    let alice = named("alice");
    let proof = chain.name(1, &alice);
    chain.genesis.salt = Hash([9; 32]);
    assert_eq!(verify(&chain, &alice, &proof), Err(LightError::OtherNetwork));
}

#[test]
fn prf_05_old_and_future_proofs_have_errors_of_their_own() {
    let chain = chain();
    let alice = named("alice");
    let proof = chain.name(1, &alice);
    let time_ms = chain.head().time_ms;
    let at = |now_ms| {
        let mut client = client(&chain.genesis);
        client
            .name(&proof, &[], &alice, Freshness::first_contact(now_ms))
            .map(drop)
    };
    assert_eq!(at(time_ms + FRESHNESS_MS_MAX), Ok(()));
    let age_ms = FRESHNESS_MS_MAX + 1;
    assert_eq!(at(time_ms + age_ms), Err(LightError::Stale { age_ms }));
    assert_eq!(at(time_ms - CLOCK_AHEAD_MS_MAX), Ok(()));
    let ahead_ms = CLOCK_AHEAD_MS_MAX + 1;
    assert_eq!(at(time_ms - ahead_ms), Err(LightError::ClockOff { ahead_ms }));
}

#[test]
fn prf_06_no_change_of_a_proof_passes() {
    let chain = chain();
    for text in ["alice", "nobody"] {
        let name = named(text);
        let proof = chain.name(1, &name);
        let truth = verify(&chain, &name, &proof).unwrap();
        let bytes = codec::encode(&proof);
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            let Ok(changed) = codec::decode::<NameProof>(&bytes, NAME_PROOF_BYTES_MAX) else {
                continue;
            };
            // Some bits say only which kind of node a sibling is: they may change, what is proved may not.
            if let Ok(believed) = verify(&chain, &name, &changed) {
                assert_eq!(believed, truth, "byte {at}");
            }
        }
    }
}

#[test]
fn prf_07_a_map_proof_is_bounded() {
    // Nothing in the way, then a list that claims 4,000 million siblings.
    let endless = [0x82, 0xf6, 0x9a, 0xff, 0xff, 0xff, 0xff];
    assert!(codec::decode::<MapProof>(&endless, NAME_PROOF_BYTES_MAX).is_err());
    // A level more than there may be.
    let mut deep = vec![0x82, 0xf6, 0x98, 129];
    deep.extend([0xf6; 129]);
    assert!(codec::decode::<MapProof>(&deep, NAME_PROOF_BYTES_MAX).is_err());
    deep[3] = 128;
    deep.pop();
    let deep: MapProof = codec::decode(&deep, NAME_PROOF_BYTES_MAX).unwrap();
    assert_eq!(
        deep.verify(&Hash([0; 32]), &Hash([1; 32]), None),
        Err(MapProofError::NotProved)
    );
}

#[test]
fn prf_12_only_a_leaf_in_the_way_proves_that_a_name_is_free() {
    let (chain, taken) = deep(3, true);
    let (key, root) = (
        name_key(&chain.network, &named("alice")),
        taken.certified.header.state_root,
    );
    let value = taken.value.as_ref().unwrap().as_slice();
    assert_eq!(taken.proof.verify(&root, &key, Some(value)), Ok(()));
    let shown = |other: Hash| MapProof {
        other: Some(OtherLeaf {
            key: other,
            value: value_hash(value),
        }),
        ..taken.proof.clone()
    };
    // The name's own leaf, shown as another's.
    assert_eq!(
        shown(key).verify(&root, &key, None),
        Err(MapProofError::Malformed)
    );
    assert_eq!(
        shown(key).verify(&root, &key, Some(value)),
        Err(MapProofError::Malformed)
    );
    // The same leaf proves other names free whose way it stands in, and no name beside that way.
    let mut near = key;
    near.0[31] ^= 1;
    assert_eq!(shown(key).verify(&root, &near, None), Ok(()));
    let mut beside = key;
    beside.0[0] ^= 0b0010_0000;
    assert_eq!(
        shown(key).verify(&root, &beside, None),
        Err(MapProofError::Malformed)
    );
}

/// A chain of one block whose map has this value at a name's place.
fn chain_with(text: &str, value: Vec<u8>) -> Chain {
    let mut chain = Chain::new(&[1, 2, 3, 4], parameters());
    chain
        .map
        .0
        .insert(name_key(&chain.network, &named(text)).0, value);
    chain.push(&[1, 2, 3, 4]);
    chain
}

fn stored(record: Signed<Record>) -> StoredRecord {
    StoredRecord {
        record,
        registered_ms: 10,
        height: 1,
        renewed_ms: 1_000,
        updates: 0,
    }
}

fn held(record: Signed<Record>) -> Entry {
    Entry::Held(stored(record))
}

fn released(record: Signed<Record>) -> Entry {
    Entry::Released {
        stored: stored(record),
        released_ms: 1_000,
        height: 1,
    }
}

#[test]
fn prf_08_a_place_stands_as_the_time_says() {
    let parameters = Parameters {
        term_ms: 100,
        grace_ms: 10,
        ..parameters()
    };
    let entry = held(record(NetworkId([1; 32]), "alice", 1));
    let at = |now_ms| entry.standing(&parameters, now_ms);
    let (is_held, has_lapsed) = (
        Standing::Held { until_ms: 1_100 },
        Standing::Lapsed { until_ms: 1_110 },
    );
    assert_eq!([at(0), at(1_000), at(1_099)], [is_held; 3]);
    assert_eq!([at(1_100), at(1_109)], [has_lapsed; 2]);
    assert_eq!([at(1_110), at(u64::MAX)], [Standing::Free; 2]);

    let entry = released(record(NetworkId([1; 32]), "alice", 1));
    let at = |now_ms| entry.standing(&parameters, now_ms);
    assert_eq!([at(0), at(1_009)], [Standing::Resting { until_ms: 1_010 }; 2]);
    assert_eq!([at(1_010), at(u64::MAX)], [Standing::Free; 2]);

    let endless = Parameters {
        term_ms: u64::MAX,
        grace_ms: u64::MAX,
        ..parameters
    };
    let until_ms = u64::MAX;
    let entry = held(record(NetworkId([1; 32]), "alice", 1));
    assert_eq!(
        entry.standing(&endless, until_ms - 1),
        Standing::Held { until_ms }
    );
}

/// A proof of a name at the header's time, with an entry that was changed so long before.
fn shown(entry: impl Fn(NetworkId, u64) -> Entry, asked: &str, age_ms: u64) -> VerifiedName {
    let network = Chain::new(&[1, 2, 3, 4], parameters()).network;
    let entry = entry(network, CREATED_MS + BLOCK_MS - age_ms);
    let chain = chain_with("alice", codec::encode(&entry));
    verify(&chain, &named(asked), &chain.name(1, &named(asked))).unwrap()
}

#[test]
fn prf_08_a_record_counts_until_the_name_is_anybodys() {
    let Parameters {
        term_ms, grace_ms, ..
    } = parameters();
    let alice = |network, renewed_ms| {
        Entry::Held(StoredRecord {
            record: record(network, "alice", 1),
            registered_ms: 10,
            height: 1,
            renewed_ms,
            updates: 0,
        })
    };
    for (age_ms, counts) in [
        (0, true),
        (term_ms - 1, true),
        (term_ms, true),
        (term_ms + grace_ms - 1, true),
        (term_ms + grace_ms, false),
    ] {
        let verified = shown(alice, "alice", age_ms);
        assert_eq!(verified.record.is_some(), counts, "after {age_ms} ms");
        assert_eq!(verified.standing == Standing::Free, !counts);
        let similar = shown(alice, "a1ice", age_ms);
        assert_eq!(similar.record, None);
        assert_eq!(similar.similar, counts.then(|| named("alice")));
    }
    let gone = |network, released_ms| Entry::Released {
        stored: stored(record(network, "alice", 1)),
        released_ms,
        height: 1,
    };
    for (age_ms, rests) in [(0, true), (grace_ms - 1, true), (grace_ms, false)] {
        let verified = shown(gone, "alice", age_ms);
        assert_eq!((verified.record, verified.similar), (None, None));
        assert_eq!(verified.released.is_some(), rests, "after {age_ms} ms");
        assert_eq!(verified.standing == Standing::Free, !rests);
        let similar = shown(gone, "al_ice", age_ms);
        assert_eq!((similar.record, similar.released), (None, None));
        assert_eq!(similar.similar, rests.then(|| named("alice")));
    }
}

#[test]
fn prf_09_a_place_is_shared_by_names_that_are_taken_for_each_other() {
    let chain = chain();
    for other in ["a1ice", "al_ice", "_alice_", "b0b"] {
        assert!(!has_record(&chain, other), "{other}");
        let verified = verify(&chain, &named(other), &chain.name(1, &named(other))).unwrap();
        let holder = if other == "b0b" { "bob" } else { "alice" };
        assert_eq!(verified.similar, Some(named(holder)), "{other}");
        assert!(matches!(verified.standing, Standing::Held { .. }));
    }
    let network = chain.network;
    let mallory = || record(network, "mallory", 5);
    for entry in [held(mallory()), released(mallory())] {
        let chain = chain_with("alice", codec::encode(&entry));
        let refused = verify(&chain, &named("alice"), &chain.name(1, &named("alice")));
        assert_eq!(refused, Err(LightError::Proof(NameProofError::OtherName)));
    }
}

#[test]
fn prf_09_a_bad_record_is_refused_though_the_map_has_it() {
    let network = chain().network;
    let refused = |value: Vec<u8>| {
        let chain = chain_with("alice", value);
        match verify(&chain, &named("alice"), &chain.name(1, &named("alice"))) {
            Err(LightError::Proof(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(refused(vec![0xff]), NameProofError::Malformed(_)));
    let mut trailing = codec::encode(&held(record(network, "alice", 1)));
    trailing.push(0);
    assert!(matches!(refused(trailing), NameProofError::Malformed(_)));

    let changed = |change: fn(&mut Record), signer: u8| {
        let mut body = record(network, "alice", 1).unverified().unwrap();
        change(&mut body);
        let record = Signed::new(&body, &SigningKey::from_seed(&[signer; 32])).unwrap();
        let error = refused(codec::encode(&released(record.clone())));
        assert_eq!(error, refused(codec::encode(&held(record))));
        error
    };
    let is = |error: RecordError| NameProofError::Record(error);
    assert_eq!(
        changed(|record| record.network = NetworkId([9; 32]), 1),
        is(RecordError::OtherNetwork)
    );
    assert_eq!(
        changed(|record| record.account = xchat_proto::ids::AccountId([9; 32]), 1),
        is(RecordError::NotFirst)
    );
    assert!(matches!(
        changed(|_| {}, 5),
        NameProofError::Record(RecordError::Chain(ChainError::Unverified(_)))
    ));
    // An identity link that somebody else has signed.
    let mut body = record(network, "alice", 1).unverified().unwrap();
    let link: IdentityLink = body.identity.unverified().unwrap();
    body.identity = Signed::new(&link, &SigningKey::from_seed(&[5; 32])).unwrap();
    let forged = Signed::new(&body, &SigningKey::from_seed(&[1; 32])).unwrap();
    assert!(matches!(
        refused(codec::encode(&held(forged))),
        NameProofError::Record(RecordError::Chain(_))
    ));
}

/// A proof from a map in which so many levels of siblings lie above the name, as a map of a million has 20 or 21.
fn deep(levels: usize, is_taken: bool) -> (Chain, NameProof) {
    let mut chain = Chain::new(&[1, 2, 3, 4], parameters());
    let key = name_key(&chain.network, &named("alice")).0;
    let value = chain.map.0[&key].clone();
    let leaf = is_taken.then_some((&key, value.as_slice()));
    let siblings: Vec<Node> = (0..levels)
        .map(|level| {
            let level = u8::try_from(level).unwrap();
            Node::Internal([level; 32], [level ^ 0xff; 32])
        })
        .collect();
    // What stands where the key leads, then upwards: the key says on which side.
    let stands = if is_taken {
        Map(BTreeMap::from([(key, value.clone())])).root().0
    } else {
        Node::Null.hash()
    };
    let root = siblings.iter().enumerate().fold(stands, |below, (at, sibling)| {
        let depth = levels - 1 - at;
        let is_right = key[depth / 8] >> (7 - depth % 8) & 1 == 1;
        let pair = if is_right {
            (sibling.hash(), below)
        } else {
            (below, sibling.hash())
        };
        Node::Internal(pair.0, pair.1).hash()
    });
    let proof = proof(&key, leaf, &siblings);
    let mut header = chain.next(chain.head(), &[1, 2, 3, 4]);
    header.state_root = Hash(root);
    let certified = chain.certified(&header, &[1, 2, 3, 4], &[1, 2, 3, 4]);
    chain.blocks.push(certified.clone());
    let value = is_taken.then(|| Blob::new(value).unwrap());
    (
        chain,
        NameProof {
            certified,
            value,
            proof,
        },
    )
}

#[test]
fn prf_10_a_proof_of_a_million_names_is_small() {
    for levels in [20, 21, 24] {
        for is_taken in [true, false] {
            let (chain, proof) = deep(levels, is_taken);
            let verified = verify(&chain, &named("alice"), &proof).unwrap();
            assert_eq!(verified.record.is_some(), is_taken);
            let size = codec::encode(&proof).len();
            assert!(size < 1_850, "{size} bytes at {levels} levels");
        }
    }
}

#[test]
fn prf_11_the_committee_is_proved_like_a_name() {
    let chain = chain();
    let now = Freshness::first_contact(chain.head().time_ms);
    let committee = |chain: &Chain, proof: &CommitteeProof| client(&chain.genesis).committee(proof, &[], now);
    let proof = chain.committee(1);
    let seeds = [1, 2, 3, 4];
    assert_eq!(
        committee(&chain, &proof),
        Ok(Committee::new(first_operators(&seeds)))
    );
    let hidden = CommitteeProof {
        value: None,
        ..proof.clone()
    };
    assert_eq!(committee(&chain, &hidden), Err(LightError::Proof(NOT_PROVED)));
    let other = CommitteeProof {
        value: Some(Blob::new(codec::encode(&Committee::new(first_operators(&[1])))).unwrap()),
        ..proof
    };
    assert_eq!(committee(&chain, &other), Err(LightError::Proof(NOT_PROVED)));

    let without = |value: Option<Vec<u8>>| {
        let mut chain = Chain::new(&seeds, parameters());
        chain.map.0.remove(&committee_key(&chain.network).0);
        if let Some(value) = value {
            chain.map.0.insert(committee_key(&chain.network).0, value);
        }
        chain.push(&seeds);
        committee(&chain, &chain.committee(1))
    };
    assert_eq!(without(None), Err(LightError::Proof(NameProofError::NoCommittee)));
    assert!(matches!(
        without(Some(vec![0xff])),
        Err(LightError::Proof(NameProofError::Malformed(_)))
    ));
}
