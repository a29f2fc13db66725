//! What is too old, too new, or behind what has been seen.

use xchat_proto::certificate::Certificate;
use xchat_proto::codec;
use xchat_proto::genesis::{Parameters, Validators};
use xchat_proto::ids::Hash;
use xchat_proto::light::{Anchor, Checkpoint, Freshness, LightClient, LightError};
use xchat_proto::limits::{CLOCK_AHEAD_MS_MAX, FRESHNESS_MS_MAX};

use crate::chain::{BLOCK_MS, Chain, parameters, set};

const FIRST: [u8; 4] = [1, 2, 3, 4];
const SECOND: [u8; 4] = [5, 6, 7, 8];

/// Three epochs of four blocks, the last two decided by others.
fn chain() -> Chain {
    let mut chain = Chain::new(&FIRST, parameters());
    chain.epoch(&SECOND).epoch(&SECOND).epoch(&SECOND);
    chain
}

fn client(chain: &Chain) -> LightClient {
    LightClient::new(chain.genesis.clone(), Anchor::genesis(&chain.genesis)).unwrap()
}

/// What a reader demands who sees a header when it is made.
fn at_once(chain: &Chain, height: u64) -> Freshness {
    Freshness::first_contact(chain.block(height).header.time_ms)
}

/// Shows a block of the chain.
fn show(client: &mut LightClient, chain: &Chain, height: u64) -> Result<(), LightError> {
    client.header(chain.block(height), at_once(chain, height))
}

#[test]
fn lgt_07_a_header_is_fresh_up_to_the_readers_bounds() {
    let chain = chain();
    let time_ms = chain.block(1).header.time_ms;
    for age_ms_max in [0, 1, FRESHNESS_MS_MAX] {
        let at = |now_ms| client(&chain).header(chain.block(1), Freshness { now_ms, age_ms_max });
        assert_eq!(at(time_ms + age_ms_max), Ok(()));
        let age_ms = age_ms_max + 1;
        assert_eq!(at(time_ms + age_ms), Err(LightError::Stale { age_ms }));
        assert_eq!(at(time_ms - CLOCK_AHEAD_MS_MAX), Ok(()));
        let ahead_ms = CLOCK_AHEAD_MS_MAX + 1;
        assert_eq!(at(time_ms - ahead_ms), Err(LightError::ClockOff { ahead_ms }));
    }
    let endless = Freshness {
        now_ms: u64::MAX,
        age_ms_max: u64::MAX,
    };
    let genesis = chain.genesis.clone();
    let trusting = Parameters {
        trust_ms: 0,
        ..genesis.parameters
    };
    let mut chain = Chain::new(&FIRST, trusting);
    chain.push(&FIRST);
    assert_eq!(client(&chain).header(chain.block(1), endless), Ok(()));
}

#[test]
fn lgt_07_what_is_final_is_remembered_though_it_is_not_fresh() {
    let chain = chain();
    for now_ms in [
        chain.block(2).header.time_ms + FRESHNESS_MS_MAX + 1,
        chain.block(2).header.time_ms - CLOCK_AHEAD_MS_MAX - 1,
    ] {
        let mut client = client(&chain);
        client
            .header(chain.block(2), Freshness::first_contact(now_ms))
            .unwrap_err();
        assert_eq!(client.anchor().seen(), 2);
        // Known by now, and no fresher for that.
        client
            .header(chain.block(2), Freshness::first_contact(now_ms))
            .unwrap_err();
        assert_eq!(
            show(&mut client, &chain, 1),
            Err(LightError::WentBack { found: 1, seen: 2 })
        );
    }
}

#[test]
fn lgt_08_a_client_never_goes_back() {
    let chain = chain();
    let mut client = client(&chain);
    let went_back = |found, seen| Err(LightError::WentBack { found, seen });
    show(&mut client, &chain, 2).unwrap();
    show(&mut client, &chain, 2).unwrap();
    assert_eq!(show(&mut client, &chain, 1), went_back(1, 2));
    client.follow(&[chain.handover(3)], chain.head().time_ms).unwrap();
    assert_eq!(show(&mut client, &chain, 2), went_back(2, 3));
    show(&mut client, &chain, 3).unwrap();
    show(&mut client, &chain, 6).unwrap();
    assert_eq!(show(&mut client, &chain, 5), went_back(5, 6));
    assert_eq!(show(&mut client, &chain, 3), went_back(3, 6));
    // Block 0 is certified by nobody.
    assert_eq!(show(&mut client, &chain, 0), went_back(0, 6));
}

#[test]
fn lgt_08_no_handover_lowers_what_was_seen() {
    // The last header of an epoch was shown by itself, so the keys that it names are not known yet. Then comes a
    // handover of an epoch before.
    let mut chain = Chain::new(&FIRST, parameters());
    chain.epoch(&FIRST).epoch(&SECOND);
    let mut client = client(&chain);
    show(&mut client, &chain, 1).unwrap();
    show(&mut client, &chain, 7).unwrap();
    assert_eq!(client.anchor().height, 1);
    client.follow(&[chain.handover(3)], chain.head().time_ms).unwrap();
    assert_eq!((client.anchor().height, client.anchor().seen()), (3, 7));
    for found in [4, 5, 6] {
        let went_back = LightError::WentBack { found, seen: 7 };
        assert_eq!(show(&mut client, &chain, found), Err(went_back));
    }
    client.follow(&[chain.handover(7)], chain.head().time_ms).unwrap();
    assert_eq!(client.anchor().validators, set(&SECOND));
}

/// A network whose clients may be away for so long.
fn trusting(trust_ms: u64) -> Chain {
    let mut chain = Chain::new(
        &FIRST,
        Parameters {
            trust_ms,
            ..parameters()
        },
    );
    chain.epoch(&SECOND).epoch(&FIRST);
    chain
}

#[test]
fn lgt_09_trust_expires_at_its_bound() {
    let trust_ms = 10 * BLOCK_MS;
    let chain = trusting(trust_ms);
    let expired = |seen_ms| Err(LightError::TrustExpired { seen_ms });
    let created_ms = chain.genesis.created_ms;
    let header = |client: &mut LightClient, height, now_ms| {
        let freshness = Freshness {
            now_ms,
            age_ms_max: u64::MAX,
        };
        client.header(chain.block(height), freshness)
    };
    assert_eq!(header(&mut client(&chain), 1, created_ms + trust_ms), Ok(()));
    assert_eq!(
        header(&mut client(&chain), 1, created_ms + trust_ms + 1),
        expired(created_ms)
    );
    assert_eq!(
        client(&chain).follow(&chain.handovers(), created_ms + trust_ms),
        Ok(())
    );
    let mut late = client(&chain);
    assert_eq!(
        late.follow(&chain.handovers(), created_ms + trust_ms + 1),
        expired(created_ms)
    );
    assert_eq!(*late.anchor(), Anchor::genesis(&chain.genesis));

    // From what has been seen since, the time begins anew: by a header, and by a handover.
    let mut seen = client(&chain);
    header(&mut seen, 2, created_ms + trust_ms).unwrap();
    let seen_ms = created_ms + 2 * BLOCK_MS;
    assert_eq!(seen.follow(&chain.handovers()[..1], seen_ms + trust_ms), Ok(()));
    let seen_ms = created_ms + 3 * BLOCK_MS;
    assert_eq!(header(&mut seen, 4, seen_ms + trust_ms + 1), expired(seen_ms));
    assert_eq!(header(&mut seen, 4, seen_ms + trust_ms), Ok(()));
    // What has been verified stays so; only age counts against it.
    assert_eq!(header(&mut seen, 4, u64::MAX), Ok(()));
    assert_eq!(seen.follow(&chain.handovers()[..1], u64::MAX), Ok(()));
    assert_eq!(
        seen.follow(&chain.handovers(), u64::MAX),
        expired(created_ms + 4 * BLOCK_MS)
    );

    let chain = trusting(0);
    let mut client = client(&chain);
    assert_eq!(client.follow(&chain.handovers(), u64::MAX), Ok(()));
}

#[test]
fn lgt_09_a_header_that_names_unknown_keys_prolongs_no_trust() {
    let trust_ms = 2 * BLOCK_MS;
    let chain = trusting(trust_ms);
    let mut client = client(&chain);
    show(&mut client, &chain, 2).unwrap();
    show(&mut client, &chain, 3).unwrap();
    let seen_ms = chain.block(2).header.time_ms;
    assert_eq!(
        client.follow(&chain.handovers(), seen_ms + trust_ms + 1),
        Err(LightError::TrustExpired { seen_ms })
    );
}

fn checkpoint(chain: &Chain, height: u64) -> Checkpoint {
    Checkpoint {
        height,
        time_ms: chain.block(height).header.time_ms,
        validators: set(chain.decide(height + 1)),
    }
}

#[test]
fn lgt_10_a_checkpoint_is_a_beginning() {
    let chain = chain();
    for (height, next) in [(2, 3), (3, 4), (5, 6), (7, 8)] {
        let anchor = Anchor::checkpoint(&checkpoint(&chain, height));
        let mut client = LightClient::new(chain.genesis.clone(), anchor).unwrap();
        assert_eq!(client.anchor().to_checkpoint(), checkpoint(&chain, height));
        let before = Err(LightError::WentBack {
            found: height - 1,
            seen: height,
        });
        assert_eq!(show(&mut client, &chain, height - 1), before);
        // Its own block, when no epoch ended with it: a network at rest has no newer one.
        let own = show(&mut client, &chain, height);
        if chain.genesis.parameters.ends_epoch(height) {
            assert_eq!(
                own,
                Err(LightError::WentBack {
                    found: height,
                    seen: height
                })
            );
        } else {
            assert_eq!(own, Ok(()));
        }
        assert_eq!(show(&mut client, &chain, next), Ok(()));
        client.follow(&chain.handovers(), chain.head().time_ms).unwrap();
        assert_eq!(show(&mut client, &chain, 11), Ok(()));
    }
}

#[test]
fn lgt_10_a_checkpoint_moves_only_who_needs_one() {
    let trust_ms = 100 * BLOCK_MS;
    let mut chain = trusting(trust_ms);
    chain.epoch(&FIRST);
    let now_ms = chain.head().time_ms;
    let mut fresh = client(&chain);
    assert!(!fresh.trust(&checkpoint(&chain, 0), now_ms), "not above");
    for validators in [Validators::default(), {
        let mut keys = set(&FIRST).into_vec();
        keys.reverse();
        Validators::new(keys).unwrap()
    }] {
        let bad = Checkpoint {
            validators,
            ..checkpoint(&chain, 5)
        };
        assert!(!fresh.trust(&bad, now_ms), "not a set of validators");
    }
    assert_eq!(*fresh.anchor(), Anchor::genesis(&chain.genesis));
    assert!(fresh.trust(&checkpoint(&chain, 5), now_ms));
    assert_eq!(*fresh.anchor(), Anchor::checkpoint(&checkpoint(&chain, 5)));
    assert!(!fresh.trust(&checkpoint(&chain, 5), now_ms));

    // Somebody who has verified something follows the network, and no stranger's word.
    let stranger = Checkpoint {
        height: u64::MAX - 1,
        time_ms: now_ms,
        validators: set(&[66]),
    };
    let mut settled = client(&chain);
    show(&mut settled, &chain, 1).unwrap();
    let before = settled.anchor().clone();
    let last_ms = before.time_ms + trust_ms;
    assert!(!settled.trust(&stranger, last_ms));
    assert_eq!(*settled.anchor(), before);
    assert!(
        !settled.trust(&checkpoint(&chain, 1), last_ms + 1),
        "not above what was seen"
    );
    assert!(settled.trust(&checkpoint(&chain, 9), last_ms + 1));
    assert_eq!(settled.anchor().seen(), 9);
}

#[test]
fn lgt_15_a_header_is_verified_once_and_keeps_its_certificate() {
    let chain = chain();
    let mut client = client(&chain);
    show(&mut client, &chain, 1).unwrap();
    let before = client.anchor().clone();
    // The certificate is not looked at again, and what is kept is the one that was.
    let mut shown = chain.block(1).clone();
    shown.certificate = Certificate::new(vec![7; 40]).unwrap();
    assert_eq!(client.header(&shown, at_once(&chain, 1)), Ok(()));
    assert_eq!(*client.anchor(), before);
    // Any other header of this height is another one.
    let mut other = chain.block(1).clone();
    other.header.state_root = Hash([1; 32]);
    let refused = client.header(&other, at_once(&chain, 1));
    assert!(matches!(refused, Err(LightError::Certificate(_))), "{refused:?}");
    assert_eq!(*client.anchor(), before);
}

#[test]
fn lgt_15_what_was_verified_of_another_height_or_client_counts_for_nothing() {
    let chain = chain();
    let bad = Certificate::new(vec![7; 40]).unwrap();
    let bad_epoch = Err(LightError::OtherEpoch {
        found: 7,
        expected: 0,
    });
    let mut client = client(&chain);
    for height in [1, 2, 3] {
        let mut shown = chain.block(height).clone();
        shown.certificate = bad.clone();
        let refused = client.header(&shown, at_once(&chain, height));
        assert_eq!(refused, bad_epoch);
        show(&mut client, &chain, height).unwrap();
    }
    // A handover is certified by itself, though its header is known.
    let mut handover = chain.handover(3);
    handover.certified.certificate = bad;
    assert_eq!(client.follow(&[handover], chain.head().time_ms), bad_epoch);
    assert_eq!(client.anchor().validators, set(&FIRST));
}

#[test]
fn lgt_17_an_anchor_is_enough_to_go_on() {
    let chain = chain();
    let mut client = client(&chain);
    let mut shown = 0;
    while shown < chain.head().height {
        shown += 1;
        client
            .follow(&chain.handovers(), chain.block(shown).header.time_ms)
            .unwrap();
        if shown > client.anchor().height {
            show(&mut client, &chain, shown).unwrap();
        }
        let kept = codec::encode(client.anchor());
        let anchor: Anchor = codec::decode(&kept, 16 * 1024).unwrap();
        assert_eq!(anchor, *client.anchor());
        client = LightClient::new(chain.genesis.clone(), anchor).unwrap();
        let seen = client.anchor().seen();
        show(&mut client, &chain, seen).unwrap();
        if seen > 0 {
            let found = seen - 1;
            assert_eq!(
                show(&mut client, &chain, found),
                Err(LightError::WentBack { found, seen })
            );
        }
    }
}
