//! Reading plaintext.

use std::fs;
use std::ops::Range;

use bao_tree::BlockSize;
use bao_tree::io::outboard::PostOrderMemOutboard;
use proptest::prelude::*;
use xchat_blobs::limits::CHUNK_BYTES;
use xchat_blobs::{Blob, BlobKey, ReadError, SealedSize, ServeError};

use crate::support::{CHUNK, Disk, NAME, Sample, key, name, read};

#[test]
fn blb_12_ranges_around_every_boundary_are_read() {
    let sample = Sample::new(3 * CHUNK + 5);
    let length = sample.plain.len();
    let ends = [
        0,
        1,
        CHUNK - 1,
        CHUNK,
        CHUNK + 1,
        2 * CHUNK,
        length - 1,
        length,
        length + 1,
        usize::MAX,
    ];
    for start in ends {
        for end in ends {
            let expected = sample.plain.get(start..end.min(length)).unwrap_or_default();
            assert!(
                sample.read(start as u64..end as u64) == expected,
                "{start}..{end}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn blb_12_any_range_of_any_file_is_read(
        length in 0..6 * CHUNK,
        ranges in prop::collection::vec((0..7 * CHUNK, 0..7 * CHUNK), 1..6),
    ) {
        let sample = Sample::new(length);
        for (start, end) in ranges {
            let expected = sample.plain.get(start.min(length)..end.min(length)).unwrap_or_default();
            prop_assert!(sample.read(start as u64..end as u64) == expected, "{}..{}", start, end);
        }
    }
}

fn error_of(blob: &Blob, key: &BlobKey, plain_bytes: usize, range: Range<u64>) -> Option<ReadError> {
    match blob.read_plain(key, plain_bytes as u64, range) {
        Ok(mut pieces) => {
            let error = pieces.by_ref().find_map(Result::err);
            assert!(
                error.is_none() || pieces.next().is_none(),
                "it goes on after an error"
            );
            error
        }
        Err(error) => Some(error),
    }
}

#[test]
fn blb_12_a_wrong_key_is_told_as_what_it_is() {
    let sample = Sample::new(3 * CHUNK);
    let (blob, length) = (sample.blob(), sample.plain.len());
    let other_nonce = BlobKey::new(*sample.key.key(), [9; 7]);
    let other_key = BlobKey::new([9; 32], *sample.key.nonce());
    for wrong in [key(2), other_nonce, other_key] {
        let error = error_of(&blob, &wrong, length, 0..1);
        assert!(matches!(error, Some(ReadError::WrongKey)), "{error:?}");
    }
    let same = BlobKey::new(*sample.key.key(), *sample.key.nonce());
    assert!(error_of(&blob, &same, length, 0..u64::MAX).is_none());
    assert_eq!(format!("{same:?}"), "BlobKey(..)");
}

#[test]
fn blb_12_a_size_that_is_sealed_to_another_is_refused() {
    let sample = Sample::new(3 * CHUNK);
    for wrong in [0, 2 * CHUNK, 3 * CHUNK + 1, usize::MAX] {
        let error = error_of(&sample.blob(), &sample.key, wrong, 0..1);
        assert!(matches!(error, Some(ReadError::WrongSize)), "{wrong}: {error:?}");
    }
}

/// A blob of these sealed bytes with a tree that belongs to them, as somebody makes it who has the key to nothing.
fn forge(disk: &Disk, sealed: &[u8]) -> Blob {
    let tree = PostOrderMemOutboard::create(sealed, BlockSize::from_chunk_log(4));
    let size = SealedSize::new(sealed.len() as u64).unwrap();
    let blob = disk.store.create(name(9), blake3::hash(sealed), size).unwrap();
    fs::write(disk.path(name(9), "data"), sealed).unwrap();
    fs::write(disk.path(name(9), "tree"), tree.data).unwrap();
    blob
}

#[test]
fn blb_01_chunks_can_not_be_moved_cut_or_added() {
    let sample = Sample::new(4 * CHUNK);
    let sealed = sample.sealed();
    let chunks: Vec<&[u8]> = sealed.chunks(CHUNK_BYTES).collect();
    let disk = Disk::new();
    let whole = forge(&disk, &sealed);
    assert!(read(&whole, &sample.key, 4 * CHUNK as u64, 0..u64::MAX) == sample.plain);
    let forgeries = [
        (4, vec![1, 0, 2, 3]),
        (4, vec![0, 1, 3, 3]),
        (3, vec![0, 1, 2]),
        (1, vec![0]),
        (5, vec![0, 1, 2, 3, 3]),
        (5, vec![0, 0, 1, 2, 3]),
    ];
    for (count, order) in forgeries {
        let forged: Vec<u8> = order
            .iter()
            .flat_map(|chunk: &usize| chunks[*chunk])
            .copied()
            .collect();
        let blob = forge(&disk, &forged);
        let error = error_of(&blob, &sample.key, count * CHUNK, 0..u64::MAX);
        assert!(matches!(error, Some(ReadError::WrongKey)), "{order:?}: {error:?}");
    }
}

#[test]
fn blb_12_what_the_disk_has_spoilt_is_not_read() {
    let sample = Sample::new(3 * CHUNK);
    let sealed = sample.sealed();
    for at in (0..sealed.len()).step_by(4_999) {
        let mut spoilt = sealed.clone();
        spoilt[at] ^= 1 << (at % 8);
        fs::write(sample.disk.path(NAME, "data"), spoilt).unwrap();
        let (blob, chunk) = (sample.blob(), (at / CHUNK_BYTES * CHUNK) as u64);
        let error = error_of(&blob, &sample.key, 3 * CHUNK, chunk..chunk + 1);
        let is_lacking = |group| group == (at / 16_384) as u64;
        assert!(
            matches!(error, Some(ReadError::Here(ServeError::Lacking { group })) if is_lacking(group)),
            "byte {at}: {error:?}"
        );
    }
}

#[test]
fn all_can_be_moved_to_a_thread_that_may_block() {
    fn is_sent<T: Send + 'static>() {}
    fn is_shared<T: Send + Sync + 'static>() {}
    is_sent::<(xchat_blobs::Import, xchat_blobs::Receiving)>();
    is_sent::<(xchat_blobs::Serving, xchat_blobs::Reading)>();
    is_shared::<(xchat_blobs::BlobStore, Blob)>();
}
