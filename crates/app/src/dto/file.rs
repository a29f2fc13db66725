//! Files of messages, and those that wait to be sent.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a file is to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileKind {
    /// Any file.
    File,
    /// A still picture.
    Photo,
    /// A picture that moves.
    Gif,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// A recorded voice.
    Voice,
    /// A picture that stands for itself.
    Sticker,
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileState {
    /// It comes when it is asked for.
    Offered,
    /// It waits until somebody who has it can be reached.
    Waiting,
    /// It is coming.
    Loading,
    /// The owner has stopped it.
    Paused,
    /// It will not come.
    Nowhere,
    /// It is on this device.
    Here,
}

/// A file of a message. All but how far it has come is what its sender says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Attachment {
    /// Which of the message's files it is, from 0.
    pub(crate) part: u32,
    /// What it is to people.
    pub(crate) kind: FileKind,
    /// Its name.
    pub(crate) name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub(crate) media_type: String,
    /// What it shows, for those who can't see it.
    pub(crate) description: Option<String>,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// How wide it is shown, in points.
    pub(crate) width: Option<u32>,
    /// How high it is shown, in points.
    pub(crate) height: Option<u32>,
    /// How long it lasts, in milliseconds.
    pub(crate) duration_ms: Option<u64>,
    /// A ThumbHash, in Base64.
    pub(crate) thumbhash: Option<String>,
    /// A small JPEG, in Base64.
    pub(crate) preview: Option<String>,
    /// How loud each part of a sound is, from 0 to 255.
    pub(crate) waveform: Option<Vec<u8>>,
    /// How far it has come.
    pub(crate) state: FileState,
    /// How much of it has come, in bytes.
    pub(crate) bytes: u64,
    /// How much of an own file is where the others can have it, in bytes; nothing once all of it is.
    pub(crate) going: Option<u64>,
    /// Why it isn't under way, when something is wrong.
    pub(crate) trouble: Option<String>,
}

/// A file that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Upload {
    /// Its id, to send it by.
    pub(crate) id: u64,
    /// Its name, as others will see it.
    pub(crate) name: String,
    /// Its media type, by its content.
    #[serde(rename = "type")]
    pub(crate) media_type: String,
    /// Its size in bytes, as it will be sent.
    pub(crate) size: u64,
    /// What it is to people.
    pub(crate) kind: FileKind,
    /// How wide it is shown, in points.
    pub(crate) width: Option<u32>,
    /// How high it is shown, in points.
    pub(crate) height: Option<u32>,
    /// How long it lasts, in milliseconds.
    pub(crate) duration_ms: Option<u64>,
    /// A ThumbHash, in Base64.
    pub(crate) thumbhash: Option<String>,
    /// A small JPEG, in Base64.
    pub(crate) preview: Option<String>,
}

/// How a file is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Quality {
    /// Pictures in a sensible size; nothing tells where or by whom they were made.
    #[default]
    Standard,
    /// As it is, but for what it tells of where and by whom it was made.
    Original,
    /// As it is, with all that it tells.
    Untouched,
}

/// A file that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadWish {
    /// Its name.
    #[serde(default)]
    pub(crate) name: String,
    /// How it is sent.
    #[serde(default)]
    pub(crate) quality: Quality,
}

/// What is known of a file that its content doesn't tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadNote {
    /// What it shows, for those who can't see it; at most 1 KiB.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) description: Option<String>,
    /// Whether it is a recorded voice.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub(crate) voice: bool,
    /// How long it lasts, in milliseconds.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) duration_ms: Option<u64>,
    /// How loud each of at most 64 parts of it is, from 0 to 255.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) waveform: Option<Vec<u8>>,
}

/// A place where this session finds the files of messages.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct MediaTicket {
    /// What stands in the path, `/media/{ticket}/{row}/{part}`.
    pub(crate) ticket: String,
}

impl FileAction {
    /// As it stands in a path.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }

    /// The action that a path names.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Fetch, Self::Pause, Self::Resume, Self::Cancel];
        all.into_iter().find(|action| action.word() == word)
    }
}

/// What is done with a file of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileAction {
    /// It is wanted, at once.
    Fetch,
    /// It stops until it is resumed.
    Pause,
    /// It goes on.
    Resume,
    /// It is not wanted any more.
    Cancel,
}

/// Which files of a conversation a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GalleryKind {
    /// Pictures and films.
    Media,
    /// Voices and other sounds.
    Sounds,
    /// All others.
    Files,
}

/// A page of a conversation's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GalleryPage {
    /// Which files.
    #[param(inline)]
    pub(crate) kind: GalleryKind,
    /// Only messages before this row.
    #[serde(default)]
    pub(crate) before: Option<i64>,
    /// How many messages at most, 1 to 500.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}
