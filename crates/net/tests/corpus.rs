//! Replays the corpus of the fuzz target, and keeps its seeds at the present encodings.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[expect(
    unreachable_pub,
    clippy::panic,
    reason = "the fuzz crate exports them, and they fail by panicking"
)]
#[path = "../../../fuzz/src/net_targets.rs"]
mod targets;

use proptest::prelude::*;
use replay::Seed;
use targets::TARGETS;
use xchat_net::frame::push_frame;
use xchat_proto::codec::Blob;
use xchat_proto::limits::FRAME_BYTES_MAX;

/// How a stream is cut, and the stream.
fn seeds() -> Vec<Seed> {
    let mut frames = Vec::new();
    for number in [1_u64, 70_000, 3] {
        push_frame(&mut frames, &number).unwrap();
    }
    push_frame(&mut frames, &Blob::<1000>::new(vec![7; 300]).unwrap()).unwrap();
    let cut_off = frames.split_last().unwrap().1;
    let most = u32::try_from(FRAME_BYTES_MAX).unwrap();
    let seed = |name: &str, sizes: &[u8], stream: &[u8]| {
        let count = u8::try_from(sizes.len()).unwrap();
        (
            "frame_stream",
            name.to_owned(),
            [&[count], sizes, stream].concat(),
        )
    };
    vec![
        seed("seed-at-once", &[], &frames),
        seed("seed-bytes", &[1], &frames),
        seed("seed-cut-off", &[200, 3, 9], cut_off),
        seed("seed-empty-frames", &[5], &[0; 12]),
        seed("seed-largest", &[2, 7], &most.to_be_bytes()),
        seed("seed-too-long", &[3], &(most + 1).to_be_bytes()),
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn trn_01_frames_are_the_same_however_they_are_cut(
        sizes in prop::collection::vec(1..=255_u8, 0..8),
        lengths in prop::collection::vec(0..400_usize, 0..12),
        cut in 0..20_usize,
    ) {
        let mut stream = Vec::new();
        for length in lengths {
            push_frame(&mut stream, &Blob::<400>::new(vec![9; length]).unwrap()).unwrap();
        }
        stream.truncate(stream.len().saturating_sub(cut));
        let count = u8::try_from(sizes.len()).unwrap();
        targets::frame_stream(&[&[count], sizes.as_slice(), stream.as_slice()].concat());
    }
}
