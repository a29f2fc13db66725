//! Conversations that are taken over from other messengers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{FileKind, Mark};
use crate::failure::Failure;

/// Where a conversation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportSource {
    /// X, once Twitter.
    X,
    /// WhatsApp.
    Whatsapp,
    /// Telegram.
    Telegram,
}

impl ImportSource {
    /// What people call it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::Whatsapp => "WhatsApp",
            Self::Telegram => "Telegram",
        }
    }
}

/// What stands first in dates that don't show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DateOrder {
    /// 31/12/2023.
    Day,
    /// 12/31/2023.
    Month,
    /// 2023/12/31.
    Year,
}

/// How many minutes clocks were ahead of UTC since a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ClockOffset {
    /// Since when, in Unix milliseconds.
    pub(crate) since_ms: u64,
    /// Minutes ahead of UTC.
    pub(crate) minutes: i32,
}

/// What is to be taken over: a path or an upload, and what the archive doesn't say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportWish {
    /// A zip, a folder or a file on this machine, by its whole path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub(crate) path: Option<String>,
    /// A file that was given with `POST /api/uploads?quality=untouched`; it is erased when it has been taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub(crate) upload: Option<u64>,
    /// Who the owner is in it, by a shown name, user name or id, where it doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub(crate) me: Option<String>,
    /// What clocks showed where it was made, in order; at most 1,000. Else UTC.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<ClockOffset>>"))]
    pub(crate) offsets: Vec<ClockOffset>,
    /// What stands first in dates that don't show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub(crate) date_order: Option<DateOrder>,
}

/// Something that was left out or mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportProblem {
    /// What is wrong: stable, in kebab-case.
    pub(crate) code: String,
    /// The file of the archive.
    pub(crate) file: String,
    /// Where and what, as a sentence.
    pub(crate) message: String,
}

/// How far it is with the archive that is being taken over, or was last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportProgress {
    /// Whether it goes on.
    pub(crate) running: bool,
    /// What it is, once that is known.
    pub(crate) source: Option<ImportSource>,
    /// Bytes of its messages.
    pub(crate) bytes_total: u64,
    /// How many of them are read.
    pub(crate) bytes: u64,
    /// Conversations so far.
    pub(crate) conversations: u64,
    /// Messages and notices so far.
    pub(crate) items: u64,
    /// How many of them were not here before.
    pub(crate) new_items: u64,
    /// How much was left out or mended.
    pub(crate) problems_count: u64,
    /// What that is, of the first hundred.
    pub(crate) problems: Vec<ImportProblem>,
    /// Why it ended early.
    pub(crate) failure: Option<Failure>,
}

/// Somebody in a conversation that was taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportedPerson {
    /// The same for this person everywhere in the source.
    pub(crate) id: String,
    /// What to call them.
    pub(crate) name: String,
}

/// A conversation that was taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Import {
    /// Its number on this device.
    pub(crate) id: i64,
    /// Where it comes from.
    pub(crate) source: ImportSource,
    /// Its title, or the names of its people.
    pub(crate) title: String,
    /// Whether it is more than a talk of two.
    pub(crate) group: bool,
    /// Some of its people.
    pub(crate) people: Vec<ImportedPerson>,
    /// How many people it has.
    pub(crate) people_count: u64,
    /// Who of them the owner is, by id, where that is known.
    pub(crate) me: Option<String>,
    /// How many messages and notices it has.
    pub(crate) items: u64,
    /// When the first one was, in Unix milliseconds.
    pub(crate) first_ms: u64,
    /// When the last one was.
    pub(crate) last_ms: u64,
    /// The conversation in which it goes on.
    pub(crate) conversation: Option<i64>,
}

/// All that was taken over, and what is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Imports {
    /// The conversations, the one that was last used first.
    pub(crate) conversations: Vec<Import>,
    /// How far it is.
    pub(crate) progress: ImportProgress,
}

/// What is to be set about a conversation that was taken over; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportChange {
    /// In which conversation it goes on; 0 for in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub(crate) conversation: Option<i64>,
    /// Who of its people the owner is, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub(crate) me: Option<String>,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportedKind {
    /// Somebody wrote.
    Message,
    /// People came.
    Joined,
    /// People left.
    Left,
    /// The conversation got a title, which is the text.
    Renamed,
    /// The conversation was made; its title is the text.
    Created,
    /// A message was pinned.
    Pinned,
    /// Somebody called.
    Called,
    /// Anything else, in the words of the source.
    Other,
}

/// A file that came with a message. Its bytes stay in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportedFile {
    /// Its name.
    pub(crate) name: String,
    /// What it is said to be.
    pub(crate) kind: FileKind,
    /// Whether the archive has it.
    pub(crate) in_archive: bool,
}

/// The beginning of what an item answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportedQuote {
    /// Its row.
    pub(crate) row: i64,
    /// Whose, as a shown name.
    pub(crate) from: Option<String>,
    /// The beginning of its text.
    pub(crate) excerpt: String,
}

/// Reactions of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportedReaction {
    /// An emoji, or the source's word for it.
    pub(crate) emoji: String,
    /// How many.
    pub(crate) count: u64,
}

/// An item of a conversation that was taken over. People are shown names; nothing of it is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportedMessage {
    /// Its row among what was taken over.
    pub(crate) row: i64,
    /// When, in Unix milliseconds.
    pub(crate) at_ms: u64,
    /// What it is.
    pub(crate) kind: ImportedKind,
    /// Who did it.
    pub(crate) from: Option<String>,
    /// Whether that is the owner.
    pub(crate) mine: bool,
    /// The words. Nothing where the archive hadn't them.
    pub(crate) text: Option<String>,
    /// Who came or left.
    pub(crate) people: Vec<String>,
    /// What it answers, where that is here.
    pub(crate) quote: Option<ImportedQuote>,
    /// Who wrote it first.
    pub(crate) forwarded_from: Option<String>,
    /// Whether it was changed.
    pub(crate) edited: bool,
    /// How long a call took, in milliseconds.
    pub(crate) duration_ms: u64,
    /// Reactions.
    pub(crate) reactions: Vec<ImportedReaction>,
    /// Files that came with it.
    pub(crate) files: Vec<ImportedFile>,
}

/// Which part of a conversation that was taken over is asked for; without a row its newest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportedPlace {
    /// Before this row.
    #[serde(default)]
    pub(crate) before: Option<i64>,
    /// After this row.
    #[serde(default)]
    pub(crate) after: Option<i64>,
    /// With half of it before this row.
    #[serde(default)]
    pub(crate) around: Option<i64>,
    /// How many at most, 1 to 500; else 50.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

/// What is searched for among what was taken over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportedSearch {
    /// As for `/api/search`.
    pub(crate) text: String,
    /// In this conversation.
    #[serde(default)]
    pub(crate) import: Option<i64>,
    /// Where the page before ended: its `next`.
    #[serde(default)]
    pub(crate) before: Option<i64>,
    /// How many at most, 1 to 100.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

/// A message that was found among what was taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportedFound {
    /// Its row among what was taken over.
    pub(crate) row: i64,
    /// Its conversation.
    pub(crate) import: i64,
    /// What that is called.
    pub(crate) title: String,
    /// Who wrote it, as a shown name.
    pub(crate) from: Option<String>,
    /// Whether the owner did.
    pub(crate) mine: bool,
    /// When it was written, in Unix milliseconds.
    pub(crate) at_ms: u64,
    /// The part of its text in which something was found.
    pub(crate) excerpt: String,
    /// Where in the excerpt it was, in order and apart.
    pub(crate) marks: Vec<Mark>,
}

/// A part of what was found among what was taken over, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ImportedFoundPage {
    /// The messages.
    pub(crate) found: Vec<ImportedFound>,
    /// What the next page is asked for with, as `before`; nothing when this is the last.
    pub(crate) next: Option<i64>,
    /// Whether older messages are still being made ready for searching.
    pub(crate) partial: bool,
}
