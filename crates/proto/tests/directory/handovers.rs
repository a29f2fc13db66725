//! Following the validators as they come and go.

use xchat_proto::certificate::{Certificate, CertificateError, Proposal};
use xchat_proto::codec::{self, Bounded};
use xchat_proto::genesis::{Genesis, GenesisError, Validators, validators_hash};
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::light::{Anchor, Freshness, Handover, Handovers, LightClient, LightError};
use xchat_proto::limits::HANDOVERS_MAX;
use xchat_proto::name::Name;

use crate::chain::{Chain, key, parameters, set};

const FIRST: [u8; 4] = [1, 2, 3, 4];

/// A network whose epochs these decide, and a block more.
fn chain(epochs: &[&[u8]]) -> Chain {
    let mut chain = Chain::new(epochs[0], parameters());
    for next in &epochs[1..] {
        chain.epoch(next);
    }
    let last = epochs[epochs.len() - 1];
    chain.push(last);
    chain
}

fn client(chain: &Chain) -> LightClient {
    LightClient::new(chain.genesis.clone(), Anchor::genesis(&chain.genesis)).unwrap()
}

fn alice() -> Name {
    "alice".parse().unwrap()
}

/// Looks alice up in the newest block.
fn look_up(client: &mut LightClient, chain: &Chain, handovers: &[Handover]) -> Result<(), LightError> {
    let height = chain.head().height;
    let freshness = Freshness::first_contact(chain.head().time_ms);
    let verified = client.name(&chain.name(height, &alice()), handovers, &alice(), freshness)?;
    assert_eq!(verified.height, height);
    assert_eq!(verified.record.unwrap().record.name, alice());
    Ok(())
}

fn follow(client: &mut LightClient, chain: &Chain, handovers: &[Handover]) -> Result<(), LightError> {
    client.follow(handovers, chain.head().time_ms)
}

/// Whether an error is one of the certificate.
fn is_uncertified(outcome: &Result<(), LightError>) -> bool {
    matches!(outcome, Err(LightError::Certificate(_)))
}

#[test]
fn lgt_01_every_change_of_the_validators_is_followed() {
    let large: Vec<u8> = (1..=64).collect();
    let changes: [&[&[u8]]; 7] = [
        &[&[1], &FIRST],
        &[&FIRST, &[1]],
        &[&FIRST, &[1, 2, 3, 4, 5]],
        &[&FIRST, &[1, 2, 3, 9]],
        &[&FIRST, &[11, 12, 13, 14, 15, 16, 17]],
        &[&FIRST, &large, &[64]],
        &[&FIRST, &[1, 2, 3, 4, 5, 6, 7], &[5, 6, 7, 8], &[21], &FIRST],
    ];
    for epochs in changes {
        let chain = chain(epochs);
        let mut client = client(&chain);
        assert_eq!(
            look_up(&mut client, &chain, &chain.handovers()),
            Ok(()),
            "{epochs:?}"
        );
        let anchor = client.anchor();
        assert_eq!(anchor.validators, set(epochs[epochs.len() - 1]));
        assert_eq!(anchor.height, chain.head().height);
    }
}

#[test]
fn lgt_01_epochs_without_a_change_may_be_left_out() {
    let chain = chain(&[&FIRST, &FIRST, &FIRST, &[5], &[5]]);
    let [one, two, three, four] = chain.handovers().try_into().unwrap();
    for way in [vec![], vec![&one], vec![&two], vec![&one, &two]] {
        for end in [vec![], vec![&four]] {
            let way: Vec<Handover> = way.iter().copied().chain([&three]).chain(end).cloned().collect();
            assert_eq!(look_up(&mut client(&chain), &chain, &way), Ok(()));
        }
    }
}

#[test]
fn lgt_02_a_handover_is_the_last_block_of_an_epoch() {
    let chain = chain(&[&FIRST, &FIRST, &[5, 6, 7, 8]]);
    // In the middle of an epoch a quorum has no right to hand over, and honest validators sign nothing of the kind.
    for height in [1, 2, 4, 6] {
        let mut header = chain.block(height).header.clone();
        header.validators = validators_hash(&set(&[9]));
        let early = Handover {
            certified: chain.certified(&header, &FIRST, &FIRST),
            validators: set(&[9]),
        };
        let mut client = client(&chain);
        assert_eq!(
            follow(&mut client, &chain, std::slice::from_ref(&early)),
            Err(LightError::BadHandover)
        );
        let freshness = Freshness::first_contact(header.time_ms);
        assert_eq!(
            client.header(&early.certified, freshness),
            Err(LightError::BadHandover)
        );
        assert_eq!(*client.anchor(), Anchor::genesis(&chain.genesis));
    }
}

#[test]
fn lgt_02_a_handover_brings_the_keys_that_its_header_names() {
    let chain = chain(&[&FIRST, &[5, 6, 7, 8]]);
    let refused = |handover: Handover| {
        let mut client = client(&chain);
        assert_eq!(
            follow(&mut client, &chain, &[handover]),
            Err(LightError::BadHandover)
        );
        assert_eq!(*client.anchor(), Anchor::genesis(&chain.genesis));
    };
    for keys in [vec![], vec![5], vec![5, 6, 7, 9], FIRST.to_vec()] {
        refused(Handover {
            validators: set(&keys),
            ..chain.handover(3)
        });
    }
    // Sets that are none, though the header names them and all have signed it.
    let mut descending = set(&[5, 6]).into_vec();
    descending.reverse();
    let twice = vec![key(5).public(); 2];
    for keys in [vec![], descending, twice] {
        let validators: Validators = Bounded::new(keys).unwrap();
        let mut header = chain.block(3).header.clone();
        header.validators = validators_hash(&validators);
        refused(Handover {
            certified: chain.certified(&header, &FIRST, &FIRST),
            validators,
        });
    }
    // A time that is not later than what is known.
    let mut header = chain.block(3).header.clone();
    header.time_ms = chain.genesis.created_ms;
    refused(Handover {
        certified: chain.certified(&header, &FIRST, &FIRST),
        validators: set(&[5, 6, 7, 8]),
    });
}

#[test]
fn lgt_02_a_handover_is_certified_by_those_before() {
    let chain = chain(&[&FIRST, &[5, 6, 7, 8]]);
    let header = &chain.block(3).header;
    let refused = |certified| {
        let handover = Handover {
            certified,
            validators: set(&[5, 6, 7, 8]),
        };
        let mut client = client(&chain);
        let outcome = follow(&mut client, &chain, &[handover]);
        assert_eq!(*client.anchor(), Anchor::genesis(&chain.genesis));
        outcome.unwrap_err()
    };
    let too_few = LightError::Certificate(CertificateError::TooFewSigners { found: 2, needed: 3 });
    assert_eq!(refused(chain.certified(header, &FIRST, &[1, 2])), too_few);
    let by_the_new = chain.certified(header, &[5, 6, 7, 8], &[5, 6, 7, 8]);
    assert!(matches!(
        refused(by_the_new),
        LightError::Certificate(CertificateError::BadSignature(_))
    ));
    let mut of_another_network = chain.block(3).clone();
    of_another_network.header.network = NetworkId([9; 32]);
    assert_eq!(refused(of_another_network), LightError::OtherNetwork);
    let mut other = chain.block(3).clone();
    other.header.state_root = Hash([9; 32]);
    assert_eq!(
        refused(other),
        LightError::Certificate(CertificateError::OtherHeader)
    );
    let mut empty = chain.block(3).clone();
    empty.certificate = Certificate::new(Vec::new()).unwrap();
    assert_eq!(
        refused(empty),
        LightError::Certificate(CertificateError::Malformed)
    );
}

#[test]
fn lgt_03_handovers_are_followed_in_their_order() {
    let chain = chain(&[&FIRST, &[5, 6, 7, 8], &[9, 10, 11, 12], &[13]]);
    let all = chain.handovers();
    let [one, two, three] = <[Handover; 3]>::try_from(all.clone()).unwrap();
    let of = |handovers: &[&Handover]| {
        let handovers: Vec<Handover> = handovers.iter().copied().cloned().collect();
        let mut client = client(&chain);
        let outcome = follow(&mut client, &chain, &handovers);
        (outcome, client.anchor().height)
    };
    // Again, or known: passed over.
    for good in [
        vec![&one, &two, &three],
        vec![&one, &one, &two, &two, &three],
        vec![&one, &two, &one, &three],
        vec![&one, &two, &three, &one, &two, &three],
    ] {
        assert_eq!(of(&good), (Ok(()), 11));
    }
    // One is missing: what was right before it stays.
    for (bad, height) in [
        (vec![&two, &one, &three], 0),
        (vec![&three], 0),
        (vec![&one, &three, &two], 3),
        (vec![&one, &one, &three], 3),
    ] {
        let (outcome, reached) = of(&bad);
        assert!(is_uncertified(&outcome), "{outcome:?}");
        assert_eq!(reached, height);
    }
    // Replayed to somebody who is there already, even spoilt: not looked at.
    let mut client = client(&chain);
    follow(&mut client, &chain, &all).unwrap();
    let before = client.anchor().clone();
    let mut spoilt = one;
    spoilt.validators = set(&[77]);
    assert_eq!(follow(&mut client, &chain, &[spoilt]), Ok(()));
    assert_eq!(*client.anchor(), before);
}

#[test]
fn lgt_04_a_certificate_is_of_the_epoch_of_its_header() {
    let chain = chain(&[&FIRST, &FIRST, &FIRST, &FIRST]);
    for (height, epoch) in [(1, 1), (3, 1), (4, 0), (7, 2), (9, u64::MAX)] {
        let header = &chain.block(height).header;
        let proposal = Proposal {
            epoch,
            ..Proposal::of(header, &chain.genesis.parameters)
        };
        let certified = chain.with_votes(header, &proposal, &FIRST, &FIRST);
        let refused = Err(LightError::OtherEpoch {
            found: epoch,
            expected: height / 4,
        });
        let mut client = client(&chain);
        let freshness = Freshness::first_contact(header.time_ms);
        assert_eq!(client.header(&certified, freshness), refused);
        if chain.genesis.parameters.ends_epoch(height) {
            let handover = Handover {
                certified,
                validators: set(&FIRST),
            };
            assert_eq!(follow(&mut client, &chain, &[handover]), refused);
        }
        assert_eq!(*client.anchor(), Anchor::genesis(&chain.genesis));
    }
}

#[test]
fn lgt_05_who_has_been_replaced_certifies_nothing_more() {
    // Of the same size, smaller, larger, with one who is in both.
    for next in [&[5_u8, 6, 7, 8][..], &[5], &[1, 5, 6, 7], &[1, 2, 5, 6, 7, 8, 9]] {
        let chain = chain(&[&FIRST, next, next]);
        let mut client = client(&chain);
        follow(&mut client, &chain, &chain.handovers()[..1]).unwrap();
        let before = client.anchor().clone();
        for height in [4, 5, 7, 8] {
            let mut header = chain.block(height).header.clone();
            header.state_root = Hash([9; 32]);
            let forged = chain.certified(&header, &FIRST, &FIRST);
            let outcome = client.header(&forged, Freshness::first_contact(header.time_ms));
            assert!(is_uncertified(&outcome), "{outcome:?}");
            // And in the name of the new set, with all those of the old that are in it.
            let forged = chain.certified(&header, next, &FIRST);
            let outcome = client.header(&forged, Freshness::first_contact(header.time_ms));
            assert!(is_uncertified(&outcome), "{outcome:?}");
        }
        let mut header = chain.block(7).header.clone();
        header.validators = validators_hash(&set(&[77]));
        let coup = Handover {
            certified: chain.certified(&header, &FIRST, &FIRST),
            validators: set(&[77]),
        };
        assert!(is_uncertified(&follow(&mut client, &chain, &[coup])));
        assert_eq!(*client.anchor(), before);
    }
}

#[test]
fn lgt_05_votes_of_a_larger_set_are_no_quorum_of_a_smaller_one() {
    // Three of seven vote for a block that never becomes final. A client that knows only the first four is shown their
    // votes as if the four still decided.
    let larger = [1, 2, 3, 4, 5, 6, 7];
    let chain = chain(&[&FIRST, &larger]);
    let mut header = chain.block(4).header.clone();
    header.state_root = Hash([9; 32]);
    let proposal = Proposal::of(&header, &chain.genesis.parameters);
    let (then, now) = (set(&FIRST), set(&larger));
    let mut votes: Vec<_> = [1, 2, 3]
        .map(|seed| {
            let place = then.as_slice().binary_search(&key(seed).public()).unwrap();
            (place, proposal.vote(&chain.network, &now, &key(seed)))
        })
        .to_vec();
    votes.sort_by_key(|(place, _)| *place);
    let mut shown = chain.block(4).clone();
    shown.header = header;
    shown.certificate = Certificate::from_votes(&proposal, 4, &votes).unwrap();
    let outcome = client(&chain).header(&shown, Freshness::first_contact(shown.header.time_ms));
    assert!(is_uncertified(&outcome), "{outcome:?}");
}

#[test]
fn lgt_06_an_epochs_last_header_may_name_others() {
    let chain = chain(&[&FIRST, &[5, 6, 7, 8]]);
    let mut client = client(&chain);
    let freshness = Freshness::first_contact(chain.head().time_ms);
    assert_eq!(client.header(chain.block(3), freshness), Ok(()));
    // It is final, and says nothing of the keys: the client waits for the handover.
    assert_eq!((client.anchor().height, client.anchor().seen()), (0, 3));
    assert!(is_uncertified(&client.header(chain.block(4), freshness)));
    assert_eq!(follow(&mut client, &chain, &chain.handovers()), Ok(()));
    assert_eq!(client.header(chain.block(4), freshness), Ok(()));
}

#[test]
fn lgt_16_who_is_further_behind_asks_again() {
    let sets: Vec<[u8; 4]> = (0..20_u8).map(|at| [at + 1, at + 2, at + 3, at + 4]).collect();
    let sets: Vec<&[u8]> = sets.iter().map(<[u8; 4]>::as_slice).collect();
    let chain = chain(&sets);
    let all = chain.handovers();
    assert!(all.len() > HANDOVERS_MAX);
    assert!(Handovers::new(all.clone()).is_err());
    let mut client = client(&chain);
    let first = Handovers::new(all[..HANDOVERS_MAX].to_vec()).unwrap();
    let outcome = look_up(&mut client, &chain, first.as_slice());
    assert!(
        is_uncertified(&outcome),
        "the newest block is by validators who are not known yet"
    );
    assert_eq!(
        client.anchor().height,
        all[HANDOVERS_MAX - 1].certified.header.height
    );
    assert_eq!(look_up(&mut client, &chain, &all[HANDOVERS_MAX..]), Ok(()));
    // The most that an answer can bring fits into it.
    let large: Vec<u8> = (1..=64).collect();
    let chain = self::chain(&[&large, &large]);
    let most = Handovers::new(vec![chain.handover(3); HANDOVERS_MAX]).unwrap();
    let bytes = codec::encode(&most);
    assert_eq!(codec::decode::<Handovers>(&bytes, 128 * 1024), Ok(most));
}

#[test]
fn lgt_18_an_anchor_has_validators() {
    let chain = chain(&[&FIRST]);
    let with = |keys: Vec<_>| {
        let anchor = Anchor {
            validators: Bounded::new(keys).unwrap(),
            ..Anchor::genesis(&chain.genesis)
        };
        LightClient::new(chain.genesis.clone(), anchor).map(drop)
    };
    assert_eq!(with(set(&[5]).into_vec()), Ok(()));
    assert_eq!(with(vec![]), Err(GenesisError::NoValidators));
    assert_eq!(with(vec![key(5).public(); 2]), Err(GenesisError::Unordered));
    let genesis = Genesis {
        version: 1,
        ..chain.genesis.clone()
    };
    let client = LightClient::new(genesis, Anchor::genesis(&chain.genesis)).map(drop);
    assert_eq!(client, Err(GenesisError::UnknownVersion(1)));
}
