//! What travels over the local API and comes out of `--json`: twins of the SDK's plain data, written by hand so that
//! the SDK stays free of formats and the format free of the SDK.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Who this profile is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Identity {
    /// The username, without the `@`, once one is chosen.
    pub(crate) name: Option<String>,
    /// The account's id, in hexadecimal digits.
    pub(crate) account: String,
    /// This device's public key, in hexadecimal digits.
    pub(crate) device: String,
    /// Whether the network has the name on record for this account.
    pub(crate) registered: bool,
}

/// How far a profile has been opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Nothing has been begun: it may start a network or join one.
    New,
    /// A passphrase protects it.
    Locked,
    /// The messenger runs.
    Open,
}

/// Where this profile stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Profile {
    /// The profile's name on this machine.
    pub(crate) profile: String,
    /// How far it has been opened.
    pub(crate) stage: Stage,
    /// The account, once there is one.
    pub(crate) identity: Option<Identity>,
    /// Whether it belongs to a network.
    pub(crate) in_network: bool,
    /// Whether this process runs a node of that network.
    pub(crate) runs_node: bool,
    /// Whether a passphrase protects it.
    pub(crate) has_passphrase: bool,
    /// The version of the program.
    pub(crate) version: String,
}

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
}

/// How a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConversationState {
    /// Being set up: what is written waits here.
    Starting,
    /// Accepted, and waiting for the other side.
    Joining,
    /// In use.
    Active,
    /// Nothing is sent or believed any more.
    Broken,
    /// This device's store is an old copy: nothing is sent.
    Restored,
    /// This device was removed.
    Removed,
}

/// Whether the owner has made sure who the other person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verification {
    /// Not yet.
    None,
    /// By comparing safety numbers.
    Verified,
    /// The other person's key is another one than before.
    Changed,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Conversation {
    /// The conversation on this device.
    pub(crate) id: i64,
    /// The other person, without the `@`.
    pub(crate) peer: String,
    /// The other person's account, in hexadecimal digits.
    pub(crate) account: String,
    /// Whether it is the note to oneself.
    pub(crate) is_note: bool,
    /// Whether the owner has made sure who the other person is.
    pub(crate) verification: Verification,
    /// How it stands.
    pub(crate) state: ConversationState,
    /// What is wrong, when something is.
    pub(crate) trouble: Option<String>,
    /// Messages that have not been read.
    pub(crate) unread: u64,
    /// The newest message.
    pub(crate) last: Option<Message>,
    /// Whether a device of theirs is connected or has been heard lately.
    pub(crate) online: bool,
    /// Whether they are typing.
    pub(crate) typing: bool,
    /// Whether messages go there directly at the moment.
    pub(crate) direct: bool,
    /// Messages of theirs that are known to be missing.
    pub(crate) missing: u64,
}

/// A message request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Request {
    /// The request on this device.
    pub(crate) id: i64,
    /// Who asks, without the `@`; verified through the directory.
    pub(crate) from: String,
    /// Their account, in hexadecimal digits.
    pub(crate) account: String,
    /// Since when the name exists, in Unix milliseconds.
    pub(crate) name_since_ms: Option<u64>,
    /// When it came, in Unix milliseconds.
    pub(crate) received_ms: u64,
}

/// From where a node can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reach {
    /// From this machine only.
    Machine,
    /// From this network: same Wi-Fi, same office.
    Network,
    /// From anywhere.
    Anywhere,
}

/// A node of the network, as this client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Node {
    /// Its id, in hexadecimal digits.
    pub(crate) id: String,
    /// Where it says that it can be dialled.
    pub(crate) sockets: Vec<String>,
    /// Its relay.
    pub(crate) relay: Option<String>,
    /// Whether it answers; `null` while nobody has asked it yet.
    pub(crate) reachable: Option<bool>,
}

/// What is reachable and what isn't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Report {
    /// Whether this profile belongs to a network.
    pub(crate) in_network: bool,
    /// The nodes of the network.
    pub(crate) nodes: Vec<Node>,
    /// From where the network's nodes can be reached, by their addresses.
    pub(crate) reach: Reach,
    /// Where this device can be dialled directly.
    pub(crate) own_sockets: Vec<String>,
    /// The people who are connected directly, without the `@`.
    pub(crate) direct: Vec<String>,
    /// This machine's clock less the network's, in milliseconds, once the network has been heard.
    pub(crate) clock_difference_ms: Option<i64>,
}

/// An invitation into the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Invitation {
    /// The link.
    pub(crate) link: String,
    /// From where its nodes can be reached.
    pub(crate) reach: Reach,
    /// The link as a QR code.
    pub(crate) qr: Qr,
}

/// A QR code, without the quiet zone around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Qr {
    /// Dots in each direction.
    pub(crate) size: usize,
    /// From top to bottom, each dot `1` if it is dark and `0` if it is light.
    pub(crate) rows: Vec<String>,
}

/// The safety number of a conversation: who compares it over another way knows that nobody stands in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Safety {
    /// Twelve groups of five digits, the same on both sides.
    pub(crate) groups: Vec<String>,
    /// What the QR code holds.
    pub(crate) code: String,
    /// The code for the other person to scan.
    pub(crate) qr: Qr,
    /// Whether the owner has made sure.
    pub(crate) verification: Verification,
    /// What the directory has proved about the other person.
    pub(crate) proof: Option<DirectoryProof>,
}

/// What the directory has proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct DirectoryProof {
    /// The height of the block that holds the name's record.
    pub(crate) height: u64,
    /// How many operators had to agree.
    pub(crate) operators: u32,
    /// When it was proved, in Unix milliseconds.
    pub(crate) checked_ms: u64,
}

/// A code that was scanned from the other person's screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct ScannedCode {
    /// The code.
    pub(crate) code: String,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Comparison {
    /// Whether both sides show the same.
    pub(crate) matches: bool,
}

/// Whether a name can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NameStanding {
    /// Nobody has it.
    Free,
    /// Somebody has it.
    Taken,
    /// Nobody may have it.
    Reserved,
}

/// A name, and whether it can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct NameLookup {
    /// The name, without the `@`.
    pub(crate) name: String,
    /// How it stands.
    pub(crate) standing: NameStanding,
}

/// How a profile is begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Beginning {
    /// The invitation into the network to join; without one, an own network begins.
    pub(crate) invitation: Option<String>,
}

/// A passphrase.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Passphrase {
    /// The passphrase.
    pub(crate) passphrase: String,
}

/// What protects the profile from now on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct PassphraseChange {
    /// The new passphrase, or none.
    pub(crate) passphrase: Option<String>,
}

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
    /// A message's state changed.
    State {
        /// The conversation.
        conversation: i64,
        /// The message's id.
        id: String,
        /// Its state now.
        state: MessageState,
    },
    /// Somebody unknown wants to write.
    Request {
        /// The request.
        request: Request,
    },
    /// A conversation is new, or changed in state, presence or trouble.
    Conversation {
        /// The conversation.
        conversation: Conversation,
    },
    /// A home can or can't be reached.
    Home {
        /// The home's id, in hexadecimal digits.
        home: String,
        /// Whether it answers.
        reachable: bool,
    },
    /// The own directory record is not the one that this device published.
    OwnRecordChanged {
        /// The sequence number that the directory proves.
        sequence: u64,
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

/// What a token may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, clap::ValueEnum,
)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    /// See the identity, conversations, messages, requests and events.
    Read,
    /// Write, show typing, mark as read, begin conversations.
    Send,
    /// Accept and decline message requests.
    Requests,
    /// See the network: what is reachable, and the invitation.
    Network,
}

impl Scope {
    /// The word in JSON and on the command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Send => "send",
            Self::Requests => "requests",
            Self::Network => "network",
        }
    }
}

/// A bot's token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Token {
    /// Its id, to revoke it by.
    pub(crate) id: String,
    /// What its owner calls it.
    pub(crate) label: String,
    /// What it may do.
    pub(crate) scopes: Vec<Scope>,
    /// When it was made, in Unix milliseconds.
    pub(crate) created_ms: u64,
}

/// A new token. The secret is shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct NewToken {
    /// The token.
    #[serde(flatten)]
    pub(crate) token: Token,
    /// What goes into `Authorization: Bearer`.
    pub(crate) secret: String,
}

/// What a new token shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenWish {
    /// What its owner calls it.
    pub(crate) label: String,
    /// What it may do.
    pub(crate) scopes: Vec<Scope>,
}

/// A one-time code, to be exchanged for a session's token within a minute.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    /// The code.
    pub(crate) code: String,
}

/// A session's token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    /// What goes into `Authorization: Bearer`, and into the first frame of the event stream.
    pub(crate) token: String,
}

/// Random text that a daemon shall prove its token over, before it is shown one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Challenge {
    /// Fresh for every challenge.
    pub(crate) nonce: String,
}

/// The proof: who sends it knows the profile's token, and listens on this port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Proof {
    /// A keyed hash over port and nonce.
    pub(crate) proof: String,
}

/// The words of a new account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Words {
    /// The 24 words.
    pub(crate) words: Vec<String>,
}

/// The words of a new account, as long as they are remembered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct RememberedWords {
    /// The 24 words, until they are confirmed or the program ends.
    pub(crate) words: Option<Vec<String>>,
}

/// A username, with or without the `@`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct NameWish {
    /// The name.
    pub(crate) name: String,
}

/// An account to be brought back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct RestorationWish {
    /// Its 24 words, with white space between them.
    pub(crate) words: String,
    /// Its name.
    pub(crate) name: String,
}

/// An invitation link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// The link.
    pub(crate) link: String,
}

/// A text to send.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// The text, in UTF-8 at most 64 KiB long.
    pub(crate) text: String,
}

/// A position in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The row of the newest message that has been read.
    pub(crate) row: i64,
}

/// Whether something is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// Whether it is.
    pub(crate) on: bool,
}

/// A conversation by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ConversationRef {
    /// The conversation on this device.
    pub(crate) conversation: i64,
}

/// Which messages of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Only messages before this row.
    pub(crate) before: Option<i64>,
    /// How many at most, 1 to 500.
    pub(crate) limit: Option<usize>,
}

/// The first frame of the event stream.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Hello {
    /// The token.
    pub(crate) token: String,
}

#[cfg(test)]
mod tests;
