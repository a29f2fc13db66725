//! Files that were taken in and wait to be sent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use xchat_blobs::{BlobKey, BlobName, BlobStore, DiskError, SealedSize};
use xchat_core::content::{File, MediaKind};
use xchat_core::machine::NewFile;
use xchat_proto::codec::{Blob, Text};

use super::error::{OpenFileError, UploadError};
use super::intake::Unkept;
use super::source::Opened;
use super::worker::Workers;
use crate::clock;
use crate::entropy::{Entropy, EntropyError};

/// Files that are taken in at a time.
const AT_A_TIME: usize = 4;
/// Files that may wait to be sent.
const WAITING_MAX: usize = 64;
/// How long a file waits to be sent, in milliseconds: a day.
const PATIENCE_MS: u64 = 24 * 60 * 60 * 1000;
/// How often what has waited too long is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);
/// Ids are numbers that every program can hold.
const ID_MAX: u64 = (1 << 53) - 1;

/// A file that waits to be sent. After a restart none is known any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(pub u64);

/// A file that waits to be sent, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadView {
    /// Its id.
    pub id: UploadId,
    /// Its name, as others will see it.
    pub name: String,
    /// Its media type, by its content.
    pub media_type: String,
    /// Its size in bytes, as it will be sent.
    pub size: u64,
    /// What it is to people.
    pub kind: MediaKind,
    /// How wide it is shown, in points; 0 when it isn't known.
    pub width: u32,
    /// How high it is shown, in points; 0 when it isn't known.
    pub height: u32,
    /// How long it lasts, in milliseconds; 0 when it isn't known.
    pub duration_ms: u64,
    /// A hash that draws a blurred picture; empty when there is none.
    pub thumbhash: Vec<u8>,
    /// A small JPEG; empty when there is none.
    pub preview: Vec<u8>,
}

/// What the user's side knows of a file that its content doesn't tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadNote {
    /// What it shows, for those who can't see it.
    pub description: Option<String>,
    /// Whether a sound is a recorded voice.
    pub is_voice: bool,
    /// How long it lasts, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How loud each of at most 64 parts of a sound is.
    pub waveform: Option<Vec<u8>>,
}

/// A file that waits, with its sealed form on the disk.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) file: File,
    pub(crate) sealed: Unkept,
    pub(crate) made_ms: u64,
}

/// Files that were taken out to be sent; they go back unless they were.
#[derive(Debug)]
pub(crate) struct Taken {
    files: Arc<Files>,
    waiting: Vec<(UploadId, Waiting)>,
}

impl Taken {
    pub(crate) fn to_send(&self) -> Vec<NewFile> {
        let file = |(_, waiting): &(UploadId, Waiting)| NewFile {
            file: *waiting.sealed.name().bytes(),
            content: waiting.file.clone(),
        };
        self.waiting.iter().map(file).collect()
    }

    /// The first of them, with its name.
    pub(crate) fn open(&self, store: &BlobStore) -> Result<(String, Opened), OpenFileError> {
        let (_, waiting) = self.waiting.first().ok_or(OpenFileError::NotHere)?;
        let file = &waiting.file;
        let size = SealedSize::of_plain(file.size).ok_or(OpenFileError::Broken)?;
        let blob = store.open(*waiting.sealed.name(), (*file.hash.as_bytes()).into(), size);
        let opened = Opened {
            blob: blob.map_err(|_| OpenFileError::NotHere)?,
            key: BlobKey::new(file.key.key, file.key.nonce),
            size: file.size,
        };
        Ok((file.name.as_str().to_owned(), opened))
    }

    /// Nobody needs them any more.
    pub(crate) fn erase(mut self) {
        self.waiting.clear();
    }

    /// They belong to a message now.
    pub(crate) fn sent(mut self) {
        for (_, waiting) in std::mem::take(&mut self.waiting) {
            waiting.sealed.keep();
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.files.waiting().extend(std::mem::take(&mut self.waiting));
    }
}

/// The sealed files of a profile.
pub(crate) struct Files {
    pub(crate) store: BlobStore,
    pub(crate) workers: Workers,
    permits: Arc<Semaphore>,
    waiting: Mutex<BTreeMap<UploadId, Waiting>>,
    entropy: Mutex<Entropy>,
    watched: OnceLock<()>,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Files(..)")
    }
}

impl Files {
    pub(crate) fn new(store: BlobStore, worker: Option<PathBuf>) -> Result<Self, EntropyError> {
        Ok(Self {
            store,
            workers: Workers::new(worker),
            permits: Arc::new(Semaphore::new(AT_A_TIME)),
            waiting: Mutex::default(),
            entropy: Mutex::new(Entropy::new()?),
            watched: OnceLock::new(),
        })
    }

    /// Removes what a crash has left: all that belongs to no message. Only before anything is taken in.
    pub(crate) fn sweep(&self, known: impl IntoIterator<Item = [u8; 16]>) -> Result<(), DiskError> {
        let known: BTreeSet<BlobName> = known.into_iter().map(BlobName::new).collect();
        let swept = self.store.sweep(&known)?;
        if swept.files > 0 {
            tracing::info!(
                files = swept.files,
                bytes = swept.bytes,
                "removed files that nobody knows"
            );
        }
        Ok(())
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeMap<UploadId, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn random<T>(&self, draw: impl FnOnce(&mut ChaCha20Rng) -> T) -> T {
        draw(
            self.entropy
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fresh(),
        )
    }

    /// A name and a key that no other file has.
    pub(crate) fn fresh(&self) -> (BlobName, BlobKey) {
        self.random(|rng| {
            let mut name = [0; 16];
            rng.fill_bytes(&mut name);
            (BlobName::new(name), BlobKey::random(rng))
        })
    }

    /// Room to take a file in.
    pub(crate) fn room(&self) -> Result<OwnedSemaphorePermit, UploadError> {
        self.expire(clock::now_ms());
        let waiting = self.waiting();
        if waiting.len() >= WAITING_MAX {
            return Err(UploadError::TooManyWaiting);
        }
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        permit.map_err(|_| UploadError::TooMany)
    }

    /// Drops what has waited for a day.
    fn expire(&self, now_ms: u64) {
        let oldest_ms = now_ms.saturating_sub(PATIENCE_MS);
        self.waiting().retain(|_, one| one.made_ms >= oldest_ms);
    }

    /// Looks every hour for what has waited for a day, as long as the messenger runs.
    fn watch(self: &Arc<Self>) {
        let files = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                match files.upgrade() {
                    Some(files) => files.expire(clock::now_ms()),
                    None => return,
                }
            }
        });
    }

    /// Keeps a file until it is sent.
    pub(crate) fn keep(self: &Arc<Self>, waiting: Waiting) -> UploadView {
        self.watched.get_or_init(|| self.watch());
        let mut all = self.waiting();
        let mut id = UploadId(0);
        while id.0 == 0 || all.contains_key(&id) {
            id = UploadId(self.random(|rng| rng.next_u64()) & ID_MAX);
        }
        let view = view(id, &waiting.file);
        all.insert(id, waiting);
        view
    }

    /// Forgets a file that is not wanted; gives whether it was there.
    pub(crate) fn drop_one(&self, id: UploadId) -> bool {
        self.waiting().remove(&id).is_some()
    }

    /// Takes out files to be sent, in this order.
    pub(crate) fn take(self: &Arc<Self>, ids: &[UploadId]) -> Result<Taken, UploadError> {
        let mut taken = Taken {
            files: Arc::clone(self),
            waiting: Vec::new(),
        };
        self.expire(clock::now_ms());
        for id in ids {
            // Not in one expression with the push: what was taken goes back through the same lock.
            let found = self.waiting().remove(id);
            taken.waiting.push((*id, found.ok_or(UploadError::Unknown)?));
        }
        Ok(taken)
    }

    /// Changes what is said of a file that waits.
    pub(crate) fn change(
        &self,
        id: UploadId,
        change: impl FnOnce(&mut File) -> Result<(), UploadError>,
    ) -> Result<UploadView, UploadError> {
        let mut all = self.waiting();
        let waiting = all.get_mut(&id).ok_or(UploadError::Unknown)?;
        change(&mut waiting.file)?;
        Ok(view(id, &waiting.file))
    }
}

/// Writes down what the user's side knows.
pub(crate) fn describe(file: &mut File, note: UploadNote) -> Result<(), UploadError> {
    let description = note.description.map(Text::new).transpose();
    let description = description.map_err(|_| UploadError::BadNote("the description is too long"))?;
    let waveform = note.waveform.map(Blob::new).transpose();
    let waveform = waveform.map_err(|_| UploadError::BadNote("a waveform has at most 64 parts"))?;
    // The browser's recordings are films without a picture.
    let is_sound = matches!(file.media.kind, MediaKind::Audio | MediaKind::Voice)
        || (file.media.kind == MediaKind::Video && file.media.width == 0);
    if note.is_voice && !is_sound {
        return Err(UploadError::BadNote("only a sound is a voice"));
    }
    if note.is_voice {
        file.media.kind = MediaKind::Voice;
    }
    if let Some(description) = description {
        file.description = description;
    }
    if let Some(waveform) = waveform {
        file.media.waveform = waveform;
    }
    if let Some(duration_ms) = note.duration_ms {
        file.media.duration_ms = duration_ms;
    }
    Ok(())
}

fn view(id: UploadId, file: &File) -> UploadView {
    UploadView {
        id,
        name: file.name.as_str().to_owned(),
        media_type: file.media_type.as_str().to_owned(),
        size: file.size,
        kind: file.media.kind,
        width: file.media.width,
        height: file.media.height,
        duration_ms: file.media.duration_ms,
        thumbhash: file.media.thumbhash.as_slice().to_vec(),
        preview: file.media.preview.as_slice().to_vec(),
    }
}
