//! What happens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::conversation::{Conversation, Request};
use super::directory::RecordChange;
use super::file::FileState;
use super::message::{Message, MessageState};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(crate) enum Event {
    /// The stream stands: what happens from now on comes here.
    Ready,
    /// Events were lost because this reader is slow: read the state again.
    Lagged,
    /// The name is ours.
    Registered {
        /// The name, without the `@`.
        name: String,
    },
    /// The name is not ours, and why.
    RegistrationFailed {
        /// Why.
        error: crate::failure::Failure,
    },
    /// A message is on disk: received, or written here.
    Message {
        /// The message.
        message: Message,
    },
    /// A message reads otherwise than before: edited, deleted, or with other reactions.
    Changed {
        /// The message.
        message: Message,
    },
    /// A message is gone from this device's history.
    Removed {
        /// The conversation.
        conversation: i64,
        /// Its row.
        row: i64,
    },
    /// What waits to be sent in a conversation is otherwise than before.
    Scheduled {
        /// The conversation.
        conversation: i64,
    },
    /// A message's state changed.
    State {
        /// The conversation.
        conversation: i64,
        /// The message's id.
        id: String,
        /// Its state now.
        state: MessageState,
    },
    /// A file of a message goes on, or has ended.
    Transfer {
        /// The conversation.
        conversation: i64,
        /// The message's row.
        row: i64,
        /// Which of the message's files it is, from 0.
        part: u32,
        /// How far it has come.
        state: FileState,
        /// How much of it has come, in bytes.
        bytes: u64,
        /// How much of an own file is where the others can have it, in bytes; nothing once all of it is.
        going: Option<u64>,
        /// Why it isn't under way, when something is wrong.
        trouble: Option<String>,
    },
    /// Somebody unknown wants to write.
    Request {
        /// The request.
        request: Request,
    },
    /// A conversation is new, or changed in state, presence or trouble.
    Conversation {
        /// The conversation.
        conversation: Box<Conversation>,
    },
    /// A home can or can't be reached.
    Home {
        /// The home's id, in hexadecimal digits.
        home: String,
        /// Whether it answers.
        reachable: bool,
    },
    /// The own directory record was changed elsewhere. It stays so until it is acknowledged.
    OwnRecordChanged {
        /// What has changed.
        change: RecordChange,
    },
    /// The username has been given up.
    Released {
        /// The name, without the `@`.
        name: String,
    },
    /// The username has not been given up, and why.
    ReleaseFailed {
        /// Why.
        error: crate::failure::Failure,
    },
    /// The network's operators have shown two truths. Nobody new is looked up until the owner has acknowledged it.
    NetworkForked {
        /// The height of the two blocks.
        height: u64,
    },
    /// The network was not seen for so long that a new invitation is needed.
    TrustExpired {
        /// When it was seen last, in Unix milliseconds.
        seen_ms: u64,
    },
    /// The profile can't be written; what comes from the network waits at its sender.
    StorageFailed {
        /// Whether the disk is full.
        full: bool,
    },
    /// The profile can be written again.
    StorageRecovered,
    /// The network can't be used on this machine; it is tried again by itself.
    NetworkFailed {
        /// Why.
        reason: String,
    },
    /// The network's time and this machine's differ by more than a few minutes.
    ClockOff {
        /// The network's time, in Unix milliseconds.
        network_ms: u64,
    },
}

/// The first frame of the event stream.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Hello {
    /// The token.
    pub(crate) token: String,
}
