//! Files of messages: what is stored of them when one is written or comes, and what is seen of them.

use rusqlite::Connection;
use rusqlite::types::Value;
use zeroize::Zeroizing;

use crate::content::{Content, File, Files, MediaKind, Part};
use crate::error::MachineError;
use crate::io::{
    Arrivals, BlobFile, ConversationId, FileView, GalleryKind, MessageView, SealedFile, StorageView,
};
use crate::machine::blobs::{self, FileError};
use crate::machine::live::Live;
use crate::machine::step::Step;
use crate::machine::{Machine, privacy};
use crate::rows::act::Item;
use crate::rows::conversation::Conversation;
use crate::rows::{attachment, blob, chat, library, unsigned};

/// How many bytes of one conversation may come by themselves in a day; what is more waits until it is wanted.
const DAY_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// The most messages that are given at once.
const PAGE_MAX: usize = 500;
const DAY_MS: u64 = xchat_proto::limits::DAY_MS;

/// Whether a file comes by itself.
fn is_wanted(arrivals: &Arrivals, file: &File) -> bool {
    let bytes_max = match file.media.kind {
        MediaKind::Photo | MediaKind::Gif | MediaKind::Sticker => arrivals.photos,
        MediaKind::Voice => arrivals.voices,
        MediaKind::Video => arrivals.films,
        MediaKind::Audio => arrivals.sounds,
        MediaKind::File => arrivals.files,
    };
    bytes_max > 0 && file.size <= bytes_max
}

fn sealed(file: &File, on_disk: [u8; 16]) -> SealedFile {
    SealedFile {
        blob: BlobFile {
            file: on_disk,
            hash: file.hash,
            size: file.size,
        },
        key: Zeroizing::new(file.key.key),
        nonce: file.key.nonce,
    }
}

fn places(row: i64, files: &Files) -> impl Iterator<Item = ((i64, u32), &File)> {
    (0_u32..).map(move |part| (row, part)).zip(&files.files)
}

/// A message with files has been written here: they are on the disk under these names.
pub(crate) fn written(
    step: &mut Step<'_>,
    conversation: &Conversation,
    row: i64,
    (files, on_disk): (&Files, &[[u8; 16]]),
) -> Result<(), MachineError> {
    if files.files.len() != on_disk.len() {
        return Err(MachineError::Bug("a file without a place on the disk".to_owned()));
    }
    for ((place, file), on_disk) in places(row, files).zip(on_disk) {
        attachment::insert(step.connection, conversation.id, place, file)?;
        let sealed = sealed(file, *on_disk);
        blob::insert(step.connection, &sealed, true, place, step.now_ms)?;
    }
    blobs::attached(step, conversation, row)
}

/// A message with files has come.
pub(crate) fn came(
    step: &mut Step<'_>,
    conversation: &Conversation,
    row: i64,
    files: &Files,
) -> Result<(), MachineError> {
    let arrivals = privacy::arrivals(step.connection)?;
    let day = step.now_ms / DAY_MS;
    let mut coming = chat::coming(step.connection, conversation.id, day)?;
    for (place, file) in places(row, files) {
        attachment::insert(step.connection, conversation.id, place, file)?;
        let comes = is_wanted(&arrivals, file) && coming.saturating_add(file.size) <= DAY_BYTES_MAX;
        if comes {
            coming = coming.saturating_add(file.size);
            chat::set_coming(step.connection, conversation.id, day, coming)?;
        }
        let sealed = sealed(file, step.random());
        blobs::lacking(step, conversation, place, &sealed, comes)?;
    }
    Ok(())
}

/// Adds to a message how far its files have come.
pub(crate) fn stand(
    connection: &Connection,
    live: &Live,
    view: &mut MessageView,
) -> Result<(), MachineError> {
    for file in &mut view.files {
        stand_one(connection, live, view.row, file)?;
    }
    Ok(())
}

fn stand_one(
    connection: &Connection,
    live: &Live,
    row: i64,
    file: &mut FileView,
) -> Result<(), MachineError> {
    if let Some(blob) = blob::by_place(connection, (row, file.part))? {
        file.is_here = blob.is_whole;
        if let Some(transfer) = blobs::view(connection, live, &blob)? {
            (file.transfer, file.bytes) = (transfer.state, transfer.bytes);
        }
    }
    Ok(())
}

impl Machine {
    /// What a message tells of its files, what opens each, and whether all of it is here.
    ///
    /// # Errors
    /// [`FileError`] when there is no such message, or it is deleted.
    pub fn files(&self, row: i64) -> Result<Vec<(File, SealedFile, bool)>, FileError> {
        let item = Item::by_row(&self.connection, row)?.filter(|item| !item.is_gone);
        let item = item.ok_or(FileError::UnknownFile)?;
        let content = Content::decode(&item.content).map_err(MachineError::from)?;
        let Part::Files(files) = content.part else {
            return Ok(Vec::new());
        };
        let blobs = blob::of_message(&self.connection, row)?;
        let both = files.files.into_iter().zip(blobs);
        Ok(both
            .map(|(file, blob)| (file, blob.sealed, blob.is_whole))
            .collect())
    }

    /// What takes space on this device.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn storage(&self) -> Result<StorageView, MachineError> {
        let pages: i64 = self
            .connection
            .pragma_query_value(None, "page_count", |row| row.get(0))?;
        // What encrypts the database tells this one as a text.
        let page_bytes = self
            .connection
            .pragma_query_value(None, "page_size", |row| row.get::<_, Value>(0))?;
        let page_bytes = match page_bytes {
            Value::Integer(bytes) => unsigned(bytes),
            Value::Text(bytes) => bytes.parse().unwrap_or_default(),
            _ => 0,
        };
        Ok(StorageView {
            database_bytes: unsigned(pages).saturating_mul(page_bytes),
            files: blob::uses(&self.connection)?,
            library: library::uses(&self.connection)?,
        })
    }

    /// Messages of a conversation with files of a kind, before a row (at most 500), the newest here first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn messages_with_files(
        &self,
        conversation: ConversationId,
        kind: GalleryKind,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<MessageView>, MachineError> {
        let limit = limit.min(PAGE_MAX);
        let mut views = Vec::new();
        for row in attachment::messages_with(&self.connection, conversation, kind, before, limit)? {
            views.extend(self.message(row)?);
        }
        Ok(views)
    }

    /// What is known of one of a message's files.
    ///
    /// # Errors
    /// [`FileError`] when there is no such file.
    pub fn file(&self, row: i64, part: u32) -> Result<FileView, FileError> {
        let files = attachment::of_message(&self.connection, row)?;
        let mut found = files.into_iter().filter(|file| file.part == part);
        let mut file = found.next().ok_or(FileError::UnknownFile)?;
        stand_one(&self.connection, &self.live, row, &mut file)?;
        Ok(file)
    }
}
