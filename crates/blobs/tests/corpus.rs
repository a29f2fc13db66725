//! Replays the corpus of the fuzz target, and keeps its seeds at the present encodings.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[expect(
    unreachable_pub,
    clippy::panic,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    reason = "the fuzz crate exports them, and they fail by panicking"
)]
#[path = "../../../fuzz/src/blobs_targets.rs"]
mod targets;

use replay::Seed;
use targets::TARGETS;

/// The blob and the part of it that is asked for, how the answer comes, and the edits of it.
fn seeds() -> Vec<Seed> {
    let seed = |name: &str, question: [u8; 5], sizes: &[u8], edits: &[u8]| {
        let count = 128 + u8::try_from(sizes.len()).unwrap();
        (
            "bao_stream",
            name.to_owned(),
            [question.as_slice(), &[count], sizes, edits].concat(),
        )
    };
    vec![
        seed("seed-whole", [0, 0, 4, 0, 0], &[255, 1, 9], &[]),
        seed("seed-parts", [7, 3, 5, 30, 255], &[200], &[]),
        seed("seed-nothing", [3, 0, 0, 99, 255], &[], &[]),
        seed("seed-cut", [1, 0, 255, 0, 0], &[3], &[0, 0, 64, 9, 0]),
        seed("seed-more", [1, 7, 8, 0, 0], &[169], &[1, 0, 64, 128, 5]),
        seed("seed-turned", [2, 0, 12, 0, 0], &[50, 2], &[2, 1, 0, 0, 16]),
        seed("seed-skipped", [4, 0, 20, 0, 0], &[], &[3, 0, 0, 64, 1]),
        (
            "bao_stream",
            "seed-written-out".to_owned(),
            targets::written_out([0, 1, 2, 0, 0]),
        ),
    ]
}

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
