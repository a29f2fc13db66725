//! What the owner sets about conversations and people. Nobody else is told.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What the owner has set about a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ChatSettings {
    /// Its place among those that always stand first, from 0.
    pub(crate) place: Option<u64>,
    /// Whether it is put away, until something new comes.
    pub(crate) archived: bool,
    /// Whether it is to look unread.
    pub(crate) marked_unread: bool,
    /// Until when it makes no noise, in Unix milliseconds; 0 for not at all.
    pub(crate) muted_until_ms: u64,
    /// What the owner calls the other person.
    pub(crate) nickname: Option<String>,
    /// The beginning of what the owner has begun to write.
    pub(crate) draft: Option<String>,
    /// Whether the owner has deleted it here: it is not shown until something new comes.
    pub(crate) hidden: bool,
    /// Whether the other person is blocked.
    pub(crate) blocked: bool,
    /// What others are told in it, where that is otherwise than everywhere.
    pub(crate) privacy: PrivacyChoice,
}

/// What is to be set about a conversation; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ChatChange {
    /// Whether it always stands first, behind those that do already.
    pub(crate) pinned: Option<bool>,
    /// Whether it is put away.
    pub(crate) archived: Option<bool>,
    /// Whether it is to look unread.
    pub(crate) marked_unread: Option<bool>,
    /// Until when it makes no noise, in Unix milliseconds; 0 for not at all.
    pub(crate) muted_until_ms: Option<u64>,
    /// What the other person is called; empty for their own name.
    pub(crate) nickname: Option<String>,
    /// What others are told in it.
    pub(crate) privacy: Option<PrivacyChoice>,
}

/// What others are told. Nothing where it is as it would be otherwise, or as it was before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PrivacyChoice {
    /// How far messages have been read.
    pub(crate) read: Option<bool>,
    /// How far messages have come. Without it nothing goes directly from device to device either.
    pub(crate) delivery: Option<bool>,
    /// That the owner is typing.
    pub(crate) typing: Option<bool>,
    /// That the owner is there.
    pub(crate) presence: Option<bool>,
}

/// From whom message requests are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RequestPolicy {
    /// From anybody, who pays with work.
    Anyone,
    /// From nobody; senders are not told.
    Nobody,
}

/// How large the files of others may be that come by themselves, in bytes; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Arrivals {
    /// Pictures, also such that move.
    pub(crate) photos: u64,
    /// Recorded voices.
    pub(crate) voices: u64,
    /// Films.
    pub(crate) films: u64,
    /// Other sounds.
    pub(crate) sounds: u64,
    /// All other files.
    pub(crate) files: u64,
}

/// What holds for the whole profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ProfileSettings {
    /// What others are told, where nothing else is set for a conversation. Nothing is left out.
    pub(crate) privacy: PrivacyChoice,
    /// From whom message requests are taken.
    pub(crate) requests: RequestPolicy,
    /// How large the files of others may be that come by themselves.
    pub(crate) arrivals: Arrivals,
}

/// What is to be set for the whole profile; what is not named stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SettingsChange {
    /// What others are told.
    pub(crate) privacy: PrivacyChoice,
    /// From whom message requests are taken.
    pub(crate) requests: Option<RequestPolicy>,
    /// How large the files of others may be that come by themselves.
    pub(crate) arrivals: Option<Arrivals>,
}

/// Conversations in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationOrder {
    /// The conversations on this device.
    pub(crate) conversations: Vec<i64>,
}

/// What the owner has begun to write.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    /// The text, at most 64 KiB long; empty for nothing.
    pub(crate) text: String,
}

/// Whom to block: the other person of a conversation, or who sent a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BlockWish {
    /// A conversation.
    pub(crate) conversation: Option<i64>,
    /// A message request.
    pub(crate) request: Option<i64>,
}

/// Somebody who is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Blocked {
    /// Their account, in hexadecimal digits, under whatever name.
    pub(crate) account: String,
    /// Their name at that time, without the `@`.
    pub(crate) name: String,
    /// Since when, in Unix milliseconds.
    pub(crate) since_ms: u64,
}

/// Which messages with a star.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct StarredPage {
    /// Only those before this row.
    pub(crate) before: Option<i64>,
    /// How many at most, 1 to 500.
    pub(crate) limit: Option<usize>,
}

/// A text that is to be sent later.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct LaterWish {
    /// Where to.
    pub(crate) conversation: i64,
    /// The text, in UTF-8 at most 64 KiB long.
    pub(crate) text: String,
    /// When, in Unix milliseconds; at most a year ahead.
    pub(crate) due_ms: u64,
    /// The row of the message in the same conversation that it answers.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) reply_to: Option<i64>,
    /// How long after it was read it disappears, in seconds; 0 for never. Without it, as the conversation has it then.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) timer_s: Option<u32>,
}

/// Another time or another text for a message that waits; what is not named stays.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct LaterChange {
    /// The text, in UTF-8 at most 64 KiB long.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) text: Option<String>,
    /// When, in Unix milliseconds; at most a year ahead.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) due_ms: Option<u64>,
}

/// A text that waits for its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Scheduled {
    /// Its number among those.
    pub(crate) id: i64,
    /// Where it goes.
    pub(crate) conversation: i64,
    /// When, in Unix milliseconds.
    pub(crate) due_ms: u64,
    /// The text.
    pub(crate) text: String,
    /// The row of the message that it answers.
    pub(crate) reply_to: Option<i64>,
    /// How long after it was read it disappears, in seconds.
    pub(crate) timer_s: Option<u32>,
    /// Why it was not sent when its time came, by the code of the failure.
    pub(crate) refusal: Option<String>,
}

/// A folder of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Folder {
    /// What it is called.
    pub(crate) name: String,
    /// The conversations in it.
    pub(crate) conversations: Vec<i64>,
}
