//! Files: those that wait to be sent, and those of messages.

use std::ops::Range;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use xchat_client::{
    Direction, FileView, MediaKind, OpenFile, Pieces, TransferState, TransferView, UploadId, UploadView,
    UploadWriter,
};

pub(crate) use xchat_client::{numbered, own_name};

use super::Host;
use super::failures::{failed, refused};
use crate::dto;
use crate::failure::Failure;

/// A file that is being taken in. Dropped before its end, it leaves nothing.
#[derive(Debug)]
pub(crate) struct Intake(UploadWriter);

impl Intake {
    /// Takes the next bytes.
    pub(crate) async fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.0.push(bytes).await.map_err(|error| failed(&error))
    }

    /// Ends the file, and makes of it what can be sent.
    pub(crate) async fn finish(self) -> Result<dto::Upload, Failure> {
        let taken = self.0.finish().await.map_err(|error| failed(&error))?;
        Ok(upload(&taken))
    }
}

/// A file of a message, to be read.
#[derive(Debug)]
pub(crate) struct Opened(OpenFile);

impl Opened {
    /// Its name, as its sender says.
    pub(crate) fn name(&self) -> &str {
        &self.0.view.name
    }

    /// Its media type, as its sender says.
    pub(crate) fn media_type(&self) -> &str {
        &self.0.view.media_type
    }

    /// In bytes.
    pub(crate) fn size(&self) -> u64 {
        self.0.view.size
    }

    /// A part of it, in pieces.
    pub(crate) fn part(&self, range: Range<u64>) -> Part {
        Part(self.0.pieces(range))
    }
}

/// A part of a file, in pieces.
#[derive(Debug)]
pub(crate) struct Part(Pieces);

impl Part {
    /// The next piece; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        self.0.next().await.map_err(|error| failed(&error))
    }
}

impl Host {
    /// Begins to take a file in.
    pub(crate) async fn begin_upload(&self, wish: dto::UploadWish) -> Result<Intake, Failure> {
        let quality = match wish.quality {
            dto::Quality::Standard => xchat_client::Quality::Standard,
            dto::Quality::Original => xchat_client::Quality::Original,
            dto::Quality::Untouched => xchat_client::Quality::Untouched,
        };
        let begun = self.messenger.begin_upload(wish.name, quality).await;
        begun.map(Intake).map_err(refused)
    }

    /// Drops a file that is not to be sent.
    pub(crate) fn drop_upload(&self, id: u64) -> Result<(), Failure> {
        let dropped = self.messenger.drop_upload(UploadId(id));
        dropped.map_err(|error| failed(&error))
    }

    /// Says of a file what its content doesn't.
    pub(crate) fn describe_upload(&self, id: u64, note: dto::UploadNote) -> Result<dto::Upload, Failure> {
        let note = xchat_client::UploadNote {
            description: note.description,
            is_voice: note.voice,
            duration_ms: note.duration_ms,
            waveform: note.waveform,
        };
        let described = self.messenger.describe_upload(UploadId(id), note);
        described
            .map(|view| upload(&view))
            .map_err(|error| failed(&error))
    }

    /// Gives a file a preview that only the page can make.
    pub(crate) async fn preview_upload(&self, id: u64, picture: Vec<u8>) -> Result<dto::Upload, Failure> {
        let given = self.messenger.preview_upload(UploadId(id), picture).await;
        given.map(|view| upload(&view)).map_err(refused)
    }

    /// Opens a file of a message.
    pub(crate) async fn open_file(&self, row: i64, part: u32) -> Result<Opened, Failure> {
        self.messenger
            .open_file(row, part)
            .await
            .map(Opened)
            .map_err(refused)
    }

    /// Saves a file of a message in a folder, and gives where.
    pub(crate) async fn save_file(&self, row: i64, part: u32, folder: &Path) -> Result<PathBuf, Failure> {
        self.messenger.save_file(row, part, folder).await.map_err(refused)
    }

    /// Does something with a file of a message.
    pub(crate) async fn act_on_file(
        &self,
        row: i64,
        part: u32,
        action: dto::FileAction,
    ) -> Result<(), Failure> {
        let done = match action {
            dto::FileAction::Fetch => self.messenger.fetch_file(row, part).await,
            dto::FileAction::Pause => self.messenger.pause_file(row, part).await,
            dto::FileAction::Resume => self.messenger.resume_file(row, part).await,
            dto::FileAction::Cancel => self.messenger.cancel_file(row, part).await,
        };
        done.map_err(refused)
    }
}

pub(super) fn kind(kind: MediaKind) -> dto::FileKind {
    match kind {
        MediaKind::File => dto::FileKind::File,
        MediaKind::Photo => dto::FileKind::Photo,
        MediaKind::Gif => dto::FileKind::Gif,
        MediaKind::Video => dto::FileKind::Video,
        MediaKind::Audio => dto::FileKind::Audio,
        MediaKind::Voice => dto::FileKind::Voice,
        MediaKind::Sticker => dto::FileKind::Sticker,
    }
}

pub(super) fn base64(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| BASE64.encode(bytes))
}

fn upload(view: &UploadView) -> dto::Upload {
    dto::Upload {
        id: view.id.0,
        name: view.name.clone(),
        media_type: view.media_type.clone(),
        size: view.size,
        kind: kind(view.kind),
        width: (view.width > 0).then_some(view.width),
        height: (view.height > 0).then_some(view.height),
        duration_ms: (view.duration_ms > 0).then_some(view.duration_ms),
        thumbhash: base64(&view.thumbhash),
        preview: base64(&view.preview),
    }
}

/// How a transfer stands, for whoever looks at the file: state, bytes here, bytes there, trouble.
struct Standing {
    state: dto::FileState,
    bytes: u64,
    going: Option<u64>,
    trouble: Option<String>,
}

fn standing(transfer: TransferState, bytes: u64, size: u64, is_own: bool) -> Standing {
    let trouble = match transfer {
        TransferState::Waiting(reason) => reason,
        TransferState::Refused(reason) => Some(reason),
        _ => None,
    };
    let trouble = trouble.map(|reason| reason.code().to_owned());
    if is_own {
        return Standing {
            state: dto::FileState::Here,
            bytes: size,
            going: (transfer != TransferState::Done).then_some(bytes),
            trouble,
        };
    }
    let state = match transfer {
        TransferState::Offered => dto::FileState::Offered,
        TransferState::Waiting(_) => dto::FileState::Waiting,
        TransferState::Running => dto::FileState::Loading,
        TransferState::Paused => dto::FileState::Paused,
        TransferState::Refused(_) => dto::FileState::Nowhere,
        TransferState::Done => dto::FileState::Here,
    };
    Standing {
        state,
        bytes,
        going: None,
        trouble,
    }
}

pub(super) fn attachment(view: &FileView, is_own: bool) -> dto::Attachment {
    let standing = standing(view.transfer, view.bytes, view.size, is_own);
    dto::Attachment {
        part: view.part,
        kind: kind(view.kind),
        name: view.name.clone(),
        media_type: view.media_type.clone(),
        description: (!view.description.is_empty()).then(|| view.description.clone()),
        size: view.size,
        width: (view.width > 0).then_some(view.width),
        height: (view.height > 0).then_some(view.height),
        duration_ms: (view.duration_ms > 0).then_some(view.duration_ms),
        thumbhash: base64(&view.thumbhash),
        preview: base64(&view.preview),
        waveform: (!view.waveform.is_empty()).then(|| view.waveform.clone()),
        state: standing.state,
        bytes: standing.bytes,
        going: standing.going,
        trouble: standing.trouble,
    }
}

pub(super) fn transfer(view: &TransferView) -> dto::Event {
    let is_own = view.direction == Direction::Up;
    let standing = standing(view.state, view.bytes, view.size, is_own);
    dto::Event::Transfer {
        conversation: view.conversation.0,
        row: view.row,
        part: view.part,
        state: standing.state,
        bytes: standing.bytes,
        going: standing.going,
        trouble: standing.trouble,
    }
}
