//! Replays the corpus of the fuzz target, and keeps its seeds at the present encodings.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[expect(
    unreachable_pub,
    clippy::panic,
    reason = "the fuzz crate exports them, and they fail by panicking"
)]
#[path = "../../../fuzz/src/net_targets.rs"]
mod targets;

use std::path::PathBuf;

use proptest::prelude::*;
use targets::TARGETS;
use xchat_net::frame::push_frame;
use xchat_proto::codec::Blob;
use xchat_proto::limits::FRAME_BYTES_MAX;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

/// The name of a seed, and its bytes: how the stream is cut, and the stream.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut frames = Vec::new();
    for number in [1_u64, 70_000, 3] {
        push_frame(&mut frames, &number).unwrap();
    }
    push_frame(&mut frames, &Blob::<1000>::new(vec![7; 300]).unwrap()).unwrap();
    let cut_off = frames.split_last().unwrap().1;
    let most = u32::try_from(FRAME_BYTES_MAX).unwrap();
    let seed = |sizes: &[u8], stream: &[u8]| {
        let count = u8::try_from(sizes.len()).unwrap();
        [&[count], sizes, stream].concat()
    };
    vec![
        ("seed-at-once", seed(&[], &frames)),
        ("seed-bytes", seed(&[1], &frames)),
        ("seed-cut-off", seed(&[200, 3, 9], cut_off)),
        ("seed-empty-frames", seed(&[5], &[0; 12])),
        ("seed-largest", seed(&[2, 7], &most.to_be_bytes())),
        ("seed-too-long", seed(&[3], &(most + 1).to_be_bytes())),
    ]
}

/// What the corpus of every target holds is read or refused, and never panics.
#[test]
fn corpora_are_replayed() {
    for (name, target) in TARGETS {
        let files: Vec<PathBuf> = std::fs::read_dir(corpus().join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            let bytes = std::fs::read(file).unwrap();
            for cut in 0..=bytes.len() {
                target(&bytes[..cut]);
            }
        }
    }
}

/// The seeds are what this version writes: a difference is a change of the wire format. Where it is meant, run this
/// with `UPDATE_SEEDS=1` and say so in the commit.
#[test]
fn seeds_are_the_present_encodings() {
    let folder = corpus().join("frame_stream");
    for (name, bytes) in seeds() {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_SEEDS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let written = std::fs::read(&path).unwrap_or_default();
        assert!(written == bytes, "{name} is not what is written now");
    }
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

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for (_, target) in TARGETS {
            target(&bytes);
        }
    }
}
