//! Conversations that were taken over from other messengers: read, and never written to again. Nothing of them is
//! proved: it is what a file said.

use minicbor::{Decode, Encode};

use super::ConversationId;
use crate::content::MediaKind;

/// A conversation that was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportId(pub i64);

/// Where it comes from. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportSource {
    /// X, once Twitter.
    X = 0,
    /// WhatsApp.
    WhatsApp = 1,
    /// Telegram.
    Telegram = 2,
}

/// Somebody, as the source names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedPerson {
    /// The same for this person everywhere in the source.
    pub id: String,
    /// A shown name, where there is one.
    pub name: Option<String>,
    /// A user name without the @, where there is one.
    pub username: Option<String>,
}

impl ImportedPerson {
    /// What to call them.
    pub fn shown(&self) -> String {
        let username = self.username.as_ref().map(|name| format!("@{name}"));
        self.name.clone().or(username).unwrap_or_else(|| self.id.clone())
    }
}

/// A conversation as its source tells it. Told again, it adds people and brings its latest title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedConversation {
    /// Where it comes from.
    pub source: ImportSource,
    /// The same in every archive of the source.
    pub id: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Whether it is more than a talk of two.
    pub is_group: bool,
    /// Who of its people the user is, where that is known.
    pub own: Option<String>,
    /// Who was seen in it.
    pub people: Vec<ImportedPerson>,
}

/// What an item is. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportedKind {
    /// Somebody wrote.
    Message = 0,
    /// People came.
    Joined = 1,
    /// People left.
    Left = 2,
    /// The conversation got a title, which is the text.
    Renamed = 3,
    /// The conversation was made; its title is the text.
    Created = 4,
    /// A message was pinned.
    Pinned = 5,
    /// Somebody called.
    Called = 6,
    /// Anything else, in the words of the source.
    Other = 7,
}

/// A reaction.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ImportedReaction {
    /// An emoji, or the source's word for it.
    #[n(0)]
    pub emoji: String,
    /// Whose, where it is known.
    #[n(1)]
    pub person: Option<String>,
    /// How many.
    #[n(2)]
    pub count: u64,
}

/// What else is known of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ImportedDetail {
    /// Who came or left.
    #[n(0)]
    pub people: Vec<String>,
    /// The item that it answers, or that was pinned.
    #[n(1)]
    pub target: Option<String>,
    /// Who wrote it first, as a shown name.
    #[n(2)]
    pub forwarded_from: Option<String>,
    /// Whether it was changed.
    #[n(3)]
    pub is_edited: bool,
    /// How long a call took, in milliseconds.
    #[n(4)]
    pub duration_ms: u64,
    /// Who reacted how.
    #[n(5)]
    pub reactions: Vec<ImportedReaction>,
}

/// A file that came with a message. Its bytes stay in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// Its name.
    pub name: String,
    /// What it is said to be.
    pub kind: MediaKind,
    /// Whether the archive has it.
    pub is_in_archive: bool,
}

/// An item of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedItem {
    /// The conversation, by the source's id.
    pub conversation: String,
    /// The same at every reading.
    pub id: String,
    /// When, in Unix milliseconds.
    pub at_ms: u64,
    /// What it is.
    pub kind: ImportedKind,
    /// Who did it.
    pub person: Option<String>,
    /// The words. Nothing where the archive names the message and hasn't its text.
    pub text: Option<String>,
    /// What else is known.
    pub detail: ImportedDetail,
    /// Files that came with it.
    pub files: Vec<ImportedFile>,
}

/// What an archive tells, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportEntry {
    /// A conversation: before its items, and again when more is known of it.
    Conversation(ImportedConversation),
    /// An item.
    Item(ImportedItem),
}

/// A conversation that was taken over, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportView {
    /// Its id on this device.
    pub id: ImportId,
    /// Where it comes from.
    pub source: ImportSource,
    /// Its title, or the names of its people.
    pub title: String,
    /// Whether it is more than a talk of two.
    pub is_group: bool,
    /// Some of its people.
    pub people: Vec<ImportedPerson>,
    /// How many people it has.
    pub people_count: u64,
    /// Who of them the user is, where that is known.
    pub own: Option<String>,
    /// How many items it has.
    pub items: u64,
    /// When the first one was, in Unix milliseconds.
    pub first_ms: u64,
    /// When the last one was.
    pub last_ms: u64,
    /// The conversation in which it goes on.
    pub chat: Option<ConversationId>,
}

/// The beginning of what an item answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedQuote {
    /// Its row.
    pub row: i64,
    /// Whose, as a shown name.
    pub from: Option<String>,
    /// The beginning of its text.
    pub excerpt: String,
}

/// An item as people see it: people are shown names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedView {
    /// Its row.
    pub row: i64,
    /// When, in Unix milliseconds.
    pub at_ms: u64,
    /// What it is.
    pub kind: ImportedKind,
    /// Who did it.
    pub from: Option<String>,
    /// Whether that is the user.
    pub mine: bool,
    /// The words. Nothing where the archive hadn't them.
    pub text: Option<String>,
    /// Who came or left.
    pub people: Vec<String>,
    /// What it answers, where that is here.
    pub quote: Option<ImportedQuote>,
    /// Who wrote it first.
    pub forwarded_from: Option<String>,
    /// Whether it was changed.
    pub is_edited: bool,
    /// How long a call took, in milliseconds.
    pub duration_ms: u64,
    /// Reactions, each with how many.
    pub reactions: Vec<(String, u64)>,
    /// Files that came with it.
    pub files: Vec<ImportedFile>,
}

/// What is to be set about a conversation that was taken over; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportChange {
    /// In which conversation it goes on; `Some(None)` for in none.
    pub chat: Option<Option<ConversationId>>,
    /// Who of its people the user is.
    pub own: Option<String>,
}
