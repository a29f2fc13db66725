//! Removing blobs, one or all that nobody knows.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;

use xchat_blobs::{BlobName, OpenError, Swept};

use crate::support::{CHUNK, Disk, NAME, Sample, key, name, random};

#[test]
fn blb_13_an_erased_blob_is_gone_at_once() {
    let sample = Sample::new(CHUNK);
    let (open, store) = (sample.blob(), &sample.disk.store);
    store.erase(NAME).unwrap();
    assert!(sample.disk.files().is_empty());
    let again = store.open(NAME, open.hash(), open.size());
    assert!(matches!(again, Err(OpenError::Unknown)));
    store.erase(NAME).unwrap();
    store.erase(name(200)).unwrap();
}

#[test]
fn blb_13_a_blob_of_which_half_is_left_is_erased() {
    let sample = Sample::new(CHUNK);
    fs::remove_file(sample.disk.path(NAME, "tree")).unwrap();
    sample.disk.store.erase(NAME).unwrap();
    assert!(sample.disk.files().is_empty());
}

#[test]
fn blb_13_what_nobody_knows_is_swept_and_nothing_else() {
    let disk = Disk::new();
    let names = [1, 2, 3].map(name);
    for name in names {
        let import = disk.store.import(name, &key(1), random(1, 10).as_slice(), |_| {
            ControlFlow::Continue(())
        });
        import.unwrap();
    }
    // As a crash leaves it: nothing tidies up.
    let mut begun = disk.store.begin_import(name(4), &key(1)).unwrap();
    begun.push(&random(1, 3 * CHUNK)).unwrap();
    Box::leak(Box::new(begun));
    let strangers = [
        "01/notes.txt",
        "01/0101.data",
        "aa.data",
        "zz/000000000000000000000000000000.data",
    ];
    fs::create_dir(disk.folder.path().join("zz")).unwrap();
    for stranger in strangers {
        fs::write(disk.folder.path().join(stranger), "not a blob").unwrap();
    }

    let known: BTreeSet<BlobName> = names[..2].iter().copied().collect();
    let swept = disk.store.sweep(&known).unwrap();
    assert_eq!(swept.files, 4);
    assert!(swept.bytes > 3 * CHUNK as u64);
    let left = |name: &BlobName| ["data", "tree"].map(|end| disk.path(*name, end).exists());
    assert_eq!(names.each_ref().map(left), [[true; 2], [true; 2], [false; 2]]);
    assert_eq!(left(&name(4)), [false; 2]);
    assert!(
        strangers
            .iter()
            .all(|stranger| disk.folder.path().join(stranger).exists())
    );
    assert_eq!(disk.store.sweep(&known).unwrap(), Swept::default());
}
