//! Replays the corpora of the fuzz targets, and keeps their seeds at the present encodings.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[expect(unreachable_pub, reason = "the fuzz crate exports it")]
#[path = "../../../fuzz/src/chain.rs"]
mod chain;
#[expect(unreachable_pub, reason = "the fuzz crate exports it")]
#[path = "../../../fuzz/src/light_target.rs"]
mod light_target;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "corpus/seeds.rs"]
mod seeds;
#[expect(unreachable_pub, reason = "the fuzz crate exports them")]
#[path = "../../../fuzz/src/proto_targets.rs"]
mod targets;

use seeds::seeds;
use targets::TARGETS;

#[test]
fn corpora_are_replayed() {
    replay::replay(&TARGETS);
}

#[test]
fn seeds_are_the_present_encodings() {
    replay::compare(&seeds());
}

#[test]
fn spoilt_seeds_never_panic() {
    replay::spoil(&TARGETS, &seeds());
}

#[test]
fn arbitrary_bytes_never_panic() {
    replay::try_arbitrary_bytes(&TARGETS);
}
