//! Sealing files into the store.

use std::fs;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;

use xchat_blobs::limits::{CHUNK_BYTES, CHUNK_PLAIN_BYTES, GROUP_BYTES};
use xchat_blobs::{Groups, ImportError, SealedSize};

use crate::support::{CHUNK, Disk, NAME, Sample, key, random, serve};

/// Around every boundary: of bytes, groups, chunks and steps of the padding.
const SIZES: [usize; 20] = [
    0,
    1,
    GROUP_BYTES - 1,
    GROUP_BYTES,
    GROUP_BYTES + 1,
    CHUNK - 1,
    CHUNK,
    CHUNK + 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK - 1,
    2 * CHUNK,
    2 * CHUNK + 1,
    3 * CHUNK,
    8 * CHUNK,
    8 * CHUNK + 1,
    9 * CHUNK,
    9 * CHUNK + 1,
    10 * CHUNK + 1,
    16 * CHUNK + 1,
];

#[test]
fn blb_01_what_is_sealed_is_opened_whatever_its_size() {
    for size in SIZES {
        let sample = Sample::new(size);
        assert_eq!(sample.imported.plain_bytes, size as u64);
        assert!(sample.read(0..u64::MAX) == sample.plain, "{size}");
        let sealed = sample.sealed();
        assert_eq!(blake3::hash(&sealed), sample.imported.hash, "{size}");
        assert!(
            sample.blob().missing(&Groups::all()).unwrap().is_empty(),
            "{size}"
        );
    }
}

#[test]
fn blb_01_a_sealed_file_is_the_same_from_every_implementation() {
    // The key is 0, 1, 2 .. 31, the nonce 32 .. 38, the file three chunks of the number of their chunk, less one byte.
    let key = xchat_blobs::BlobKey::new(
        std::array::from_fn(|at| at as u8),
        std::array::from_fn(|at| at as u8 + 32),
    );
    let plain: Vec<u8> = (0..3 * CHUNK_PLAIN_BYTES - 1)
        .map(|at| (at / CHUNK_PLAIN_BYTES) as u8)
        .collect();
    let disk = Disk::new();
    let imported = disk
        .store
        .import(NAME, &key, plain.as_slice(), |_| ControlFlow::Continue(()));
    let hash = imported.unwrap().hash.to_hex();
    // Worked out with other implementations of ChaCha20-Poly1305 and BLAKE3.
    let expected = "daf6f4b6acd31a72f932893b96199524af0d3ef8b7a30c2a0cbe886b800f32f8";
    assert_eq!(hash.as_str(), expected);
}

#[test]
fn blb_02_sealed_files_have_the_size_of_their_class() {
    for size in SIZES {
        let sample = Sample::new(size);
        assert_eq!(
            sample.sealed().len() as u64,
            sample.imported.size.bytes(),
            "{size}"
        );
        assert_eq!(SealedSize::of_plain(size as u64), Some(sample.imported.size));
        assert_eq!(
            SealedSize::new(sample.imported.size.bytes()),
            Some(sample.imported.size)
        );
    }
    assert_eq!(
        Sample::new(8 * CHUNK + 1).imported.size,
        Sample::new(10 * CHUNK).imported.size
    );
}

#[test]
fn blb_07_how_a_file_comes_makes_no_difference() {
    let plain = random(3, 3 * CHUNK + 77);
    let hashes = [1_usize, 1_000, CHUNK, CHUNK + 1, usize::MAX].map(|size| {
        let disk = Disk::new();
        let mut import = disk.store.begin_import(NAME, &key(1)).unwrap();
        plain.chunks(size).for_each(|piece| import.push(piece).unwrap());
        import.finish().unwrap()
    });
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn blb_07_what_is_not_finished_leaves_nothing() {
    let disk = Disk::new();
    let mut import = disk.store.begin_import(NAME, &key(1)).unwrap();
    import.push(&random(1, 5 * CHUNK)).unwrap();
    assert_eq!(disk.files().len(), 2);
    drop(import);
    assert!(disk.files().is_empty());

    let mut seen = Vec::new();
    let cancelled = disk
        .store
        .import(NAME, &key(1), random(1, 5 * CHUNK).as_slice(), |bytes| {
            seen.push(bytes);
            match seen.len() {
                3 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
    assert!(matches!(cancelled, Err(ImportError::Cancelled)));
    assert_eq!(seen, [1, 2, 3].map(|count| count * CHUNK as u64));
    assert!(disk.files().is_empty());

    let failing = io::repeat(1).take(CHUNK as u64 * 2).chain(Failing);
    let failed = disk
        .store
        .import(NAME, &key(1), failing, |_| ControlFlow::Continue(()));
    assert!(matches!(failed, Err(ImportError::Source(_))));
    assert!(disk.files().is_empty());
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the other end is gone"))
    }
}

#[test]
fn blb_07_nothing_is_made_of_an_import_that_failed() {
    let disk = Disk::new();
    let mut import = disk.store.begin_import(NAME, &key(1)).unwrap();
    import.push(b"all that came").unwrap();
    import
        .push_all(Failing, |_| ControlFlow::Continue(()))
        .unwrap_err();
    assert!(matches!(import.push(b"more"), Err(ImportError::FailedBefore)));
    assert!(matches!(import.finish(), Err(ImportError::FailedBefore)));
    assert!(disk.files().is_empty());
}

#[test]
fn blb_07_a_name_is_used_once() {
    let sample = Sample::new(10);
    let again = sample.disk.store.begin_import(NAME, &key(2));
    assert!(matches!(again, Err(ImportError::Disk(_))));
    assert!(sample.read(0..10) == sample.plain);
}

#[cfg(unix)]
#[test]
fn blb_07_only_the_owner_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let sample = Sample::new(10);
    for file in sample.disk.files() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    }
}

#[test]
fn blb_01_the_same_file_is_never_sealed_to_the_same_blob() {
    let (disk, plain) = (Disk::new(), random(1, 100));
    let import = |number| {
        let name = crate::support::name(number);
        disk.store
            .import(name, &key(u64::from(number)), plain.as_slice(), |_| {
                ControlFlow::Continue(())
            })
    };
    assert_ne!(import(1).unwrap().hash, import(2).unwrap().hash);
}

#[test]
fn blb_07_what_is_imported_can_be_served() {
    let sample = Sample::new(3 * CHUNK);
    let stream = serve(&sample.blob(), &Groups::all());
    // Twelve groups, and eleven pairs above them.
    assert_eq!(stream.len(), 12 * GROUP_BYTES + 11 * 64);
}
