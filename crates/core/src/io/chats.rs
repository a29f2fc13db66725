//! What this device's user sets about conversations and people. Nobody else is told.

use minicbor::{Decode, Encode};
use xchat_proto::ids::AccountId;
use xchat_proto::name::Name;

use super::{ConversationId, RequestId};

/// What the user has set about a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChatView {
    /// Its place among those that always stand first, from 0.
    pub place: Option<u64>,
    /// Whether it is put away, until something new comes.
    pub is_archived: bool,
    /// Whether the user wants to see it as unread.
    pub is_marked: bool,
    /// Until when it makes no noise, in Unix milliseconds; `u64::MAX` or near it for always.
    pub muted_until_ms: u64,
    /// What the user calls the other person.
    pub nickname: Option<String>,
    /// The beginning of what the user has begun to write.
    pub draft: Option<String>,
    /// Whether the user has deleted it here: it is not shown until something new comes.
    pub is_hidden: bool,
    /// Whether the other person is blocked.
    pub is_blocked: bool,
    /// What others are told in it, where that is otherwise than everywhere.
    pub privacy: PrivacyChoice,
}

/// What others are told of this device's user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Privacy {
    /// How far messages have been read.
    pub read: bool,
    /// How far messages have come. Without it nothing goes directly from device to device either: its acknowledgement
    /// would tell.
    pub delivery: bool,
    /// That the user is typing.
    pub typing: bool,
    /// That the user is there.
    pub presence: bool,
}

impl Privacy {
    /// Nothing is told.
    pub(crate) const SILENT: Self = Self {
        read: false,
        delivery: false,
        typing: false,
        presence: false,
    };
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            read: true,
            delivery: true,
            typing: true,
            presence: true,
        }
    }
}

/// What is told, as far as the user has said; the rest is as it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct PrivacyChoice {
    /// See [`Privacy::read`].
    #[n(0)]
    pub read: Option<bool>,
    /// See [`Privacy::delivery`].
    #[n(1)]
    pub delivery: Option<bool>,
    /// See [`Privacy::typing`].
    #[n(2)]
    pub typing: Option<bool>,
    /// See [`Privacy::presence`].
    #[n(3)]
    pub presence: Option<bool>,
}

impl PrivacyChoice {
    /// What holds when `otherwise` holds where nothing is said.
    #[must_use]
    pub fn over(self, otherwise: Privacy) -> Privacy {
        Privacy {
            read: self.read.unwrap_or(otherwise.read),
            delivery: self.delivery.unwrap_or(otherwise.delivery),
            typing: self.typing.unwrap_or(otherwise.typing),
            presence: self.presence.unwrap_or(otherwise.presence),
        }
    }
}

/// From whom message requests are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub enum RequestPolicy {
    /// From anybody, who pays with work.
    #[default]
    #[n(0)]
    Anyone,
    /// From nobody. Senders are not told.
    #[n(1)]
    Nobody,
}

/// How large the files of others may be that come by themselves, in bytes by what their senders say that they are; 0
/// for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Arrivals {
    /// Pictures, also such that move.
    #[n(0)]
    pub photos: u64,
    /// Recorded voices.
    #[n(1)]
    pub voices: u64,
    /// Films.
    #[n(2)]
    pub films: u64,
    /// Other sounds.
    #[n(3)]
    pub sounds: u64,
    /// All other files.
    #[n(4)]
    pub files: u64,
}

impl Default for Arrivals {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            photos: 10 * MIB,
            voices: 10 * MIB,
            films: 20 * MIB,
            sounds: 0,
            files: 0,
        }
    }
}

/// What is to be set about a conversation; what is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChatChange {
    /// Whether it always stands first, behind those that do already.
    pub is_pinned: Option<bool>,
    /// Whether it is put away.
    pub is_archived: Option<bool>,
    /// Whether it is shown as unread.
    pub is_marked: Option<bool>,
    /// Until when it makes no noise, in Unix milliseconds; 0 for not at all.
    pub muted_until_ms: Option<u64>,
    /// What the other person is called; empty for their own name.
    pub nickname: Option<String>,
    /// What others are told in it.
    pub privacy: Option<PrivacyChoice>,
}

/// Whom to block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The other person of a conversation.
    Conversation(ConversationId),
    /// Who sent a message request, which is declined.
    Request(RequestId),
}

/// Somebody who is blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockView {
    /// The account, under whatever name.
    pub account: AccountId,
    /// The name at that time.
    pub name: Name,
    /// Since when, in Unix milliseconds.
    pub since_ms: u64,
}

/// A text that waits for its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledView {
    /// Its number among those.
    pub id: i64,
    /// Where it goes.
    pub conversation: ConversationId,
    /// When, in Unix milliseconds.
    pub due_ms: u64,
    /// The text.
    pub text: String,
    /// The message that it answers, by its row.
    pub reply_to: Option<i64>,
    /// How long after it was read it disappears, in seconds; 0 for never; nothing for as the conversation has it then.
    pub timer_s: Option<u32>,
    /// Why it was not sent when its time came, by the code of the refusal.
    pub refusal: Option<String>,
}

/// What somebody says of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileView {
    /// What they want to be called; empty for their name alone.
    pub name: String,
    /// A few words.
    pub bio: String,
    /// Since when their picture is this one, in Unix milliseconds, when they have one.
    pub avatar_ms: Option<u64>,
}

/// What is to be said of oneself; what is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// What to be called, at most 64 bytes.
    pub name: Option<String>,
    /// A few words, at most 512 bytes.
    pub bio: Option<String>,
    /// A JPEG of 256 points a side and at most 24 KiB; empty for none.
    pub avatar: Option<Vec<u8>>,
}

/// A folder of conversations that the user has made.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FolderView {
    /// What it is called.
    #[n(0)]
    pub name: String,
    /// What is in it.
    #[n(1)]
    pub conversations: Vec<ConversationId>,
}
