//! What people see of the files of messages.

use super::{ConversationId, LibraryUse, TransferState};
use crate::content::MediaKind;

/// A file of a message as people see it. All but how far it has come is what its sender says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Which of the message's files it is, from 0.
    pub part: u32,
    /// What it is to people.
    pub kind: MediaKind,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What it shows, for those who can't see it; empty when nobody said.
    pub description: String,
    /// Its size in bytes.
    pub size: u64,
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
    /// How loud each part of a sound is; empty when it isn't known.
    pub waveform: Vec<u8>,
    /// Whether all of it is on this device.
    pub is_here: bool,
    /// How far it has come; of an own message, how far it has gone.
    pub transfer: TransferState,
    /// How much of it is where it should be, in bytes.
    pub bytes: u64,
}

/// What files of one kind take in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileUse {
    /// The conversation.
    pub conversation: ConversationId,
    /// What they are to people.
    pub kind: MediaKind,
    /// Whether they were sent from here.
    pub is_mine: bool,
    /// How many there are.
    pub files: u64,
    /// How much they take, in bytes.
    pub bytes: u64,
}

/// What takes space on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageView {
    /// How large the database is, in bytes: all texts, and what is known of people and files.
    pub database_bytes: u64,
    /// What the files take that are here.
    pub files: Vec<FileUse>,
    /// What the library of GIFs and stickers takes.
    pub library: LibraryUse,
}

/// Which files of others are to go from this device; all that is given must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileSweep {
    /// Those of one conversation.
    pub conversation: Option<ConversationId>,
    /// Those of at least so many bytes.
    pub bytes_min: u64,
    /// Those that came before a time.
    pub before_ms: Option<u64>,
}

/// What has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cleared {
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// Whether nothing is left that fits.
    pub is_done: bool,
}

/// What a page of a conversation's files is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GalleryKind {
    /// What is looked at: pictures and films.
    Media,
    /// What is listened to: voices and other sounds.
    Sounds,
    /// All other files. Stickers are of none of these.
    Files,
}
