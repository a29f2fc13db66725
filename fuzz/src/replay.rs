//! Replays the corpora of fuzz targets, as plain tests of the crates that the targets are of.
//!
//! Included by their tests, so it names nothing but what they all have.

use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any};
use proptest::test_runner::TestRunner;

/// A target: its name, which its corpus has too, and what it does.
type Target = (&'static str, fn(&[u8]));
/// A target, the name of a seed of it, and its bytes.
pub(crate) type Seed = (&'static str, String, Vec<u8>);

/// Signatures are checked again for every cut and every turned bit: of long seeds a part is enough.
const PLACES: usize = 200;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn places(bytes: &[u8]) -> impl Iterator<Item = usize> + use<> {
    (0..bytes.len()).step_by((bytes.len() / PLACES).max(1))
}

/// What the corpus of every target holds is read or refused, and never panics.
pub(crate) fn replay(targets: &[Target]) {
    for (name, target) in targets {
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

/// Every cut and every turned bit of a seed is read or refused.
pub(crate) fn spoil(targets: &[Target], seeds: &[Seed]) {
    for (name, target) in targets {
        for (_, _, bytes) in seeds.iter().filter(|(of, _, _)| of == name) {
            let mut bytes = bytes.clone();
            for at in places(&bytes) {
                target(&bytes[..at]);
                bytes[at] ^= 1 << (at % 8);
                target(&bytes);
                bytes[at] ^= 1 << (at % 8);
            }
        }
    }
}

/// Any bytes are read or refused.
pub(crate) fn try_arbitrary_bytes(targets: &[Target]) {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(64));
    let tried = runner.run(&vec(any::<u8>(), 0..600), |bytes| {
        targets.iter().for_each(|(_, target)| target(&bytes));
        Ok(())
    });
    tried.unwrap();
}

/// The seeds are what this version writes: a difference is a change of a format. Where it is meant, run this with
/// `UPDATE_SEEDS=1` and say so in the commit.
pub(crate) fn compare(seeds: &[Seed]) {
    if is_update() {
        write(seeds);
    }
    for (target, name, bytes) in seeds {
        let written = std::fs::read(corpus().join(target).join(name)).unwrap_or_default();
        assert!(written == *bytes, "{target}/{name} is not what is written now");
    }
}

/// Whether the seeds are to be written anew.
pub(crate) fn is_update() -> bool {
    std::env::var_os("UPDATE_SEEDS").is_some()
}

/// Writes seeds into the corpora.
pub(crate) fn write(seeds: &[Seed]) {
    for (target, name, bytes) in seeds {
        let folder = corpus().join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}
