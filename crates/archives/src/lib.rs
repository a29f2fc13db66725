//! Readers of the archives that other messengers give their users. Each turns its files into one common stream of
//! conversations, people, messages, notices and references to media.
//!
//! The rules are in docs/spec/archives.md. Readers are pure: files come from the caller; nothing is kept, written or
//! fetched. Archives are hostile: every length is bounded, names are never paths, and what is sound is read whatever
//! stands beside it. What becomes of the stream (a store, contacts, search) is not this crate's concern.
//!
//! ```
//! use std::ops::ControlFlow;
//! use xchat_archives::{Body, Choices, Entry, Listing, read, recognise};
//!
//! let chat = "31/12/2023, 21:58 - Alice: happy new year\n";
//! let list = [("WhatsApp Chat with Alice.txt".to_owned(), 42)];
//! // A zip is read with `ZipFiles::new(file)` instead.
//! let mut files = Listing::new(list, |_name| Ok(Box::new(chat.as_bytes())));
//! let archive = recognise(&mut files).ok_or("nothing that can be read")?;
//! let mut texts = Vec::new();
//! let mut take = |entry: Entry| {
//!     if let Entry::Item(item) = entry && let Body::Message(message) = item.body {
//!         texts.extend(message.text);
//!     }
//!     ControlFlow::Continue(())
//! };
//! let progress = read(&mut files, &archive, &Choices::default(), &mut take)?;
//! assert_eq!((texts, progress.problems), (vec!["happy new year".to_owned()], 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod files;
mod ids;
mod json;
pub mod limits;
mod model;
mod names;
mod problem;
mod read;
mod report;
mod telegram;
mod time;
mod whatsapp;
mod x;
mod zip;

pub use files::{Directory, Files, Listing};
pub use model::{
    Archive, Body, Conversation, Edited, Entry, Item, Media, MediaKind, Message, Notice, Person, Progress,
    Reaction, Sink, Source,
};
pub use problem::{Place, Problem, What};
pub use read::{Choices, ReadError, read, recognise};
pub use time::Zone;
pub use whatsapp::DateOrder;
pub use x::people_mentioned;
pub use zip::{ZipError, ZipFiles};
