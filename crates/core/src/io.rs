//! What goes into the machine and what comes out.
//!
//! The body (`client`, or the simulator) hands in [`Input`]s and carries out [`Output`]s. It decides nothing: when to
//! retry, whom to dial, what to subscribe to is the machine's policy.

mod blobs;
mod chats;
mod files;
mod imports;
mod library;
mod polls;

use xchat_proto::address::Endpoint;
use xchat_proto::capability::Role;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::ids::{AccountId, LogId, MessageId, NodeId};
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Reply, Request, SubscriptionFrame};
use xchat_proto::name::Name;
use xchat_proto::peer_wire::PeerFrame;
use xchat_proto::work::Challenge;

use crate::content::MediaKind;
use crate::directory::{OwnRecordChange, ReleaseError};
use crate::safety::{ContactChange, Verification};

pub use files::{Cleared, FileSweep, FileUse, FileView, GalleryKind, StorageView};
pub use library::{
    LibraryChange, LibraryId, LibraryItem, LibraryKind, LibraryPage, LibraryQuery, LibraryUse, NewLibraryItem,
};
pub use polls::{ChoiceView, PollView};

pub use blobs::{
    Ask, BlobFailure, BlobFile, BlobInput, BlobOutput, BlobSource, Direction, SealedFile, TransferState,
    TransferView,
};
pub use chats::{
    Arrivals, BlockView, ChatChange, ChatView, FolderView, Privacy, PrivacyChoice, ProfileChange,
    ProfileView, RequestPolicy, ScheduledView, Whom,
};
pub use imports::{
    ImportChange, ImportEntry, ImportId, ImportSource, ImportView, ImportedConversation, ImportedDetail,
    ImportedFile, ImportedItem, ImportedKind, ImportedPerson, ImportedQuote, ImportedReaction, ImportedView,
};

/// Marks a request until its reply comes.
pub type Tag = u64;

/// A conversation on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct ConversationId(#[n(0)] pub i64);

/// A message request on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub i64);

/// Which connection a request travels on. A node must not see inbox and conversations on one connection or endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The own inbox, and nothing else.
    Inbox,
    /// Conversation logs, and other people's inboxes.
    Conversations,
}

/// The other end could not be reached, or the connection broke before it answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable;

/// Something that happened outside.
#[expect(
    clippy::large_enum_variant,
    reason = "an input lives for one step, and the largest is the dearest by far"
)]
#[derive(Debug)]
pub enum Input {
    /// A home answered an [`Output::Home`], or can't be reached.
    Home {
        /// The tag of the request.
        tag: Tag,
        /// The answer.
        outcome: Result<Reply, Unreachable>,
    },
    /// A subscription brought something.
    Subscription {
        /// The log.
        log: LogId,
        /// The epoch that was subscribed to.
        epoch: u64,
        /// What it brought.
        frame: SubscriptionFrame,
    },
    /// A subscription broke, or could not be made.
    SubscriptionLost {
        /// The log.
        log: LogId,
        /// The epoch that was subscribed to.
        epoch: u64,
    },
    /// A node answered an [`Output::Directory`], or can't be reached.
    Directory {
        /// The tag of the request.
        tag: Tag,
        /// The answer.
        outcome: Result<DirectoryReply, Unreachable>,
    },
    /// A direct connection to this endpoint stands, whoever dialled.
    PeerUp(NodeId),
    /// The direct connection is gone, or could not be made.
    PeerDown(NodeId),
    /// A frame came over a direct connection.
    Peer {
        /// The authenticated endpoint it came from.
        peer: NodeId,
        /// The frame.
        frame: PeerFrame,
    },
    /// Where this device can be dialled, at start and whenever it changes.
    OwnEndpoint(Endpoint),
    /// Something about the files of messages.
    Blob(BlobInput),
    /// The time of [`crate::machine::Machine::wake_at`] has come.
    Wake,
}

/// A capability that the body proves on the connection before the request.
#[derive(Debug, Clone)]
pub struct Capability {
    /// The role.
    pub role: Role,
    /// The log.
    pub log: LogId,
    /// The epoch, 0 for an inbox.
    pub epoch: u64,
    /// The key to sign the claim with.
    pub key: SigningKey,
}

/// Proof of work that the body does before the request, and writes into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// What is to be solved.
    pub challenge: Challenge,
    /// How hard it is.
    pub bits: u8,
}

/// Something to do outside. It comes out only after the transaction that caused it is on disk.
#[derive(Debug)]
pub enum Output {
    /// Ask a home, and answer with [`Input::Home`].
    Home {
        /// The tag for the answer.
        tag: Tag,
        /// The home.
        home: Endpoint,
        /// The connection to use.
        lane: Lane,
        /// To be proved first.
        capability: Option<Capability>,
        /// To be paid first: the body replaces the request's `work`.
        price: Option<Price>,
        /// The request.
        request: Request,
    },
    /// Open a subscription stream. A standing one to the same log is dropped.
    Subscribe {
        /// The home.
        home: Endpoint,
        /// The connection to use.
        lane: Lane,
        /// To be proved first.
        capability: Capability,
        /// The log.
        log: LogId,
        /// The epoch.
        epoch: u64,
        /// The first index wanted.
        from: u64,
    },
    /// Ask a node of the network, and answer with [`Input::Directory`].
    Directory {
        /// The tag for the answer.
        tag: Tag,
        /// The node.
        node: Endpoint,
        /// To be paid first, where the request is a registration.
        price: Option<Price>,
        /// The request.
        request: DirectoryRequest,
    },
    /// Try to reach a device directly; [`Input::PeerUp`] or [`Input::PeerDown`] tells.
    Dial(Endpoint),
    /// Send a frame over a standing direct connection.
    Peer {
        /// The endpoint.
        peer: NodeId,
        /// The frame.
        frame: PeerFrame,
    },
    /// Do something with the files of messages.
    Blob(BlobOutput),
    /// Keep this token outside the database, in the place of the one before, and give it to
    /// [`crate::machine::Machine::open`] next time: it tells an old copy of the database from the present one.
    Mark([u8; 32]),
    /// Tell the user's side.
    Event(Event),
}

/// What became of a message, from its sender's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageState {
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

/// A message as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// Its position in this device's history; grows, and never changes.
    pub row: i64,
    /// Its id, the same on every device.
    pub id: MessageId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub from: Name,
    /// Whether this account did.
    pub mine: bool,
    /// The text. A part that this version doesn't know reads as a note that says so.
    pub text: String,
    /// When it was written, by its author's clock, in Unix milliseconds.
    pub sent_ms: u64,
    /// What became of it.
    pub state: MessageState,
    /// When its author changed the text last, by the author's clock, in Unix milliseconds.
    pub edited_ms: Option<u64>,
    /// Whether its author deleted it for everyone: then there is nothing else of it.
    pub is_deleted: bool,
    /// Whether it was written elsewhere.
    pub is_forwarded: bool,
    /// What it says is set, when it is no message but tells that somebody has set something for the conversation.
    pub notice: Option<NoticeView>,
    /// How long after it was read it disappears, in seconds.
    pub timer_s: Option<u32>,
    /// Whether the user has put a star on it.
    pub is_starred: bool,
    /// Whether it is pinned, for all who are in the conversation.
    pub is_pinned: bool,
    /// When it disappears from this device at the latest, in Unix milliseconds. Until it was read that is far off.
    pub expires_ms: Option<u64>,
    /// What it answers.
    pub reply: Option<ReplyView>,
    /// The reactions to it, by emoji.
    pub reactions: Vec<ReactionView>,
    /// Its files, in their order.
    pub files: Vec<FileView>,
    /// What it asks, when it is a poll.
    pub poll: Option<PollView>,
    /// What its readers can answer with one touch.
    pub answers: Vec<String>,
}

/// What somebody has set for a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeView {
    /// How long after they were read messages disappear, in seconds; nothing when they stay.
    Timer(Option<u32>),
}

/// The message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplyView {
    /// Its position in this device's history; nothing when it is not here.
    pub row: Option<i64>,
    /// Who wrote it.
    pub from: Option<Name>,
    /// The beginning of its text, as it reads now.
    pub text: String,
    /// What the first of its files is, when it has some.
    pub file: Option<MediaKind>,
    /// Whether it is deleted.
    pub is_deleted: bool,
}

/// Those who reacted to a message with one emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// Who.
    pub names: Vec<Name>,
    /// Whether this account is among them.
    pub mine: bool,
}

/// A text that a message had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionView {
    /// The text.
    pub text: String,
    /// When it was written, by its author's clock, in Unix milliseconds.
    pub written_ms: u64,
}

/// How a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConversationState {
    /// Being set up: what is written waits here.
    Starting,
    /// Accepted, or to be taken in anew, and waiting for the log to open the epoch that the Welcome leads into. What is
    /// written waits here.
    Joining,
    /// In use.
    Active,
    /// A commit that no honest device would make stands in the log: nothing is sent or believed any more.
    Broken,
    /// This device's store is an old copy: nothing is sent, so that no key is used twice.
    Restored,
    /// This device was removed.
    Removed,
}

/// A conversation as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// The conversation.
    pub id: ConversationId,
    /// The other person.
    pub peer: Name,
    /// How it stands.
    pub state: ConversationState,
    /// What is wrong, when something is.
    pub trouble: Option<String>,
    /// Messages that have not been read.
    pub unread: u64,
    /// The row of the first of them.
    pub first_unread: Option<i64>,
    /// The newest message.
    pub last: Option<MessageView>,
    /// Whether a device of theirs is connected directly or has been heard lately.
    pub online: bool,
    /// Whether they are typing.
    pub typing: bool,
    /// Whether messages go there directly at the moment.
    pub direct: bool,
    /// Messages of theirs that are known to be missing.
    pub missing: u64,
    /// The other person's account.
    pub account: AccountId,
    /// Whether it is the note to oneself: then there is no other person.
    pub is_note: bool,
    /// Whether the other person has accepted it, as far as is known here; or this account has.
    pub is_accepted: bool,
    /// What the other person says of themselves, when they do.
    pub profile: Option<ProfileView>,
    /// How long after they were read the messages that are written here disappear, in seconds; nothing when they stay.
    pub timer_s: Option<u32>,
    /// What the user has set about it.
    pub settings: ChatView,
    /// What the user has made sure of about the other person.
    pub verification: Verification,
    /// What has changed about the other person, when something has.
    pub change: Option<ContactChange>,
}

/// A message request as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestView {
    /// The request.
    pub id: RequestId,
    /// Who asks, verified through the directory.
    pub from: Name,
    /// Their account.
    pub account: AccountId,
    /// Since when the name exists, in Unix milliseconds, as the directory proves.
    pub name_since_ms: Option<u64>,
    /// When it came, in Unix milliseconds.
    pub received_ms: u64,
}

/// Something that the user's side wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The name is ours.
    Registered(Name),
    /// The name is not ours, and why.
    RegistrationFailed(crate::account::RegistrationError),
    /// An answer to [`crate::machine::Machine::contact`]: the conversation is there.
    ContactReady {
        /// The tag that `contact` gave.
        tag: Tag,
        /// The conversation.
        conversation: ConversationId,
    },
    /// An answer to [`crate::machine::Machine::contact`]: there is none.
    ContactFailed {
        /// The tag that `contact` gave.
        tag: Tag,
        /// Why.
        error: crate::contacts::ContactError,
    },
    /// An answer to [`crate::machine::Machine::look_up`].
    NameLookedUp {
        /// The tag that `look_up` gave.
        tag: Tag,
        /// How the name stands, or why that is not known.
        standing: Result<crate::lookup::NameStanding, crate::lookup::LookupError>,
    },
    /// A message is on disk: received, or written here.
    Message(MessageView),
    /// A message reads otherwise than before: edited, deleted, or with other reactions.
    Changed(MessageView),
    /// A message is gone from this device's history: deleted here, or before it was sent.
    Removed {
        /// The conversation.
        conversation: ConversationId,
        /// Its row.
        row: i64,
    },
    /// What waits to be sent in a conversation is otherwise than before.
    Scheduled(ConversationId),
    /// A message's state changed.
    State {
        /// The conversation.
        conversation: ConversationId,
        /// The message.
        id: MessageId,
        /// Its state now.
        state: MessageState,
    },
    /// The transfer of a file goes on, or has ended.
    Transfer(TransferView),
    /// Somebody unknown wants to write.
    Request(RequestView),
    /// A conversation is new, or changed in state, presence or trouble.
    Conversation(Box<ConversationView>),
    /// The home of a log can or can't be reached.
    Home {
        /// The home.
        home: NodeId,
        /// Whether it answers.
        reachable: bool,
    },
    /// Our own directory record is not the one that this device published.
    OwnRecordChanged(OwnRecordChange),
    /// The name has been given up: nobody new finds this account.
    Released(Name),
    /// The name has not been given up, and why.
    ReleaseFailed(ReleaseError),
    /// The network's operators have signed two blocks of one height. Nobody new is looked up until the user has seen
    /// it.
    NetworkForked {
        /// The height.
        height: u64,
    },
    /// Nothing has been seen of the network for longer than it allows: it takes a new invitation from somebody in it.
    TrustExpired {
        /// When something was seen last, in Unix milliseconds.
        seen_ms: u64,
    },
    /// The network's time and this device's differ by more than a few minutes.
    ClockOff {
        /// The network's time, in Unix milliseconds.
        network_ms: u64,
    },
}
