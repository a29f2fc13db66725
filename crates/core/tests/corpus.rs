//! Replays the corpora of the fuzz targets, and keeps their seeds at the present encodings.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "corpus/seeds.rs"]
mod seeds;
#[expect(
    unreachable_pub,
    clippy::expect_used,
    reason = "the fuzz crate exports them, and they fail by panicking"
)]
#[path = "../../../fuzz/src/core_targets.rs"]
mod targets;

use proptest::prelude::*;
use seeds::{of_mls, seeds};
use targets::TARGETS;
use xchat_core::content::{Content, Part};

#[test]
fn corpora_are_replayed() {
    replay::replay(&TARGETS);
}

/// What MLS writes is never the same again, so it is only written.
#[test]
fn seeds_are_the_present_encodings() {
    if replay::is_update() {
        replay::write(&of_mls());
    }
    replay::compare(&seeds());
}

#[test]
fn spoilt_seeds_never_panic() {
    replay::spoil(&TARGETS, &seeds());
    replay::spoil(&TARGETS, &of_mls());
}

#[test]
fn arbitrary_bytes_never_panic() {
    replay::try_arbitrary_bytes(&TARGETS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cnt_01_any_text_survives_the_way(text in ".{0,200}", counter in 0..=i64::MAX.unsigned_abs()) {
        let content = Content {
            salt: [7; 16],
            replaces: None,
            timer_s: None,
            in_reply_to: None,
            counter,
            clock_ms: counter / 2,
            is_forwarded: counter % 2 == 0,
            part: Part::Text(text),
        };
        prop_assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
    }
}
