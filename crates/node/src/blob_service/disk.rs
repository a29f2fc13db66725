//! The disk under the blobs: a few pieces of work at a time, and a part of it that stays free.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use xchat_blobs::{Blob, BlobName, BlobStore, DiskError, Groups, SealedSize, Swept};
use xchat_mailbox::{BlobFile, BlobPlace, BlobQuotas};
use xchat_proto::limits::{BLOB_CHUNK_BYTES, BLOB_GROUP_BYTES, BLOB_SEALED_BYTES_MAX};

use crate::config::BlobConfig;
use crate::limits::{BLOB_LOOKS_MAX, BLOB_PIECES_MAX};

const _: () = assert!(
    BLOB_GROUP_BYTES == xchat_blobs::limits::GROUP_BYTES as u64
        && BLOB_CHUNK_BYTES == xchat_blobs::limits::CHUNK_BYTES as u64
        && BLOB_SEALED_BYTES_MAX == xchat_blobs::limits::CHUNKS_MAX * BLOB_CHUNK_BYTES,
    "the wire and the files are of one format"
);

/// The folder of blobs.
#[derive(Debug)]
pub(crate) struct Disk {
    store: BlobStore,
    path: PathBuf,
    config: BlobConfig,
    pieces: Arc<Semaphore>,
    looks: Arc<Semaphore>,
}

/// A blob that is being brought, and what of it is missing.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) blob: Blob,
    pub(super) missing: Groups,
}

impl Disk {
    /// Takes the folder, and makes it if it isn't there. It blocks.
    pub(crate) fn open(path: &Path, config: BlobConfig) -> Result<Self, DiskError> {
        Ok(Self {
            store: BlobStore::new(path)?,
            path: path.to_owned(),
            config,
            pieces: Arc::new(Semaphore::new(BLOB_PIECES_MAX)),
            looks: Arc::new(Semaphore::new(BLOB_LOOKS_MAX)),
        })
    }

    /// What is given to blobs, when so many bytes are theirs already: no more than half of what could be. It blocks.
    pub(super) fn quotas(&self, counted: u64) -> BlobQuotas {
        let quotas = self.config.quotas;
        let half = free_bytes(&self.path).map_or(u64::MAX, |free| free.saturating_add(counted) / 2);
        BlobQuotas {
            bytes: quotas.bytes.min(half),
            ..quotas
        }
    }

    /// Removes the files of blobs that aren't known. It blocks.
    pub(super) fn sweep(&self, known: &BTreeSet<BlobFile>) -> Result<Swept, DiskError> {
        self.store
            .sweep(&known.iter().copied().map(BlobName::new).collect())
    }

    /// Whether so many bytes more leave enough free.
    pub(super) async fn has_room(&self, bytes: u64) -> bool {
        let path = self.path.clone();
        let free = self.run(move || free_bytes(&path)).await.flatten();
        free.is_none_or(|free| free.saturating_sub(bytes) >= self.config.free_bytes)
    }

    /// Opens a blob to be brought, and looks what is missing.
    pub(super) async fn begin(&self, place: &BlobPlace) -> Result<Begun, DiskError> {
        let (store, place) = (self.store.clone(), *place);
        let begin = move || {
            let size = size_of(&place)?;
            let hash = blake3::Hash::from_bytes(place.hash.0);
            let blob = store.create(BlobName::new(place.file), hash, size)?;
            let missing = blob.missing(&Groups::all())?;
            Ok(Begun { blob, missing })
        };
        blocking(&self.looks, begin).await.unwrap_or_else(|| Err(bug()))
    }

    /// Opens a blob that is there.
    pub(super) async fn open_blob(&self, place: &BlobPlace) -> Result<Blob, xchat_blobs::OpenError> {
        let (store, place) = (self.store.clone(), *place);
        let open = move || {
            let hash = blake3::Hash::from_bytes(place.hash.0);
            store.open(BlobName::new(place.file), hash, size_of(&place)?)
        };
        self.run(open).await.unwrap_or_else(|| Err(bug().into()))
    }

    /// Removes the files of a blob. Should that fail, the next start does it.
    pub(super) async fn erase(&self, name: BlobName) {
        let store = self.store.clone();
        if let Some(Err(error)) = self.run(move || store.erase(name)).await {
            tracing::warn!(%error, "the files of a blob can't be removed");
        }
    }

    /// Does a piece of work where it may block. `None` when it failed by an error of ours.
    pub(super) async fn run<T, F>(&self, work: F) -> Option<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        blocking(&self.pieces, work).await
    }
}

async fn blocking<T, F>(permits: &Arc<Semaphore>, work: F) -> Option<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    work.await.ok()
}

/// The size was checked when room was made for it.
fn size_of(place: &BlobPlace) -> Result<SealedSize, DiskError> {
    SealedSize::new(place.sealed_bytes)
        .ok_or_else(|| DiskError::Failed(std::io::Error::other("what is known of a blob is damaged")))
}

fn bug() -> DiskError {
    DiskError::Failed(std::io::Error::other("the work was cut short"))
}

/// How much of a disk is free, in bytes.
#[cfg(unix)]
fn free_bytes(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Nobody tells: the quotas alone hold.
#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}
