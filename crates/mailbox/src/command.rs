//! The commands that write.

use xchat_proto::codec::Bounded;
use xchat_proto::contact::ContactCard;
use xchat_proto::decision::CommitValue;
use xchat_proto::ids::LogId;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::KEY_PACKAGES_MAX;
use xchat_proto::mailbox_wire::{EnvelopeBytes, KeyPackageBytes};

/// A request that was admitted: the capability is proved and the price is paid. [`crate::Session`] makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Creates a conversation log.
    CreateConversation {
        /// The log.
        log: LogId,
        /// The epoch of the first segment.
        epoch: u64,
        /// The capability key of that segment.
        capability: PublicKey,
    },
    /// Creates an inbox log.
    CreateInbox {
        /// The log.
        log: LogId,
        /// The key of its owner.
        owner: PublicKey,
        /// Proof-of-work bits of a deposit.
        deposit_bits: u8,
    },
    /// Appends an envelope to the open segment of a conversation.
    Append {
        /// The log.
        log: LogId,
        /// The epoch whose key the sender has proved.
        epoch: u64,
        /// The envelope.
        envelope: EnvelopeBytes,
    },
    /// Decides a commit, unless one is decided.
    SubmitCommit {
        /// The log.
        log: LogId,
        /// The epoch that the commit closes.
        epoch: u64,
        /// The value.
        value: CommitValue,
    },
    /// Leaves an envelope in an inbox.
    Deposit {
        /// The inbox.
        log: LogId,
        /// The envelope.
        envelope: EnvelopeBytes,
    },
    /// Removes an inbox's entries below an index.
    TrimInbox {
        /// The inbox.
        log: LogId,
        /// The first index that stays.
        before: u64,
    },
    /// Replaces the contact card of an inbox.
    PublishCard {
        /// The inbox.
        log: LogId,
        /// The card.
        card: ContactCard,
    },
    /// Adds one-time KeyPackages and replaces the last-resort one.
    PublishKeyPackages {
        /// The inbox.
        log: LogId,
        /// The device.
        device: PublicKey,
        /// One-time KeyPackages to add.
        one_time: Bounded<KeyPackageBytes, KEY_PACKAGES_MAX>,
        /// The new last-resort KeyPackage.
        last_resort: Option<KeyPackageBytes>,
    },
    /// Takes a KeyPackage of a device.
    FetchKeyPackage {
        /// The inbox.
        log: LogId,
        /// The device.
        device: PublicKey,
        /// The salt that was paid for; it serves once.
        salt: u64,
    },
}
