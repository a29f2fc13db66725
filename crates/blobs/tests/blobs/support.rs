//! Blobs in folders that go when the test ends.

use std::fs;
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tempfile::TempDir;
use xchat_blobs::limits::{CHUNK_PLAIN_BYTES, GROUP_BYTES};
use xchat_blobs::{Blob, BlobKey, BlobName, BlobStore, Groups, Imported};

/// Plaintext in one chunk.
pub(crate) const CHUNK: usize = CHUNK_PLAIN_BYTES;

/// A store in a folder of its own.
pub(crate) struct Disk {
    pub(crate) folder: TempDir,
    pub(crate) store: BlobStore,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = BlobStore::new(folder.path()).unwrap();
        Self { folder, store }
    }

    /// Where a file of a blob lies.
    pub(crate) fn path(&self, name: BlobName, end: &str) -> PathBuf {
        let hex = name.to_string();
        self.folder
            .path()
            .join(&hex[..2])
            .join(format!("{}.{end}", &hex[2..]))
    }

    /// Every file below the folder.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        folders
            .flat_map(|folder| fs::read_dir(folder).unwrap())
            .map(|entry| entry.unwrap().path())
            .collect()
    }
}

/// Bytes from a seed.
pub(crate) fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

pub(crate) fn key(seed: u64) -> BlobKey {
    BlobKey::random(&mut ChaCha20Rng::seed_from_u64(seed))
}

pub(crate) fn name(number: u8) -> BlobName {
    BlobName::new([number; 16])
}

/// A file, and what became of it.
pub(crate) struct Sample {
    pub(crate) disk: Disk,
    pub(crate) plain: Vec<u8>,
    pub(crate) key: BlobKey,
    pub(crate) imported: Imported,
}

/// What every sample is called.
pub(crate) const NAME: BlobName = BlobName::new([7; 16]);

impl Sample {
    /// Imports a file of random bytes.
    pub(crate) fn new(length: usize) -> Self {
        let (disk, plain, key) = (Disk::new(), random(length as u64, length), key(1));
        let imported = disk
            .store
            .import(NAME, &key, plain.as_slice(), |_| ControlFlow::Continue(()));
        Self {
            disk,
            plain,
            key,
            imported: imported.unwrap(),
        }
    }

    pub(crate) fn blob(&self) -> Blob {
        let Imported { hash, size, .. } = self.imported;
        self.disk.store.open(NAME, hash, size).unwrap()
    }

    /// The same blob on another disk, as far as that has it.
    pub(crate) fn blob_on(&self, disk: &Disk) -> Blob {
        disk.store
            .create(NAME, self.imported.hash, self.imported.size)
            .unwrap()
    }

    pub(crate) fn sealed(&self) -> Vec<u8> {
        fs::read(self.disk.path(NAME, "data")).unwrap()
    }

    pub(crate) fn tree(&self) -> Vec<u8> {
        fs::read(self.disk.path(NAME, "tree")).unwrap()
    }

    pub(crate) fn all(&self) -> Range<u64> {
        0..self.imported.size.groups()
    }

    /// What reading a range gives.
    pub(crate) fn read(&self, range: Range<u64>) -> Vec<u8> {
        read(&self.blob(), &self.key, self.plain.len() as u64, range)
    }
}

/// What reading a range of a blob gives.
pub(crate) fn read(blob: &Blob, key: &BlobKey, plain_bytes: u64, range: Range<u64>) -> Vec<u8> {
    let pieces = blob.read_plain(key, plain_bytes, range).unwrap();
    pieces.flat_map(|piece| piece.unwrap()).collect()
}

/// The whole stream for some groups.
pub(crate) fn serve(blob: &Blob, groups: &Groups) -> Vec<u8> {
    blob.serve(groups).flat_map(|piece| piece.unwrap()).collect()
}

/// Fetches all that is missing.
pub(crate) fn complete(from: &Blob, to: &Blob) {
    let missing = to.missing(&Groups::all()).unwrap();
    let mut receiving = to.receive(&missing);
    for piece in from.serve(&missing) {
        receiving.push(&piece.unwrap()).unwrap();
    }
    receiving.finish().unwrap();
    to.sync().unwrap();
}

/// Every group that a blob has is the right one; gives those that it lacks.
pub(crate) fn assert_sound(blob: &Blob, sealed: &[u8]) -> Groups {
    let missing = blob.missing(&Groups::all()).unwrap();
    for group in 0..blob.size().groups() {
        let one = Groups::from(group..group + 1);
        let stream: Result<Vec<_>, _> = blob.serve(&one).collect();
        assert_eq!(stream.is_err(), !missing.and(&one).is_empty(), "group {group}");
        if let Ok(pieces) = stream {
            let start = group as usize * GROUP_BYTES;
            assert!(
                pieces.concat().ends_with(&sealed[start..start + GROUP_BYTES]),
                "group {group}"
            );
        }
    }
    missing
}
