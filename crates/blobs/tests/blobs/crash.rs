//! Whatever a crash leaves, what is lacking is found by looking, and fetched.

use std::fs::{self, OpenOptions};
use std::path::Path;

use proptest::prelude::*;
use xchat_blobs::Groups;

use crate::support::{CHUNK, Disk, NAME, Sample, assert_sound, complete, read, serve};

/// What a crash may do to a file.
#[derive(Debug, Clone)]
enum Damage {
    /// It ends here.
    Cut(usize),
    /// So many bytes from here were never written.
    Hole(usize, usize),
    /// Something else is there.
    Torn(usize, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = 0..400_000_usize;
    prop_oneof![
        place.clone().prop_map(Damage::Cut),
        (place.clone(), 1..70_000_usize).prop_map(|(at, length)| Damage::Hole(at, length)),
        (place, 1..=255_u8).prop_map(|(at, mask)| Damage::Torn(at, mask)),
    ]
}

impl Damage {
    /// Damages a file; the place is wrapped to its length.
    fn apply(&self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let length = bytes.len().max(1);
        match *self {
            Self::Cut(at) => bytes.truncate(at % length),
            Self::Hole(at, count) => {
                let at = at % length;
                bytes.iter_mut().skip(at).take(count).for_each(|byte| *byte = 0);
            }
            Self::Torn(at, mask) => {
                if let Some(byte) = bytes.get_mut(at % length) {
                    *byte ^= mask;
                }
            }
        }
        fs::write(path, bytes).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blb_10_damaged_files_are_made_whole(
        damages in prop::collection::vec((any::<bool>(), damage()), 1..4),
        received in 0..=24_u64,
    ) {
        let sample = Sample::new(6 * CHUNK);
        let disk = Disk::new();
        let blob = sample.blob_on(&disk);
        let mut receiving = blob.receive(&Groups::from(0..received));
        receiving.push(&serve(&sample.blob(), &Groups::from(0..received))).unwrap();
        receiving.finish().unwrap();
        for (of_tree, damage) in &damages {
            damage.apply(&disk.path(NAME, if *of_tree { "tree" } else { "data" }));
        }
        let blob = sample.blob_on(&disk);
        assert_sound(&blob, &sample.sealed());
        complete(&sample.blob(), &blob);
        prop_assert!(blob.missing(&Groups::all()).unwrap().is_empty());
        prop_assert!(read(&blob, &sample.key, sample.plain.len() as u64, 0..u64::MAX) == sample.plain);
    }
}

#[test]
fn blb_10_files_cut_at_any_byte_are_made_whole() {
    let sample = Sample::new(2 * CHUNK - 3);
    let (sealed, tree) = (sample.sealed(), sample.tree());
    let whole = sample.blob();
    let disk = Disk::new();
    let copy = sample.blob_on(&disk);
    complete(&whole, &copy);
    let cut = |end: &str, length: usize| {
        let file = OpenOptions::new().write(true).open(disk.path(NAME, end)).unwrap();
        file.set_len(length as u64).unwrap();
    };
    let at = (0..sealed.len()).step_by(2_477).map(|length| ("data", length));
    for (end, length) in at.chain((0..tree.len()).map(|length| ("tree", length))) {
        cut(end, length);
        let copy = sample.blob_on(&disk);
        assert!(
            !copy.missing(&Groups::all()).unwrap().is_empty(),
            "{end} {length}"
        );
        complete(&whole, &copy);
        assert!(
            fs::read(disk.path(NAME, "data")).unwrap() == sealed,
            "{end} {length}"
        );
        assert!(
            fs::read(disk.path(NAME, "tree")).unwrap() == tree,
            "{end} {length}"
        );
    }
}

#[test]
fn blb_10_only_what_is_asked_about_is_looked_at() {
    let sample = Sample::new(8 * CHUNK);
    let disk = Disk::new();
    let copy = sample.blob_on(&disk);
    let first = Groups::new([0..2, 9..12]);
    let mut receiving = copy.receive(&first);
    receiving.push(&serve(&sample.blob(), &first)).unwrap();
    receiving.finish().unwrap();
    assert_eq!(copy.missing(&Groups::from(1..10)).unwrap(), Groups::from(2..9));
    assert!(copy.missing(&first).unwrap().is_empty());
    assert_eq!(copy.missing(&Groups::all()).unwrap(), Groups::new([2..9, 12..32]));
}
