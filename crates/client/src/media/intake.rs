//! Taking a file in: sealed as it comes, then looked at, freed of what it tells, and sealed anew where that changed it.
//! So no plaintext is ever on the disk, and of a film that is too long to be held only pieces are in memory.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use xchat_blobs::limits::PIECE_BYTES;
use xchat_blobs::{BlobKey, BlobName, BlobStore, Import, Imported};
use xchat_core::content::{File, FileKey, Media, MediaKind};
use xchat_media::{Facts, Kind, StripError, facts, patches, sniff};
use xchat_proto::codec::Text;
use xchat_proto::ids::Hash;

use super::copy::Changes;
use super::error::UploadError;
use super::kinds::{media_kind, told_name};
use super::source::Opened;
use super::uploads::{Files, UploadView, Waiting};
use super::worker::PICTURE_BYTES_MAX;
use crate::clock;

/// How much of a file is looked at to tell what it is.
const HEAD_BYTES: u64 = 8 * 1024 * 1024;

/// How a file is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// Pictures in a sensible size; nothing tells where or by whom they were made.
    #[default]
    Standard,
    /// As it is, but for what it tells of where and by whom it was made.
    Original,
    /// As it is, with all that it tells.
    Untouched,
}

/// A sealed file on the disk that belongs to no message yet: erased when it is dropped.
#[derive(Debug)]
pub(crate) struct Unkept {
    store: BlobStore,
    name: BlobName,
    is_kept: bool,
}

impl Unkept {
    pub(crate) fn new(store: &BlobStore, name: BlobName) -> Self {
        Self {
            store: store.clone(),
            name,
            is_kept: false,
        }
    }

    pub(crate) fn name(&self) -> &BlobName {
        &self.name
    }

    /// It belongs to a message now.
    pub(crate) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        if !self.is_kept
            && let Err(error) = self.store.erase(self.name)
        {
            // The next start sweeps it away.
            tracing::warn!(%error, "a file that is not wanted could not be erased");
        }
    }
}

/// Runs what waits for the disk where that may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| UploadError::Storage(error.to_string()))?
}

/// A file that is being taken in. Dropped before it is finished, it leaves nothing.
#[derive(Debug)]
pub struct UploadWriter {
    files: Arc<Files>,
    _permit: OwnedSemaphorePermit,
    key: BlobKey,
    /// Nothing when it has failed, or is at the disk right now.
    import: Option<Import>,
    sealed: Unkept,
    /// What has not been sealed yet.
    buffer: Vec<u8>,
    given_name: String,
    quality: Quality,
}

impl UploadWriter {
    pub(crate) async fn begin(
        files: &Arc<Files>,
        given_name: String,
        quality: Quality,
    ) -> Result<Self, UploadError> {
        let permit = files.room()?;
        let (name, key) = files.fresh();
        let (store, used) = (files.store.clone(), key.clone());
        let import = blocking(move || Ok(store.begin_import(name, &used)?)).await?;
        Ok(Self {
            files: Arc::clone(files),
            _permit: permit,
            key,
            import: Some(import),
            sealed: Unkept::new(&files.store, name),
            buffer: Vec::new(),
            given_name,
            quality,
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`UploadError`] when there are too many, or the disk fails. Nothing can be made of it then.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), UploadError> {
        while !bytes.is_empty() {
            let room = PIECE_BYTES.saturating_sub(self.buffer.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() >= PIECE_BYTES {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), UploadError> {
        let mut import = self.import.take().ok_or(UploadError::Ended)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        let (import, buffer) = blocking(move || {
            import.push(&buffer)?;
            buffer.clear();
            Ok((import, buffer))
        })
        .await?;
        (self.import, self.buffer) = (Some(import), buffer);
        Ok(())
    }

    /// Ends the file, and makes of it what can be sent.
    ///
    /// # Errors
    /// [`UploadError`] when what it tells can't be taken out, or the disk fails. Nothing is left of it then.
    pub async fn finish(mut self) -> Result<UploadView, UploadError> {
        self.flush().await?;
        let import = self.import.take().ok_or(UploadError::Ended)?;
        let imported = blocking(move || Ok(import.finish()?)).await?;
        let first = Sealed {
            unkept: self.sealed,
            key: self.key,
            imported,
        };
        let intake = Intake {
            files: &self.files,
            given_name: &self.given_name,
            quality: self.quality,
        };
        let waiting = intake.prepare(first).await?;
        Ok(self.files.keep(waiting))
    }
}

/// A whole file, sealed.
#[derive(Debug)]
struct Sealed {
    unkept: Unkept,
    key: BlobKey,
    imported: Imported,
}

impl Sealed {
    fn open(&self) -> Result<Opened, UploadError> {
        let Imported { hash, size, .. } = self.imported;
        let blob = self.unkept.store.open(self.unkept.name, hash, size);
        Ok(Opened {
            blob: blob.map_err(|error| UploadError::Storage(error.to_string()))?,
            key: self.key.clone(),
            size: self.imported.plain_bytes,
        })
    }
}

struct Intake<'a> {
    files: &'a Files,
    given_name: &'a str,
    quality: Quality,
}

impl Intake<'_> {
    async fn prepare(&self, first: Sealed) -> Result<Waiting, UploadError> {
        let opened = first.open()?;
        let looked_at = opened.clone();
        let kind = blocking(move || Ok(sniff(&looked_at.bytes(0..HEAD_BYTES)?))).await?;
        match self.quality {
            Quality::Untouched => Ok(self.waiting(first, kind, Media::default())),
            Quality::Standard if kind.is_decodable() => {
                self.picture(&opened, xchat_media::Quality::Standard).await
            }
            Quality::Original if kind.is_decodable() => {
                self.picture(&opened, xchat_media::Quality::Original).await
            }
            Quality::Standard | Quality::Original => self.film(first, opened, kind).await,
        }
    }

    /// A picture that is decoded, by somebody who can be ended.
    async fn picture(&self, opened: &Opened, quality: xchat_media::Quality) -> Result<Waiting, UploadError> {
        if opened.size >= PICTURE_BYTES_MAX as u64 {
            return Err(UploadError::PictureTooLarge);
        }
        let read = opened.clone();
        let bytes = blocking(move || Ok(read.bytes(0..read.size)?)).await?;
        let picture = self.files.workers.prepare(bytes, quality).await?;
        let kind = sniff(picture.bytes.as_slice());
        let media = Media {
            kind: media_kind(kind, picture.is_animated),
            width: picture.width,
            height: picture.height,
            thumbhash: picture.thumbhash,
            preview: picture.preview,
            ..Media::default()
        };
        let bytes = picture.bytes.into_vec();
        let sealed = self.seal_anew(move |import| import.push(&bytes)).await?;
        Ok(self.waiting(sealed, kind, media))
    }

    /// A film, or anything else that is not decoded: its parts stay where they are, and what it tells becomes zero.
    async fn film(&self, first: Sealed, opened: Opened, kind: Kind) -> Result<Waiting, UploadError> {
        let looked_at = opened.clone();
        let (changes, facts) = blocking(move || {
            let changes = match patches(&mut looked_at.source(), kind) {
                Ok(changes) => changes,
                Err(StripError::Unsupported) => Vec::new(),
                Err(error) => return Err(UploadError::NotStrippable(error)),
            };
            Ok((changes, facts(&mut looked_at.source(), kind).unwrap_or_default()))
        })
        .await?;
        let media = media_of(kind, facts);
        if changes.is_empty() {
            return Ok(self.waiting(first, kind, media));
        }
        let changes = Changes::new(changes);
        let copied = self.seal_anew(move |import| {
            let mut at: u64 = 0;
            let pieces = opened.read(0..opened.size);
            for piece in pieces.map_err(unreadable)? {
                let mut piece = piece.map_err(unreadable)?.to_vec();
                let next = at.saturating_add(piece.len() as u64);
                changes.apply(at, &mut piece);
                import.push(&piece)?;
                at = next;
            }
            Ok(())
        });
        let copied = copied.await?;
        drop(first);
        Ok(self.waiting(copied, kind, media))
    }

    /// Seals something under a name and a key of its own.
    async fn seal_anew(
        &self,
        write: impl FnOnce(&mut Import) -> Result<(), xchat_blobs::ImportError> + Send + 'static,
    ) -> Result<Sealed, UploadError> {
        let (name, key) = self.files.fresh();
        let (store, used) = (self.files.store.clone(), key.clone());
        // It holds the erasing too: whoever waits may be gone when the disk has done it.
        blocking(move || {
            let mut import = store.begin_import(name, &used)?;
            write(&mut import)?;
            let imported = import.finish()?;
            Ok(Sealed {
                unkept: Unkept::new(&store, name),
                key,
                imported,
            })
        })
        .await
    }

    fn waiting(&self, sealed: Sealed, kind: Kind, media: Media) -> Waiting {
        let name = match self.quality {
            Quality::Untouched => told_name(self.given_name, Kind::Unknown),
            Quality::Standard | Quality::Original => told_name(self.given_name, kind),
        };
        let Imported {
            hash, plain_bytes, ..
        } = sealed.imported;
        let file = File {
            name: Text::new(name).unwrap_or_default(),
            media_type: Text::new(kind.mime().to_owned()).unwrap_or_default(),
            description: Text::default(),
            size: plain_bytes,
            hash: Hash(*hash.as_bytes()),
            key: FileKey {
                key: *sealed.key.key(),
                nonce: *sealed.key.nonce(),
            },
            media,
        };
        Waiting {
            file,
            sealed: sealed.unkept,
            made_ms: clock::now_ms(),
        }
    }
}

fn unreadable(error: xchat_blobs::ReadError) -> xchat_blobs::ImportError {
    xchat_blobs::ImportError::Source(std::io::Error::other(error))
}

/// What a film or a sound says of itself; a film without a picture is a sound.
fn media_of(kind: Kind, facts: Facts) -> Media {
    let (width, height) = facts.size.unwrap_or_default();
    let found = match media_kind(kind, false) {
        MediaKind::Video if facts.size.is_none() => MediaKind::Audio,
        found => found,
    };
    Media {
        kind: found,
        width,
        height,
        duration_ms: facts.duration_ms.unwrap_or(0),
        ..Media::default()
    }
}
