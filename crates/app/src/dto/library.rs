//! The library of GIFs and stickers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a picture of the library is, as its content tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LibraryKind {
    /// It moves.
    Gif,
    /// It stands still.
    Sticker,
}

/// A picture that is kept to be sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct LibraryItem {
    /// Its id on this device.
    pub(crate) id: i64,
    /// What it is.
    pub(crate) kind: LibraryKind,
    /// What it was called when it was added. Nobody is told.
    pub(crate) name: String,
    /// What it shows, for those who can't see it: it goes with the picture.
    pub(crate) description: Option<String>,
    /// Words to find it by. Nobody is told.
    pub(crate) tags: Vec<String>,
    /// Its media type.
    #[serde(rename = "type")]
    pub(crate) media_type: String,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// How wide it is, in points.
    pub(crate) width: u32,
    /// How high it is, in points.
    pub(crate) height: u32,
    /// A ThumbHash, in Base64.
    pub(crate) thumbhash: Option<String>,
    /// A small JPEG, in Base64.
    pub(crate) preview: Option<String>,
    /// Whether it stands before the others.
    pub(crate) favourite: bool,
    /// When it was sent last, or added, in Unix milliseconds.
    pub(crate) used_ms: u64,
}

/// Which pictures of the library are wanted; all that is given must fit.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, IntoParams)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LibraryWish {
    /// Words of the name, the tags or the description; the last may be unfinished. At most 1 KiB.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) text: Option<String>,
    /// Only those of one kind.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    #[param(inline)]
    pub(crate) kind: Option<LibraryKind>,
    /// How many are passed over.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) from: Option<usize>,
    /// How many at most, 1 to 200.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) limit: Option<usize>,
}

/// Some of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct LibraryPage {
    /// The pictures: favourites first, and of both what was used last first.
    pub(crate) items: Vec<LibraryItem>,
    /// How many fit.
    pub(crate) total: usize,
}

/// A picture to keep: a file that was given, or one of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LibraryAddition {
    /// The id of the file that was given.
    pub(crate) upload: Option<u64>,
    /// The row of the message.
    pub(crate) row: Option<i64>,
    /// Which of the message's files, from 0.
    pub(crate) part: Option<u32>,
    /// Words to find it by: at most 16, each of at most 64 bytes.
    #[cfg_attr(test, ts(optional, as = "Option<Vec<String>>"))]
    pub(crate) tags: Vec<String>,
}

/// A picture that is kept now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct LibraryAdded {
    /// The picture.
    pub(crate) item: LibraryItem,
    /// Whether it was not there.
    pub(crate) new: bool,
}

/// What is changed of a picture in the library; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LibraryChange {
    /// Words to find it by, in place of those of before.
    pub(crate) tags: Option<Vec<String>>,
    /// What it shows, for those who can't see it; empty takes it away.
    pub(crate) description: Option<String>,
    /// Whether it stands before the others.
    pub(crate) favourite: Option<bool>,
}

/// What the library takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct LibraryUse {
    /// How many pictures there are.
    pub(crate) items: u64,
    /// How much they take, in bytes.
    pub(crate) bytes: u64,
}
