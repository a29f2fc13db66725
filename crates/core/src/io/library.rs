//! The library of GIFs and stickers: pictures that are kept here to be sent again.

use crate::content::{File, MediaKind};

/// A picture of the library on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LibraryId(pub i64);

/// What a picture of the library is, as its content tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LibraryKind {
    /// It moves.
    Gif,
    /// It stands still.
    Sticker,
}

impl LibraryKind {
    /// What a picture of this kind is in a message.
    pub fn media_kind(self) -> MediaKind {
        match self {
            Self::Gif => MediaKind::Gif,
            Self::Sticker => MediaKind::Sticker,
        }
    }
}

/// A picture for the library, whose sealed form is on the disk of this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLibraryItem {
    /// What it is called on the disk.
    pub file: [u8; 16],
    /// What opens it, and what is known of it.
    pub content: File,
    /// The BLAKE3 hash of the picture itself, by which it is known again.
    pub digest: [u8; 32],
    /// Whether it moves.
    pub kind: LibraryKind,
    /// Words to find it by.
    pub tags: Vec<String>,
}

/// A picture of the library as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryItem {
    /// Its id.
    pub id: LibraryId,
    /// What it is.
    pub kind: LibraryKind,
    /// What it was called when it was added. It is not told to anybody.
    pub name: String,
    /// What it shows, for those who can't see it: it goes with the picture. Empty when nobody said.
    pub description: String,
    /// Words to find it by. They are not told to anybody.
    pub tags: Vec<String>,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// How wide it is, in points.
    pub width: u32,
    /// How high it is, in points.
    pub height: u32,
    /// A hash that draws a blurred picture; empty when there is none.
    pub thumbhash: Vec<u8>,
    /// A small JPEG, of the first moment if it moves; empty when there is none.
    pub preview: Vec<u8>,
    /// Whether it stands before the others.
    pub is_favourite: bool,
    /// When it was sent last, or added, in Unix milliseconds.
    pub used_ms: u64,
}

/// Which pictures of the library are wanted; all that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LibraryQuery {
    /// Words of the name, the tags or the description, as in a search for messages; empty for all.
    pub text: String,
    /// Only those of one kind.
    pub kind: Option<LibraryKind>,
    /// How many are passed over.
    pub from: usize,
    /// How many at most, up to 200.
    pub limit: usize,
}

/// Some of the library.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LibraryPage {
    /// The pictures: favourites first, and of both what was used last first.
    pub items: Vec<LibraryItem>,
    /// How many fit.
    pub total: usize,
}

/// What is changed of a picture in the library; nothing stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LibraryChange {
    /// Words to find it by, in place of those of before.
    pub tags: Option<Vec<String>>,
    /// What it shows, for those who can't see it.
    pub description: Option<String>,
    /// Whether it stands before the others.
    pub is_favourite: Option<bool>,
}

/// What the library takes on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LibraryUse {
    /// How many pictures there are.
    pub items: u64,
    /// How much they take, in bytes.
    pub bytes: u64,
}
