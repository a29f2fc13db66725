//! What a client and a home say to each other about logs.
//!
//! One bidirectional stream carries framed, numbered requests and their replies in any order. Each
//! subscription has a bidirectional stream of its own: one [`Request::Subscribe`], then entries until the
//! segment closes; QUIC's flow control is the backpressure.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::capability::CapabilityClaim;
use crate::codec::{Blob, Bounded};
use crate::contact::ContactCard;
use crate::decision::{CommitValue, DecisionCertificate};
use crate::ids::{Hash, LogId};
use crate::keys::PublicKey;
use crate::limits::{
    ENVELOPE_BYTES_MAX, EPHEMERAL_BYTES_MAX, KEY_PACKAGE_BYTES_MAX, KEY_PACKAGES_MAX, READ_ENTRIES_MAX,
};
use crate::signed::Signed;
use crate::work::{Challenge, Work};

/// The ALPN of mailbox connections.
pub const MAILBOX_ALPN: &[u8] = b"xchat/mailbox/1";

/// An envelope's bytes.
pub type EnvelopeBytes = Blob<ENVELOPE_BYTES_MAX>;
/// An encoded MLS KeyPackage.
pub type KeyPackageBytes = Blob<KEY_PACKAGE_BYTES_MAX>;

/// A request and the number that its reply will carry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RequestFrame {
    /// Chosen by the client, unique among its requests in flight.
    #[n(0)]
    pub id: u64,
    /// The request.
    #[n(1)]
    pub request: Request,
}

/// A reply to the request of the same number.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ReplyFrame {
    /// The request's number.
    #[n(0)]
    pub id: u64,
    /// The reply.
    #[n(1)]
    pub reply: Reply,
}

/// What a client asks of a home.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    /// Proves a capability for the rest of this connection.
    #[n(0)]
    Prove {
        /// The signed claim.
        #[n(0)]
        claim: Signed<CapabilityClaim>,
    },
    /// Creates a conversation log whose first segment is `epoch`. The same request again is answered the same.
    #[n(1)]
    CreateConversation {
        /// The log, 32 random bytes.
        #[n(0)]
        log: LogId,
        /// The epoch of the first segment.
        #[n(1)]
        epoch: u64,
        /// The capability key of that segment.
        #[n(2)]
        capability: PublicKey,
        /// The price, see [`log_challenge`].
        #[n(3)]
        work: Work,
    },
    /// Creates an inbox log. The same request again is answered the same.
    #[n(2)]
    CreateInbox {
        /// The log, 32 random bytes.
        #[n(0)]
        log: LogId,
        /// The key of its owner.
        #[n(1)]
        owner: PublicKey,
        /// Proof-of-work bits of a deposit.
        #[n(2)]
        deposit_bits: u8,
        /// The price, see [`log_challenge`].
        #[n(3)]
        work: Work,
    },
    /// Appends an envelope to the open segment.
    #[n(3)]
    Append {
        /// The log.
        #[n(0)]
        log: LogId,
        /// The epoch that the sender believes is open.
        #[n(1)]
        epoch: u64,
        /// The envelope.
        #[n(2)]
        envelope: EnvelopeBytes,
    },
    /// Submits a commit for decision.
    #[n(4)]
    SubmitCommit {
        /// The log.
        #[n(0)]
        log: LogId,
        /// The epoch that the commit closes.
        #[n(1)]
        epoch: u64,
        /// The value to decide.
        #[n(2)]
        value: CommitValue,
    },
    /// Reads entries of one segment (of an inbox: epoch 0).
    #[n(5)]
    Read {
        /// The log.
        #[n(0)]
        log: LogId,
        /// The epoch of the segment.
        #[n(1)]
        epoch: u64,
        /// The first index wanted.
        #[n(2)]
        from: u64,
    },
    /// Reads entries of one segment and goes on live until it closes. On a stream of its own.
    #[n(6)]
    Subscribe {
        /// The log.
        #[n(0)]
        log: LogId,
        /// The epoch of the segment.
        #[n(1)]
        epoch: u64,
        /// The first index wanted.
        #[n(2)]
        from: u64,
    },
    /// Passes an envelope on to the present subscribers of the open segment; it is never stored.
    #[n(7)]
    Ephemeral {
        /// The log.
        #[n(0)]
        log: LogId,
        /// The epoch.
        #[n(1)]
        epoch: u64,
        /// The envelope.
        #[n(2)]
        envelope: Blob<EPHEMERAL_BYTES_MAX>,
    },
    /// Leaves a sealed envelope in somebody's inbox.
    #[n(8)]
    Deposit {
        /// The inbox log.
        #[n(0)]
        log: LogId,
        /// The sealed envelope.
        #[n(1)]
        envelope: EnvelopeBytes,
        /// The price, see [`deposit_challenge`].
        #[n(2)]
        work: Work,
    },
    /// Removes an inbox's entries below an index.
    #[n(9)]
    TrimInbox {
        /// The inbox log.
        #[n(0)]
        log: LogId,
        /// The first index that stays.
        #[n(1)]
        before: u64,
    },
    /// Replaces the contact card of an inbox.
    #[n(10)]
    PublishCard {
        /// The inbox log.
        #[n(0)]
        log: LogId,
        /// The card.
        #[n(1)]
        card: ContactCard,
    },
    /// Adds one-time KeyPackages and replaces the last-resort one.
    #[n(11)]
    PublishKeyPackages {
        /// The inbox log.
        #[n(0)]
        log: LogId,
        /// The device that they are for.
        #[n(1)]
        device: PublicKey,
        /// One-time KeyPackages to add.
        #[n(2)]
        one_time: Bounded<KeyPackageBytes, KEY_PACKAGES_MAX>,
        /// The new last-resort KeyPackage.
        #[n(3)]
        last_resort: Option<KeyPackageBytes>,
    },
    /// Asks for the contact card of an inbox.
    #[n(12)]
    FetchCard {
        /// The inbox log.
        #[n(0)]
        log: LogId,
    },
    /// Takes a KeyPackage of a device: a one-time one while there are any, then the last-resort one.
    #[n(13)]
    FetchKeyPackage {
        /// The inbox log.
        #[n(0)]
        log: LogId,
        /// The device.
        #[n(1)]
        device: PublicKey,
        /// A random number, so that the work is done for this request.
        #[n(2)]
        salt: u64,
        /// The price, see [`key_package_challenge`].
        #[n(3)]
        work: Work,
    },
    /// How many one-time KeyPackages of a device are left.
    #[n(14)]
    CountKeyPackages {
        /// The inbox log.
        #[n(0)]
        log: LogId,
        /// The device.
        #[n(1)]
        device: PublicKey,
    },
}

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Entry {
    /// The position in the whole log, counted from 0 across its segments.
    #[n(0)]
    pub index: u64,
    /// What was appended.
    #[n(1)]
    pub body: EntryBody,
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum EntryBody {
    /// An appended or deposited envelope.
    #[n(0)]
    Envelope(#[n(0)] EnvelopeBytes),
    /// The decided commit that closes the segment: its last entry.
    #[n(1)]
    Commit {
        /// The value.
        #[n(0)]
        value: CommitValue,
        /// The certificate.
        #[n(1)]
        certificate: DecisionCertificate,
    },
}

/// What a subscription's stream carries.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SubscriptionFrame {
    /// An entry, in order of index. A commit is the last frame of the stream.
    #[n(0)]
    Entry(#[n(0)] Entry),
    /// An ephemeral envelope of the segment's epoch.
    #[n(1)]
    Ephemeral(#[n(0)] Blob<EPHEMERAL_BYTES_MAX>),
    /// Everything that was there at the start of the subscription has been sent; what follows is live.
    #[n(2)]
    CaughtUp,
    /// The subscription is refused or ends.
    #[n(3)]
    Refused(#[n(0)] Refusal),
}

/// What a home answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Reply {
    /// Done, and on disk where something was to be kept.
    #[n(0)]
    Done,
    /// The envelope is on disk at this index; perhaps it was before.
    #[n(1)]
    Appended {
        /// The index.
        #[n(0)]
        index: u64,
    },
    /// This value is decided for the epoch: the one submitted, or another that came first.
    #[n(2)]
    Decided {
        /// The value.
        #[n(0)]
        value: CommitValue,
        /// The certificate.
        #[n(1)]
        certificate: DecisionCertificate,
    },
    /// Entries from the asked index on.
    #[n(3)]
    Entries {
        /// The entries.
        #[n(0)]
        entries: Bounded<Entry, READ_ENTRIES_MAX>,
        /// Whether more can be read at once.
        #[n(1)]
        more: bool,
    },
    /// The contact card.
    #[n(4)]
    Card(#[n(0)] ContactCard),
    /// A KeyPackage.
    #[n(5)]
    KeyPackage {
        /// The KeyPackage.
        #[n(0)]
        key_package: KeyPackageBytes,
        /// Whether it is the last-resort one.
        #[n(1)]
        last_resort: bool,
    },
    /// A number.
    #[n(6)]
    Count(#[n(0)] u64),
    /// No.
    #[n(7)]
    Refused(#[n(0)] Refusal),
}

/// Why a home refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Error)]
pub enum Refusal {
    /// No such log here (any more).
    #[n(0)]
    #[error("the home has no such log")]
    UnknownLog,
    /// The capability for this was not proved on this connection, or is not valid.
    #[n(1)]
    #[error("the capability has not been proved on this connection")]
    NotProved,
    /// The segment of that epoch is closed; another epoch is open.
    #[n(2)]
    #[error("epoch {open} is open now")]
    StaleEpoch {
        /// The open epoch.
        #[n(0)]
        open: u64,
    },
    /// The epoch has not been opened yet.
    #[n(3)]
    #[error("the epoch is not open yet")]
    FutureEpoch,
    /// Larger than allowed.
    #[n(4)]
    #[error("too large")]
    TooLarge,
    /// The log's quota is used up.
    #[n(5)]
    #[error("the log is full")]
    QuotaExceeded,
    /// The home can't write to its disk.
    #[n(6)]
    #[error("the home can't store anything at the moment")]
    StorageFailed,
    /// The proof of work is missing or too cheap.
    #[n(7)]
    #[error("proof of work of {bits} bits is needed")]
    WorkNeeded {
        /// The bits needed.
        #[n(0)]
        bits: u8,
    },
    /// A log of that id exists and is another one.
    #[n(8)]
    #[error("the log id is taken")]
    LogTaken,
    /// There is nothing of the kind.
    #[n(9)]
    #[error("there is none")]
    NothingThere,
    /// The request is not well made.
    #[n(10)]
    #[error("the request is malformed")]
    Malformed,
    /// More requests, capabilities or subscriptions than one connection may have.
    #[n(11)]
    #[error("too many requests on this connection")]
    TooMany,
    /// The request does not fit the log: an append to an inbox, a deposit into a conversation.
    #[n(12)]
    #[error("the log is of another kind")]
    WrongKind,
    /// The entries asked for, or the whole segment, are older than the home keeps them.
    #[n(13)]
    #[error("the entries have expired: epoch {open} is open, the first entry kept is {first}")]
    Expired {
        /// The epoch of the log's open segment.
        #[n(0)]
        open: u64,
        /// The index of the log's first entry that is kept, or of its next one when none is.
        #[n(1)]
        first: u64,
    },
}

/// The price of creating a log.
pub fn log_challenge(log: &LogId, key: &PublicKey) -> Challenge {
    Challenge::new("xchat v1 log work", &[log.as_bytes(), &key.0])
}

/// The price of a deposit: it binds the envelope, so it can't be spent on another.
pub fn deposit_challenge(log: &LogId, envelope: &[u8]) -> Challenge {
    Challenge::new(
        "xchat v1 deposit work",
        &[log.as_bytes(), Hash::of_envelope(envelope).as_bytes()],
    )
}

/// The price of a KeyPackage.
pub fn key_package_challenge(log: &LogId, device: &PublicKey, salt: u64) -> Challenge {
    Challenge::new(
        "xchat v1 key package work",
        &[log.as_bytes(), &device.0, &salt.to_be_bytes()],
    )
}
