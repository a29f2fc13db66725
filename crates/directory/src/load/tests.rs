//! The price of registrations, and tokens in place of it.

use proptest::prelude::*;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::limits::TOKEN_MS_MAX;
use xchat_proto::operator::operators;
use xchat_proto::record::{Fee, Operation};

use super::*;
use crate::testing::*;

/// Two registrations in a window of ten minutes.
fn busy() -> Parameters {
    Parameters {
        registrations_per_hour: 12,
        ..parameters()
    }
}

fn registered(load: &mut Load, parameters: &Parameters, now_ms: u64, count: u32) -> u8 {
    load.advance(parameters, now_ms);
    for _ in 0..count {
        load.count_work();
    }
    load.price_at(parameters, now_ms)
}

#[test]
fn lod_01_each_targets_worth_of_registrations_costs_a_bit_more() {
    let mut load = Load::new(&busy(), NOON_MS);
    let prices = (0..7).map(|_| registered(&mut load, &busy(), NOON_MS, 1) - BITS);
    assert_eq!(prices.collect::<Vec<_>>(), [0, 1, 1, 2, 2, 3, 3]);
    // However small the wish, a window has a target of one.
    let least = Parameters {
        registrations_per_hour: 0,
        ..busy()
    };
    let mut load = Load::new(&least, NOON_MS);
    assert_eq!(registered(&mut load, &least, NOON_MS, 1), BITS + 1);
}

#[test]
fn lod_02_the_price_stays_with_the_load_and_falls_without_it() {
    let wish = Parameters {
        registrations_per_hour: 24,
        ..parameters()
    };
    let mut load = Load::new(&wish, NOON_MS);
    assert_eq!(registered(&mut load, &wish, NOON_MS, 12), BITS + 3);
    let mut at = NOON_MS;
    for (count, price) in [(2, 3), (4, 4), (3, 4), (1, 4), (0, 3)] {
        at += LOAD_WINDOW_MS;
        assert_eq!(
            registered(&mut load, &wish, at, count),
            BITS + price,
            "{count} in a window"
        );
    }
    // What nobody wrote down follows from the time.
    let after = |windows| load.price_at(&wish, at + windows * LOAD_WINDOW_MS) - BITS;
    assert_eq!([0, 1, 2, 3, 9, 1 << 20].map(after), [3, 2, 1, 0, 0, 0]);
}

#[test]
fn lod_03_the_price_has_bounds() {
    let mut load = Load::new(&busy(), NOON_MS);
    assert_eq!(
        registered(&mut load, &busy(), NOON_MS, 1_000),
        BITS + LOAD_BITS_MAX
    );
    let dear = Parameters {
        registration_work_bits: 17,
        ..busy()
    };
    let mut load = Load::new(&dear, NOON_MS);
    assert_eq!(registered(&mut load, &dear, NOON_MS, 1_000), WORK_BITS_MAX);
    assert_eq!(load.price_at(&dear, u64::MAX), 17);
}

#[test]
fn lod_04_a_bit_less_than_the_price_is_accepted_and_never_less_than_the_least() {
    let accepted = |price| accepted_bits(&parameters(), price);
    assert_eq!([BITS, BITS + 1, BITS + 2].map(accepted), [BITS, BITS, BITS + 1]);
}

#[test]
fn lod_05_a_blocks_registrations_all_cost_what_the_block_before_says() {
    let genesis = genesis_of(1, busy());
    let mut chain = Chain::new(genesis, 1);
    let network = chain.network();
    let names = [
        "alpha", "bravo", "carol", "delta", "eagle", "fresh", "gamma", "hotel",
    ];
    let people = names.into_iter().zip(1_u8..);
    let cheap = people
        .map(|(text, person)| register_with(&record_of(network, text, person, 0, 0), &key(person, 0), BITS));
    let cheap: Vec<Operation> = cheap.collect();
    assert_eq!(chain.block(&cheap[..6]), [Ok(()); 6]);
    assert_eq!(chain.directory.head().header.work_bits, BITS + 3);
    assert_eq!(chain.one(cheap[6].clone()), Err(RejectReason::BadWork));
    let with =
        |text, person, bits| register_with(&record_of(network, text, person, 0, 0), &key(person, 0), bits);
    assert_eq!(chain.one(with("gamma", 7, BITS + 1)), Err(RejectReason::BadWork));
    assert_eq!(
        chain.one(with("gamma", 7, BITS + 2)),
        Ok(()),
        "a bit less will do"
    );
    let later_ms = chain.time_ms() + 4 * LOAD_WINDOW_MS;
    let before = chain.directory.head().header.state_root;
    chain.block_at(later_ms, &[]);
    assert_eq!(chain.directory.head().header.work_bits, BITS);
    assert_eq!(
        chain.directory.head().header.state_root,
        before,
        "an empty block writes nothing"
    );
    assert_eq!(chain.one(cheap[7].clone()), Ok(()));
}

#[test]
fn lod_06_a_price_that_does_not_adapt_is_constant() {
    let mut load = Load::new(&parameters(), NOON_MS);
    assert_eq!(registered(&mut load, &parameters(), NOON_MS, 1_000_000), BITS);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The rule in other words: window by window, each bit by itself.
    #[test]
    fn lod_02_skipped_windows_fall_as_if_each_had_been_seen(
        counts in prop::collection::vec((0..20_u32, 1..6_u64), 1..20),
        registrations_per_hour in 0..60_u32,
    ) {
        let wish = Parameters { registrations_per_hour, ..parameters() };
        let target = u64::from(registrations_per_hour / 6).max(1);
        let mut load = Load::new(&wish, NOON_MS);
        let (mut at, mut price) = (NOON_MS, u64::from(BITS));
        for (count, windows) in counts {
            let risen = price + u64::from(count) / target;
            let expected = risen.min(u64::from(BITS + LOAD_BITS_MAX));
            prop_assert_eq!(u64::from(registered(&mut load, &wish, at, count)), expected);
            price = expected;
            for window in 0..windows {
                let seen = if window == 0 { u64::from(count) } else { 0 };
                if seen * 2 < target {
                    price = price.saturating_sub(1).max(u64::from(BITS));
                }
            }
            at += windows * LOAD_WINDOW_MS;
            prop_assert_eq!(u64::from(load.price_at(&wish, at)), price);
        }
    }
}

const LATER_MS: u64 = NOON_MS + 100_000_000;

fn with_token(person: u8, operator: u8, bearer: u8, expires_ms: u64) -> Operation {
    let record = record_of(genesis().id(), &format!("name_{person}"), person, 0, 0);
    register_by_token(&record, &key(person, 0), operator, bearer, expires_ms)
}

#[test]
fn tok_01_a_token_is_an_operators_and_not_for_ever() {
    let mut chain = chain();
    assert_eq!(
        chain.one(with_token(1, 1, 1, LATER_MS)),
        Err(RejectReason::BadToken)
    );
    let (far, near) = (NOON_MS + TOKEN_MS_MAX + 10_000, NOON_MS + 4_000);
    assert_eq!(chain.one(with_token(1, 0, 1, far)), Err(RejectReason::BadToken));
    assert_eq!(chain.one(with_token(1, 0, 1, near)), Ok(()));
    assert_eq!(
        chain.one(with_token(2, 0, 2, near)),
        Err(RejectReason::TokenExpired)
    );
}

#[test]
fn tok_02_a_token_is_spent_by_its_bearer_on_one_record() {
    let chain = chain();
    let rules = chain.directory.rules();
    let (one, other) = (record(0, 0), record_of(chain.network(), "bob", 2, 0, 0));
    let good = token(chain.network(), 0, 1, LATER_MS);
    let signed = sign(&other, &key(2, 0));
    let refused = |spent| {
        let record = signed.clone();
        let fee = Fee::Token(spent);
        rules.check(Operation::Register { record, fee }).err()
    };
    assert_eq!(refused(spend(&signed, &good, 0, 1)), None);
    let of_another = spend(&sign(&one, &key(1, 0)), &good, 0, 1);
    assert_eq!(
        refused(of_another),
        Some(RejectReason::BadToken),
        "copied from a block"
    );
    assert_eq!(
        refused(spend(&signed, &good, 0, 2)),
        Some(RejectReason::BadSignature),
        "another bearer"
    );
    assert_eq!(
        refused(spend(&signed, &good, 1, 1)),
        Some(RejectReason::BadSignature),
        "another operator"
    );
    let elsewhere = token(xchat_proto::ids::NetworkId([1; 32]), 0, 1, LATER_MS);
    assert_eq!(
        refused(spend(&signed, &elsewhere, 0, 1)),
        Some(RejectReason::BadToken)
    );
}

#[test]
fn tok_03_a_token_is_spent_once() {
    let mut chain = chain();
    let (first, again) = (with_token(1, 0, 1, LATER_MS), with_token(2, 0, 1, LATER_MS));
    assert_eq!(
        chain.block(&[first, again.clone()]),
        [Ok(()), Err(RejectReason::TokenSpent)],
        "within a block"
    );
    assert_eq!(
        chain.one(again.clone()),
        Err(RejectReason::TokenSpent),
        "and later"
    );
    let (_, store) = (chain.block(&[]), chain.directory.store);
    let mut chain = Chain::open(store, genesis(), 1);
    assert_eq!(
        chain.one(again),
        Err(RejectReason::TokenSpent),
        "and after a restart"
    );
    // A token that was refused is not spent.
    assert_eq!(
        chain.one(with_token(1, 0, 2, LATER_MS)),
        Err(RejectReason::NameTaken)
    );
    assert_eq!(chain.one(with_token(3, 0, 2, LATER_MS)), Ok(()));
}

#[test]
fn tok_04_an_operator_lets_in_so_many_a_day() {
    let mut chain = chain();
    for person in 1..=2 {
        assert_eq!(chain.one(with_token(person, 0, person, LATER_MS)), Ok(()));
    }
    let third = with_token(3, 0, 3, LATER_MS);
    assert_eq!(chain.one(third.clone()), Err(RejectReason::TokensUsedUp));
    let midnight_ms = (chain.time_ms() / DAY_MS + 1) * DAY_MS;
    assert_eq!(
        chain.block_at(midnight_ms - 1, std::slice::from_ref(&third)),
        [Err(RejectReason::TokensUsedUp)]
    );
    assert_eq!(chain.block_at(midnight_ms, &[third]), [Ok(())]);
}

#[test]
fn tok_05_tokens_do_not_move_the_price() {
    let mut chain = Chain::new(
        genesis_of(
            1,
            Parameters {
                registrations_per_hour: 1,
                tokens_per_day: 9,
                ..parameters()
            },
        ),
        1,
    );
    let network = chain.network();
    let tokens = (1..6).map(|person| {
        let record = record_of(network, &format!("name_{person}"), person, 0, 0);
        register_by_token(&record, &key(person, 0), 0, person, LATER_MS)
    });
    let tokens: Vec<Operation> = tokens.collect();
    assert_eq!(chain.block(&tokens), [Ok(()); 5]);
    assert_eq!(chain.directory.head().header.work_bits, BITS);
}

#[test]
fn tok_06_the_counts_of_a_day_are_those_of_present_operators() {
    // As many operators as a network may have, come and gone within a day, don't make the list overflow.
    let mut load = Load::new(&parameters(), NOON_MS);
    for number in 0..80 {
        let committee = Committee::new(operators(vec![operator(number)]).unwrap());
        load.count_token(&committee, &validator(number).public());
        load.count_token(&committee, &validator(number).public());
        assert_eq!(load.tokens_at(&validator(number).public(), NOON_MS), 2);
    }
    assert_eq!(load.tokens_at(&validator(78).public(), NOON_MS), 0);
    assert_eq!(load.tokens_at(&validator(79).public(), NOON_MS + DAY_MS), 0);
}
