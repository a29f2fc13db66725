//! The library of GIFs and stickers.

use std::path::PathBuf;

use clap::Subcommand;

use crate::dto::LibraryKind;

/// What is done with the library.
#[derive(Debug, Subcommand)]
pub(crate) enum Library {
    /// Keep pictures: files, and all that are in folders. What is there already stays there once.
    Add {
        /// Files or folders.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// A word to find them by; up to sixteen times.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
    },
    /// Keep a picture of a message; its row is shown by read.
    Keep {
        /// The row of the message.
        row: i64,
        /// Which of its files, from 0.
        #[arg(long, default_value_t = 0)]
        part: u32,
        /// A word to find it by; up to sixteen times.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
    },
    /// List what is kept: favourites first, and of both what was used last first.
    List {
        /// Only what these words are said of.
        text: Vec<String>,
        /// Only what moves, or what stands still.
        #[arg(long, value_enum)]
        kind: Option<LibraryKind>,
    },
    /// Give a picture other tags; without any it has none.
    Tag {
        /// The number of the picture, as list shows it.
        id: i64,
        /// The tags.
        #[arg(value_name = "TAG")]
        tags: Vec<String>,
    },
    /// Let a picture stand before the others.
    Favourite {
        /// The number of the picture, as list shows it.
        id: i64,
        /// Take that back.
        #[arg(long)]
        undo: bool,
    },
    /// Take pictures out, and erase them. Messages that they were sent in keep them.
    Remove {
        /// The numbers of the pictures, as list shows them.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
    /// Send a picture to somebody.
    Send {
        /// To whom.
        #[arg(value_name = "@NAME")]
        name: String,
        /// The number of the picture, as list shows it.
        id: i64,
    },
}
