//! The library of GIFs and stickers: pictures that are kept to be sent again.

use std::sync::Arc;

use thiserror::Error;
use xchat_blobs::ReadError;
use xchat_core::content::MediaKind;
use xchat_core::io::{
    ConversationId, LibraryChange, LibraryId, LibraryItem, LibraryKind, LibraryPage, LibraryQuery,
    MessageView, NewLibraryItem,
};
use xchat_core::limits::LIBRARY_ITEM_BYTES_MAX;
use xchat_core::machine::{LibraryError, Outgoing, SendError};

use super::Messenger;
use super::files::at_disk;
use crate::error::{CallError, Coded};
use crate::media::{Copies, OpenFileError, Opened, Quality, Taken, UploadError, UploadId, UploadNote};

/// Why a picture was not kept.
#[derive(Debug, Error)]
pub enum KeepError {
    /// It can't be prepared.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The file of the message can't be read.
    #[error(transparent)]
    File(#[from] OpenFileError),
    /// The library doesn't take it.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl Coded for KeepError {
    fn code(&self) -> &'static str {
        match self {
            Self::Upload(error) => error.code(),
            Self::File(error) => error.code(),
            Self::Library(error) => error.code(),
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Upload(error) => error.retryable(),
            Self::File(error) => error.retryable(),
            Self::Library(error) => error.retryable(),
        }
    }
}

/// Why a picture of the library was not sent, or can't be read.
#[derive(Debug, Error)]
pub enum LibrarySendError {
    /// It is not in the library.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Its file can't be read.
    #[error(transparent)]
    File(#[from] OpenFileError),
    /// The message was not taken.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl Coded for LibrarySendError {
    fn code(&self) -> &'static str {
        match self {
            Self::Library(error) => error.code(),
            Self::File(error) => error.code(),
            Self::Send(error) => error.code(),
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Library(error) => error.retryable(),
            Self::File(error) => error.retryable(),
            Self::Send(error) => error.retryable(),
        }
    }
}

/// Hands the refusal of one call on as that of a larger one.
fn passed_on<E: From<F>, F>(error: CallError<F>) -> CallError<E> {
    match error {
        CallError::Refused(error) => CallError::Refused(error.into()),
        CallError::Stopped => CallError::Stopped,
    }
}

impl Messenger {
    /// Keeps a file that was taken in, with words to find it by; gives what is kept, and whether it was not there. What
    /// is refused is not there to be sent any more either.
    ///
    /// # Errors
    /// [`KeepError`] when it is no picture, too large, or there is no room.
    pub async fn add_to_library(
        &self,
        upload: UploadId,
        tags: Vec<String>,
    ) -> Result<(LibraryItem, bool), CallError<KeepError>> {
        let taken = self.files.take(&[upload]).map_err(KeepError::from)?;
        let files = Arc::clone(&self.files);
        let (taken, digest) = at_disk(move || {
            let (_, opened) = taken.open(&files.store)?;
            // One that is too large is refused without being read.
            let digest = match opened.size <= LIBRARY_ITEM_BYTES_MAX {
                true => digest_of(&opened)?,
                false => [0; 32],
            };
            Ok((taken, digest))
        })
        .await
        .map_err(KeepError::from)?;
        let kept = self.call(move |machine, now_ms, rng| {
            let item = new_item(&taken, digest, tags);
            let added = item.and_then(|item| machine.add_to_library(now_ms, rng, item));
            // Here, and not where the answer comes: nobody may wait for it any more.
            match &added {
                Ok(_) => taken.sent(),
                Err(_) => taken.erase(),
            }
            added
        });
        kept.await.map_err(passed_on)
    }

    /// Keeps a picture of a message, freed of what it tells like one that is to be sent; see [`Self::add_to_library`].
    ///
    /// # Errors
    /// [`KeepError`] when it is not here, no picture, too large, or there is no room.
    pub async fn add_received_to_library(
        &self,
        row: i64,
        part: u32,
        tags: Vec<String>,
    ) -> Result<(LibraryItem, bool), CallError<KeepError>> {
        let file = self.open_file(row, part).await.map_err(passed_on)?;
        let is_picture = matches!(
            file.view.kind,
            MediaKind::Photo | MediaKind::Gif | MediaKind::Sticker
        );
        if !is_picture {
            return Err(KeepError::from(LibraryError::NoPicture).into());
        }
        if file.view.size > LIBRARY_ITEM_BYTES_MAX {
            return Err(KeepError::from(LibraryError::TooLarge).into());
        }
        let begun = self.begin_upload(file.view.name.clone(), Quality::Original);
        let mut writer = begun.await.map_err(passed_on)?;
        let mut pieces = file.pieces(0..file.view.size);
        while let Some(piece) = pieces.next().await.map_err(KeepError::from)? {
            writer.push(&piece).await.map_err(KeepError::from)?;
        }
        let given = writer.finish().await.map_err(KeepError::from)?;
        let note = UploadNote {
            description: Some(file.view.description.clone()),
            ..UploadNote::default()
        };
        self.describe_upload(given.id, note).map_err(KeepError::from)?;
        self.add_to_library(given.id, tags).await
    }

    /// Some of the library, favourites first.
    ///
    /// # Errors
    /// [`LibraryError`] when more is searched than may be.
    pub async fn library(&self, query: LibraryQuery) -> Result<LibraryPage, CallError<LibraryError>> {
        self.call(move |machine, _, _| machine.library(&query)).await
    }

    /// Changes what is kept about a picture of the library.
    ///
    /// # Errors
    /// [`LibraryError`] when there is no such picture, or what is said is too long.
    pub async fn change_library_item(
        &self,
        id: LibraryId,
        change: LibraryChange,
    ) -> Result<LibraryItem, CallError<LibraryError>> {
        self.call(move |machine, now_ms, rng| machine.change_library_item(now_ms, rng, id, change))
            .await
    }

    /// Takes a picture out of the library, and erases it. Messages that it was sent in keep it.
    ///
    /// # Errors
    /// [`LibraryError`] when there is no such picture.
    pub async fn remove_library_item(&self, id: LibraryId) -> Result<(), CallError<LibraryError>> {
        self.call(move |machine, now_ms, rng| machine.remove_library_item(now_ms, rng, id))
            .await
    }

    /// A picture of the library with its bytes, at most 10 MiB.
    ///
    /// # Errors
    /// [`LibrarySendError`] when there is no such picture, or it can't be read.
    pub async fn library_picture(
        &self,
        id: LibraryId,
    ) -> Result<(LibraryItem, Vec<u8>), CallError<LibrarySendError>> {
        let found = self.call(move |machine, _, _| machine.library_item(id)).await;
        let (item, _, sealed) = found.map_err(passed_on)?;
        let files = Arc::clone(&self.files);
        let bytes = at_disk(move || {
            let opened = Opened::new(&files.store, &sealed)?;
            Ok(opened.bytes(0..opened.size)?)
        });
        Ok((item, bytes.await.map_err(LibrarySendError::from)?))
    }

    /// Writes a message with a copy of a picture of the library, sealed anew: no two conversations share a sealed file.
    /// Neither its name nor its tags go with it.
    ///
    /// # Errors
    /// [`LibrarySendError`] when there is no such picture, or the conversation takes no message.
    pub async fn send_from_library(
        &self,
        conversation: ConversationId,
        outgoing: Outgoing,
        id: LibraryId,
    ) -> Result<MessageView, CallError<LibrarySendError>> {
        let found = self.call(move |machine, _, _| machine.library_item(id)).await;
        let (_, told, sealed) = found.map_err(passed_on)?;
        let files = Arc::clone(&self.files);
        let copies = at_disk(move || {
            let mut copies = Copies::default();
            copies.add(&files, told, &sealed)?;
            Ok(copies)
        });
        let copies = copies.await.map_err(LibrarySendError::from)?;
        let sent = self.call(move |machine, now_ms, rng| {
            let outgoing = Outgoing {
                files: copies.to_send(),
                ..outgoing
            };
            let view = machine.send_from_library(now_ms, rng, conversation, outgoing, id)?;
            copies.sent();
            Ok::<_, SendError>(view)
        });
        sent.await.map_err(passed_on)
    }
}

fn new_item(taken: &Taken, digest: [u8; 32], tags: Vec<String>) -> Result<NewLibraryItem, LibraryError> {
    let new = taken.to_send().pop().ok_or(LibraryError::NoPicture)?;
    let kind = match new.content.media.kind {
        MediaKind::Gif => LibraryKind::Gif,
        MediaKind::Photo => LibraryKind::Sticker,
        _ => return Err(LibraryError::NoPicture),
    };
    Ok(NewLibraryItem {
        file: new.file,
        content: new.content,
        digest,
        kind,
        tags,
    })
}

/// By which a picture is known again.
fn digest_of(opened: &Opened) -> Result<[u8; 32], ReadError> {
    let mut hasher = blake3::Hasher::new();
    for piece in opened.read(0..opened.size)? {
        hasher.update(&piece?);
    }
    Ok(*hasher.finalize().as_bytes())
}
