//! Two truths: they are found, shown, and can't be made up.

use proptest::prelude::*;
use xchat_proto::certificate::CertificateError;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::genesis::validators_hash;
use xchat_proto::header::Header;
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::light::{Anchor, Evidence, Freshness, Handover, LightClient, LightError, Lineage};
use xchat_proto::limits::HEADERS_MAX;
use xchat_proto::name_proof::Certified;

use crate::chain::{Chain, parameters, set};
use crate::light_target;

const FIRST: [u8; 4] = [1, 2, 3, 4];

fn chain() -> Chain {
    let mut chain = Chain::new(&FIRST, parameters());
    chain.epoch(&FIRST).epoch(&FIRST).epoch(&FIRST);
    chain
}

fn client_at(chain: &Chain, height: u64) -> LightClient {
    let anchor = Anchor::genesis(&chain.genesis);
    let mut client = LightClient::new(chain.genesis.clone(), anchor).unwrap();
    client.header(chain.block(height), now(chain)).unwrap();
    client
}

fn now(chain: &Chain) -> Freshness {
    Freshness::first_contact(chain.head().time_ms)
}

/// Another block of a height, which a quorum has signed too.
fn other(chain: &Chain, height: u64, by: &[u8]) -> Certified {
    let mut header = chain.block(height).header.clone();
    header.state_root = Hash([9; 32]);
    chain.certified(&header, &FIRST, by)
}

/// The evidence in an error, which anybody can check from its bytes.
fn evidence(chain: &Chain, outcome: Result<(), LightError>) -> Evidence {
    let Err(LightError::Conflict(evidence)) = outcome else {
        panic!("no conflict: {outcome:?}");
    };
    let bytes = codec::encode(&*evidence);
    let read: Evidence = codec::decode(&bytes, 64 * 1024).unwrap();
    assert_eq!(read, *evidence);
    assert_eq!(read.verify(&chain.genesis, &set(&FIRST)), Ok(()));
    assert_eq!(read.validators, set(&FIRST));
    let [one, other] = read.digests();
    assert!(one < other);
    read
}

#[test]
fn lgt_11_a_second_final_block_of_a_height_is_a_conflict() {
    let chain = chain();
    let mut client = client_at(&chain, 3);
    let before = client.anchor().clone();
    let second = other(&chain, 3, &[2, 3, 4]);

    let found = evidence(&chain, client.header(&second, now(&chain)));
    assert_eq!((found.height(), &found.one), (3, chain.block(3)));
    assert_eq!(found.other, Lineage::of(second.clone()));

    let mut proof = chain.name(3, &"alice".parse().unwrap());
    proof.certified = second.clone();
    let looked_up = client.name(&proof, &[], &"alice".parse().unwrap(), now(&chain));
    assert_eq!(evidence(&chain, looked_up.map(drop)), found);

    let mut proof = chain.committee(3);
    proof.certified = second.clone();
    let asked = client.committee(&proof, &[], now(&chain));
    assert_eq!(evidence(&chain, asked.map(drop)), found);

    assert_eq!(evidence(&chain, client.confirm(&Lineage::of(second))), found);
    assert_eq!(*client.anchor(), before, "the first stays");
}

#[test]
fn lgt_11_a_second_handover_is_a_conflict() {
    let mut chain = Chain::new(&FIRST, parameters());
    chain.epoch(&[5, 6, 7, 8]);
    let mut header = chain.block(3).header.clone();
    header.validators = validators_hash(&set(&[66]));
    let coup = Handover {
        certified: chain.certified(&header, &FIRST, &FIRST),
        validators: set(&[66]),
    };
    let mut client = client_at(&chain, 3);
    let before = client.anchor().clone();
    let outcome = client.follow(std::slice::from_ref(&coup), now(&chain).now_ms);
    evidence(&chain, outcome);
    assert_eq!(*client.anchor(), before);
    // Once the first has been followed the second is passed over, but shown as a header it is still found.
    client.follow(&chain.handovers(), now(&chain).now_ms).unwrap();
    assert_eq!(
        client.follow(std::slice::from_ref(&coup), now(&chain).now_ms),
        Ok(())
    );
    assert_eq!(client.anchor().validators, set(&[5, 6, 7, 8]));
    evidence(&chain, client.header(&coup.certified, now(&chain)));
    evidence(&chain, client.confirm(&Lineage::of(coup.certified)));
}

#[test]
fn lgt_11_fewer_than_a_quorum_make_no_conflict() {
    let chain = chain();
    let mut client = client_at(&chain, 3);
    let too_few = Err(LightError::Certificate(CertificateError::TooFewSigners {
        found: 2,
        needed: 3,
    }));
    let second = other(&chain, 3, &[1, 2]);
    assert_eq!(client.header(&second, now(&chain)), too_few);
    assert_eq!(client.confirm(&Lineage::of(second)), too_few);
}

#[test]
fn lgt_12_evidence_can_not_be_made_up() {
    let chain = chain();
    let genesis = &chain.genesis;
    let known = set(&FIRST);
    let of = |one: Certified, other: Lineage, by: &[u8]| {
        let validators = set(by);
        Evidence {
            one,
            other,
            validators,
        }
        .verify(genesis, &known)
    };
    let (first, second) = (chain.block(3).clone(), other(&chain, 3, &FIRST));
    assert_eq!(of(first.clone(), Lineage::of(second.clone()), &FIRST), Ok(()));
    // The same block twice, with other signatures, and two blocks that may both be.
    let again = chain.certified(&first.header, &FIRST, &[1, 2, 3]);
    assert_eq!(
        of(first.clone(), Lineage::of(again), &FIRST),
        Err(LightError::BrokenLineage)
    );
    assert_eq!(
        of(first.clone(), Lineage::of(chain.block(4).clone()), &FIRST),
        Err(LightError::BrokenLineage)
    );
    assert_eq!(
        of(first.clone(), chain.lineage(3, 3), &FIRST),
        Err(LightError::BrokenLineage)
    );
    // A minority, and keys that anybody can make.
    let minority = other(&chain, 3, &[1, 2]);
    for (one, other) in [(&first, &minority), (&minority, &first)] {
        let refused = of(one.clone(), Lineage::of(other.clone()), &FIRST);
        assert!(matches!(refused, Err(LightError::Certificate(_))), "{refused:?}");
    }
    let mine = |certified: &Certified| chain.certified(&certified.header, &[66], &[66]);
    let refused = of(mine(&first), Lineage::of(mine(&second)), &[66]);
    assert!(matches!(refused, Err(LightError::Certificate(_))), "{refused:?}");
    // Of another network.
    let mut elsewhere = Chain::new(&FIRST, parameters());
    elsewhere.genesis.salt = Hash([8; 32]);
    let evidence = Evidence {
        one: first,
        other: Lineage::of(second),
        validators: known.clone(),
    };
    assert_eq!(
        evidence.verify(&elsewhere.genesis, &known),
        Err(LightError::OtherNetwork)
    );
}

/// A client that has seen block 5, and the lineages that it is shown.
fn confirmed(lineage: &Lineage) -> Result<(), LightError> {
    let chain = chain();
    let client = client_at(&chain, 5);
    client.confirm(lineage)
}

#[test]
fn lgt_13_a_header_is_confirmed_by_one_above_it() {
    let chain = chain();
    for by in [5, 6, 7] {
        assert_eq!(confirmed(&chain.lineage(5, by)), Ok(()));
    }
    // Nothing has been seen that could be another.
    let anchor = Anchor::genesis(&chain.genesis);
    let nothing = LightClient::new(chain.genesis.clone(), anchor).unwrap();
    assert_eq!(nothing.confirm(&chain.lineage(5, 6)), Ok(()));
}

#[test]
fn lgt_13_a_lineage_is_whole() {
    let chain = chain();
    let broken = |lineage: &Lineage| assert_eq!(confirmed(lineage), Err(LightError::BrokenLineage));
    // Of another height, too short, too long, beyond the epoch.
    for (height, by) in [(4, 6), (6, 6), (6, 7), (4, 4), (5, 8), (5, 9)] {
        broken(&chain.lineage(height, by));
    }
    let with = |change: &dyn Fn(&mut Vec<Header>)| {
        let mut lineage = chain.lineage(5, 7);
        let mut below = lineage.below.into_vec();
        change(&mut below);
        lineage.below = Bounded::new(below).unwrap();
        broken(&lineage);
    };
    with(&|below| {
        below.pop();
    });
    with(&|below| {
        below.remove(0);
    });
    with(&|below| below.reverse());
    with(&|below| below.insert(1, below[0].clone()));
    with(&|below| below[0].state_root = Hash([9; 32]));
    with(&|below| below[1].state_root = Hash([9; 32]));
    with(&|below| below[0].network = NetworkId([9; 32]));
    let too_many = vec![chain.block(5).header.clone(); HEADERS_MAX + 1];
    assert!(Bounded::<Header, HEADERS_MAX>::new(too_many).is_err());

    let mut lineage = chain.lineage(5, 7);
    lineage.certified.header.network = NetworkId([9; 32]);
    assert_eq!(confirmed(&lineage), Err(LightError::OtherNetwork));
    let mut lineage = chain.lineage(5, 7);
    lineage.certified.certificate = chain.block(6).certificate.clone();
    assert_eq!(
        confirmed(&lineage),
        Err(LightError::Certificate(CertificateError::OtherHeader))
    );
}

#[test]
fn lgt_13_another_block_below_a_certified_one_is_a_conflict() {
    let chain = chain();
    let client = client_at(&chain, 5);
    // A second chain from block 5 on, of which only block 7 is certified.
    let five = other(&chain, 5, &[]).header;
    let six = chain.next(&five, &FIRST);
    let seven = chain.next(&six, &FIRST);
    let lineage = |by: &[u8]| Lineage {
        below: Bounded::new(vec![five.clone(), six.clone()]).unwrap(),
        certified: chain.certified(&seven, &FIRST, by),
    };
    let found = evidence(&chain, client.confirm(&lineage(&[1, 2, 3])));
    assert_eq!(found.height(), 5);
    assert_eq!(found.other.header(), &five);
    let refused = client.confirm(&lineage(&[1, 2]));
    assert!(matches!(refused, Err(LightError::Certificate(_))), "{refused:?}");
    // By headers that don't follow each other nobody is convicted.
    let mut broken = found;
    broken.other.below = Bounded::new(vec![five, chain.block(6).header.clone()]).unwrap();
    assert_eq!(
        broken.verify(&chain.genesis, &set(&FIRST)),
        Err(LightError::BrokenLineage)
    );
    // By heights that don't, either, though the digests do.
    let mut jump = chain.next(&six, &FIRST);
    jump.height += 1;
    jump.parent = chain.block(5).header.digest();
    let jumped = Lineage {
        below: Bounded::new(vec![chain.block(5).header.clone()]).unwrap(),
        certified: chain.certified(&jump, &FIRST, &FIRST),
    };
    assert_eq!(client.confirm(&jumped), Err(LightError::BrokenLineage));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Answers of a real network, altered, out of place, and signed by all who may lie: checked after each.
    #[test]
    fn lgt_14_no_answer_moves_the_anchor_but_to_what_is_final(
        script in prop::collection::vec((0..10_u8, prop::collection::vec(any::<u8>(), 0..12)), 1..24)
    ) {
        let bytes: Vec<u8> = script.into_iter().flat_map(|(command, rest)| [vec![command], rest].concat()).collect();
        light_target::light_client(&bytes);
    }

    /// Any bits of a lookup's answer are turned.
    #[test]
    fn lgt_14_no_bit_of_an_answer_moves_the_anchor_elsewhere(
        height in 1..24_u64,
        turned in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..4),
    ) {
        let chain = light_target::chain();
        let name = "alice".parse().unwrap();
        let handovers = Bounded::<Handover, 16>::new(chain.handovers()).unwrap();
        let mut bytes = codec::encode(&(chain.name(height, &name), handovers));
        for (at, bit) in turned {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        let limit = bytes.len();
        if let Ok((proof, handovers)) = codec::decode::<(_, Bounded<Handover, 16>)>(&bytes, limit) {
            let anchor = Anchor::genesis(&chain.genesis);
            let mut client = LightClient::new(chain.genesis.clone(), anchor).unwrap();
            let verified = client.name(&proof, handovers.as_slice(), &name, now(chain));
            let anchor = client.anchor();
            prop_assert_eq!(&anchor.validators, &set(chain.decide(anchor.height + 1)));
            if let Some(newest) = &anchor.newest {
                prop_assert_eq!(&newest.certified.header, &chain.block(anchor.seen()).header);
            }
            if let Ok(verified) = verified {
                prop_assert_eq!(verified.record.unwrap().record.name, name);
            }
        }
    }
}
