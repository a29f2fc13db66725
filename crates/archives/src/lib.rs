//! Readers of the archives that other messengers give their users. Each turns its files into one common stream of
//! conversations, people, messages, notices and references to media.
//!
//! The rules are in docs/spec/archives.md. Readers are pure: files come from the caller; nothing is kept, written or
//! fetched. Archives are hostile: every length is bounded, names are never paths, and what is sound is read whatever
//! stands beside it. What becomes of the stream (a store, contacts, search) is not this crate's concern.

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
