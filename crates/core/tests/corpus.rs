//! Replays the corpora of the fuzz targets, and keeps their seeds at the present encodings.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "corpus/seeds.rs"]
mod seeds;
#[expect(
    unreachable_pub,
    clippy::expect_used,
    reason = "the fuzz crate exports them, and they fail by panicking"
)]
#[path = "../../../fuzz/src/core_targets.rs"]
mod targets;

use std::path::PathBuf;

use proptest::prelude::*;
use targets::TARGETS;
use xchat_core::content::{Content, Part};

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

/// What the corpus of every target holds is decoded or refused, and never panics.
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
            target(&bytes);
            for cut in (0..bytes.len()).step_by((bytes.len() / 100).max(1)) {
                target(&bytes[..cut]);
            }
        }
    }
}

/// The seeds are what this version writes: a difference is a change of the format. Where it is meant, run this with
/// `UPDATE_SEEDS=1` and say so in the commit.
#[test]
fn seeds_are_the_present_encodings() {
    let update = std::env::var_os("UPDATE_SEEDS").is_some();
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = corpus().join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    if update {
        for (target, name, bytes) in seeds::of_mls() {
            write(target, name, &bytes);
        }
    }
    for (target, name, bytes) in seeds::seeds() {
        if update {
            write(target, name, &bytes);
        }
        let written = std::fs::read(corpus().join(target).join(name)).unwrap_or_default();
        assert!(written == bytes, "{target}/{name} is not what is written now");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for (_, target) in TARGETS {
            target(&bytes);
        }
    }

    #[test]
    fn cnt_01_any_text_survives_the_way(text in ".{0,200}", counter in 0..=i64::MAX.unsigned_abs()) {
        let content = Content { salt: [7; 16], counter, clock_ms: counter / 2, part: Part::Text(text) };
        prop_assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
    }
}
