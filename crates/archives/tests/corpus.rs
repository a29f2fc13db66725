//! Replays the corpora of the fuzz targets, and keeps their seeds at what is written here.
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
#[path = "../../../fuzz/src/archive_targets.rs"]
mod targets;

use seeds::seeds;
use targets::TARGETS;

#[test]
fn arc_06_corpora_are_replayed() {
    replay::replay(&TARGETS);
}

#[test]
fn seeds_are_as_written() {
    if replay::is_update() {
        replay::write(&seeds());
    }
    replay::compare(&seeds());
}

#[test]
fn arc_06_spoilt_seeds_never_panic() {
    replay::spoil(&TARGETS, &seeds());
}

#[test]
fn arc_06_arbitrary_bytes_never_panic() {
    replay::try_arbitrary_bytes(&TARGETS);
}
