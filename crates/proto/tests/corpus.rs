//! Replays the corpora of the fuzz targets, and keeps their seeds at the present encodings.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

#[path = "corpus/seeds.rs"]
mod seeds;
#[expect(unreachable_pub, reason = "the fuzz crate exports them")]
#[path = "../../../fuzz/src/proto_targets.rs"]
mod targets;

use std::path::PathBuf;

use proptest::prelude::*;
use targets::TARGETS;

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
            target(&std::fs::read(file).unwrap());
        }
    }
}

/// The seeds are what this version writes: a difference is a change of the wire format. Where it is meant, run this
/// with `UPDATE_SEEDS=1` and say so in the commit.
#[test]
fn seeds_are_the_present_encodings() {
    for (target, name, bytes) in seeds::seeds() {
        let path = corpus().join(target).join(name);
        if std::env::var_os("UPDATE_SEEDS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let written = std::fs::read(&path).unwrap_or_default();
        assert!(written == bytes, "{} is not what is written now", path.display());
    }
}

/// Every cut and every turned bit of a seed is decoded or refused.
#[test]
fn spoilt_seeds_never_panic() {
    for (name, target) in TARGETS {
        let seeds = seeds::seeds().into_iter().filter(|(of, _, _)| *of == name);
        for (_, _, mut bytes) in seeds {
            // Signatures are checked again for every one of them: a part is enough of the long ones.
            let step = (bytes.len() / 200).max(1);
            for at in (0..bytes.len()).step_by(step) {
                target(&bytes[..at]);
                bytes[at] ^= 1 << (at % 8);
                target(&bytes);
                bytes[at] ^= 1 << (at % 8);
            }
        }
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
}
