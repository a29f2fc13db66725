//! The files of a message.

use std::sync::Arc;

use crate::files::Directory;
use crate::json::Json;
use crate::model::{Media, MediaKind};
use crate::names;
use crate::report::label;

/// The folder that `result.json` is in.
pub(super) struct Folder {
    directory: Arc<Directory>,
    folder: String,
}

impl Folder {
    pub(super) fn new(directory: &Arc<Directory>, folder: &str) -> Self {
        Self {
            directory: Arc::clone(directory),
            folder: folder.to_owned(),
        }
    }

    /// The file of a message. Where it was not exported, a sentence in brackets stands for its name.
    pub(super) fn media_of(&self, message: &Json) -> Option<Media> {
        let photo = message.get("photo").text();
        let path = photo.or_else(|| message.get("file").text())?;
        let file = Some(format!("{}{path}", self.folder)).filter(|name| self.directory.size(name).is_some());
        let base = if path.starts_with('(') {
            ""
        } else {
            names::split(path).1
        };
        let shown = message.get("file_name").text().filter(|name| !name.is_empty());
        let name = match shown.unwrap_or(base) {
            "" if photo.is_some() => "photo.jpg",
            "" => "file",
            name => names::split(name).1,
        };
        let mime = message.get("mime_type").text().map(label);
        let side = |key| message.get(key).int().and_then(|side| u32::try_from(side).ok());
        let seconds = message
            .get("duration_seconds")
            .int()
            .and_then(|seconds| u64::try_from(seconds).ok());
        Some(Media {
            file,
            name: label(name),
            kind: kind_of(message, photo.is_some(), mime.as_deref().unwrap_or_default()),
            mime,
            duration_ms: seconds.and_then(|seconds| seconds.checked_mul(1_000)),
            size: side("width").zip(side("height")),
        })
    }
}

fn kind_of(message: &Json, is_photo: bool, mime: &str) -> MediaKind {
    match message.get("media_type").text() {
        _ if is_photo => MediaKind::Image,
        Some("sticker") => MediaKind::Sticker,
        Some("video_message") => MediaKind::VideoNote,
        Some("voice_message") => MediaKind::Voice,
        Some("animation") => MediaKind::Animation,
        Some("video_file") => MediaKind::Video,
        Some("audio_file") => MediaKind::Audio,
        _ if mime.starts_with("image/") => MediaKind::Image,
        _ if mime.starts_with("video/") => MediaKind::Video,
        _ if mime.starts_with("audio/") => MediaKind::Audio,
        _ => MediaKind::File,
    }
}
