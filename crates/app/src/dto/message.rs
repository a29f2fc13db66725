//! Messages, and what is done to them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::file::{Attachment, FileKind};
use super::poll::{Poll, PollWish};

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MessageState {
    /// On this device only.
    Waiting,
    /// On disk at the conversation's home.
    Sent,
    /// On disk at every device of the recipients.
    Delivered,
    /// Read by the recipients.
    Read,
    /// Received from somebody else.
    Received,
}

impl MessageState {
    /// The word for people.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Received => "received",
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Message {
    /// Its position in this device's history.
    pub(crate) row: i64,
    /// Its id, the same on every device, in hexadecimal digits.
    pub(crate) id: String,
    /// The conversation on this device.
    pub(crate) conversation: i64,
    /// Who wrote it, without the `@`.
    pub(crate) from: String,
    /// Whether this account did.
    pub(crate) mine: bool,
    /// The text.
    pub(crate) text: String,
    /// When it was written, by its author's clock, in Unix milliseconds.
    pub(crate) sent_ms: u64,
    /// What became of it.
    pub(crate) state: MessageState,
    /// When its author changed the text last, in Unix milliseconds.
    pub(crate) edited_ms: Option<u64>,
    /// Whether its author deleted it for everyone.
    pub(crate) deleted: bool,
    /// Whether it was written elsewhere.
    pub(crate) forwarded: bool,
    /// What it says is set, when it is no message but tells that somebody has set something for the conversation.
    pub(crate) notice: Option<Notice>,
    /// How long after it was read it disappears, in seconds.
    pub(crate) timer_s: Option<u32>,
    /// Whether the owner has put a star on it.
    pub(crate) starred: bool,
    /// Whether it is pinned, for all who are in the conversation.
    pub(crate) pinned: bool,
    /// When it disappears from this device at the latest, in Unix milliseconds. Until it was read that is far off.
    pub(crate) expires_ms: Option<u64>,
    /// What it answers.
    pub(crate) reply: Option<Reply>,
    /// The reactions to it, by emoji.
    pub(crate) reactions: Vec<Reaction>,
    /// Its files, in their order.
    pub(crate) attachments: Vec<Attachment>,
    /// What it asks, when it is a poll.
    pub(crate) poll: Option<Poll>,
    /// What its readers can answer with one touch.
    pub(crate) answers: Vec<String>,
}

/// The message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Reply {
    /// Its position in this device's history; nothing when it is not here.
    pub(crate) row: Option<i64>,
    /// Who wrote it, without the `@`.
    pub(crate) from: Option<String>,
    /// The beginning of its text, as it reads now.
    pub(crate) text: String,
    /// What the first of its files is, when it has some.
    pub(crate) file: Option<FileKind>,
    /// Whether it is deleted.
    pub(crate) deleted: bool,
}

/// Those who reacted to a message with one emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Reaction {
    /// The emoji.
    pub(crate) emoji: String,
    /// Who, without the `@`.
    pub(crate) names: Vec<String>,
    /// Whether this account is among them.
    pub(crate) mine: bool,
}

/// A text that a message had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Version {
    /// The text.
    pub(crate) text: String,
    /// When it was written, by its author's clock, in Unix milliseconds.
    pub(crate) written_ms: u64,
}

/// A message to send.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// The text, in UTF-8 at most 64 KiB long; with files at most 16 KiB, and it may be empty.
    pub(crate) text: String,
    /// The ids of files that were given, at most 10.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<u64>>"))]
    pub(crate) attachments: Vec<u64>,
    /// The picture of the library that it is a copy of, in place of files. Owner only.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) library: Option<i64>,
    /// The row of the message in the same conversation that it answers.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) reply_to: Option<i64>,
    /// How long after it was read it disappears, in seconds; 0 for never. Without it, as the conversation has it.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) timer_s: Option<u32>,
    /// What is asked; the text is empty then, and there are no files.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) poll: Option<PollWish>,
    /// What its readers can answer with one touch: at most 8, each of at most 128 bytes.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<String>>"))]
    pub(crate) answers: Vec<String>,
}

/// What somebody has set for a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Notice {
    /// How long after they were read messages disappear.
    Timer {
        /// In seconds; nothing when they stay.
        timer_s: Option<u32>,
    },
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }
}

/// Another text for a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// The text, in UTF-8 at most 64 KiB long.
    pub(crate) text: String,
}

/// A reaction to give or to take back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct ReactionWish {
    /// One emoji.
    pub(crate) emoji: String,
    /// Whether it is to stand.
    pub(crate) on: bool,
}

/// Who is to lose a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deletion {
    /// Everybody in the conversation; else only this device.
    #[serde(default)]
    pub(crate) everyone: bool,
}
