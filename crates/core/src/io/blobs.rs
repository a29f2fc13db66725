//! What goes in and out about the sealed files that messages have: the machine says which go where and when, the body
//! moves the bytes (docs/spec/transfers.md).

use xchat_proto::address::Endpoint;
use xchat_proto::ids::{Hash, LogId, NodeId};
use zeroize::Zeroizing;

use super::{Capability, ConversationId, Tag};

/// Marks a device's question for a file until it is answered.
pub type Ask = u64;

/// A sealed file on this device's disk, whole or in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobFile {
    /// What it is called on the disk.
    pub file: [u8; 16],
    /// Its address, by which others know it.
    pub hash: Hash,
    /// The size of what was sealed, in bytes.
    pub size: u64,
}

/// A sealed file, and what opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// The file.
    pub blob: BlobFile,
    /// The key.
    pub key: Zeroizing<[u8; 32]>,
    /// The nonce.
    pub nonce: [u8; 7],
}

impl std::fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedFile")
            .field("blob", &self.blob)
            .finish_non_exhaustive()
    }
}

/// Where a file is to come from.
#[expect(
    clippy::large_enum_variant,
    reason = "one for each transfer, and it is used at once"
)]
#[derive(Debug, Clone)]
pub enum BlobSource {
    /// The home of the conversation.
    Home {
        /// The home.
        home: Endpoint,
        /// To be proved first.
        capability: Capability,
    },
    /// A device that is connected directly.
    Peer {
        /// The device.
        peer: NodeId,
        /// The log of the conversation that it was sent in.
        log: LogId,
    },
}

/// Why bytes did not get where they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlobFailure {
    /// The other end can't be reached, or the connection broke. What has arrived stays.
    Unreachable,
    /// The other end hasn't got it, or not all of it yet.
    Unknown,
    /// The other end doesn't let this device.
    Denied,
    /// The home has no room for it.
    NoRoom,
    /// The home takes none of this size.
    TooLarge,
    /// Somebody in the conversation has taken its address at the home.
    Taken,
    /// What came was not what had been asked for. What was right stays.
    Corrupt,
    /// This device's file is not what was sealed any more.
    Lost,
    /// This device's disk is full.
    DiskFull,
    /// This device's disk fails.
    DiskFailed,
}

impl BlobFailure {
    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unknown => "not-there",
            Self::Denied => "denied",
            Self::NoRoom => "no-room",
            Self::TooLarge => "too-large",
            Self::Taken => "taken",
            Self::Corrupt => "corrupt",
            Self::Lost => "lost",
            Self::DiskFull => "disk-full",
            Self::DiskFailed => "disk-failed",
        }
    }

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Unreachable => 1,
            Self::Unknown => 2,
            Self::Denied => 3,
            Self::NoRoom => 4,
            Self::TooLarge => 5,
            Self::Taken => 6,
            Self::Corrupt => 7,
            Self::Lost => 8,
            Self::DiskFull => 9,
            Self::DiskFailed => 10,
        }
    }

    pub(crate) fn of_number(number: i64) -> Option<Self> {
        Some(match number {
            1 => Self::Unreachable,
            2 => Self::Unknown,
            3 => Self::Denied,
            4 => Self::NoRoom,
            5 => Self::TooLarge,
            6 => Self::Taken,
            7 => Self::Corrupt,
            8 => Self::Lost,
            9 => Self::DiskFull,
            10 => Self::DiskFailed,
            _ => return None,
        })
    }
}

/// Something about files that happened outside.
#[derive(Debug)]
pub enum BlobInput {
    /// A put, get or withdrawal ended; after [`BlobOutput::Stop`] it need not be told.
    Done {
        /// Its tag.
        tag: Tag,
        /// How. A file that came is all on disk, one that was put all on the home's disk.
        outcome: Result<(), BlobFailure>,
    },
    /// A put or get goes on. At most four times a second.
    Progress {
        /// Its tag.
        tag: Tag,
        /// How much of the file is where it should be, in bytes.
        bytes: u64,
    },
    /// A device asks for a file, and is answered with [`BlobOutput::Grant`] or [`BlobOutput::Deny`].
    Asked {
        /// Marks the question.
        ask: Ask,
        /// The authenticated endpoint that it came from.
        peer: NodeId,
        /// The log of the conversation.
        log: LogId,
        /// The address of the file.
        hash: Hash,
    },
}

/// Something to do with files.
#[derive(Debug)]
pub enum BlobOutput {
    /// Put a file at a home, what of it isn't there, and answer with [`BlobInput::Done`]. The body pays the price.
    Put {
        /// The tag for the answer.
        tag: Tag,
        /// The home.
        home: Endpoint,
        /// To be proved first.
        capability: Capability,
        /// The file.
        blob: BlobFile,
        /// The secret that erases it there: the home is told its hash.
        secret: [u8; 32],
    },
    /// Get what of a file is not here, and answer with [`BlobInput::Done`].
    Get {
        /// The tag for the answer.
        tag: Tag,
        /// From where.
        from: BlobSource,
        /// The file.
        blob: BlobFile,
    },
    /// Stop a put or a get. What has arrived stays.
    Stop {
        /// Its tag.
        tag: Tag,
    },
    /// Erase a file that was put at a home, and answer with [`BlobInput::Done`]. One that isn't there is erased.
    Withdraw {
        /// The tag for the answer.
        tag: Tag,
        /// The home.
        home: Endpoint,
        /// The log of the conversation.
        log: LogId,
        /// The address of the file.
        hash: Hash,
        /// The secret that erases it.
        secret: [u8; 32],
    },
    /// Erase a file from the disk of this device, after whatever is done with it has stopped.
    Erase {
        /// What it is called.
        file: [u8; 16],
    },
    /// A device may have a file that it asked for.
    Grant {
        /// The question.
        ask: Ask,
        /// The file.
        blob: BlobFile,
    },
    /// A device may not.
    Deny {
        /// The question.
        ask: Ask,
    },
}

/// Which way a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To the others.
    Up,
    /// To this device.
    Down,
}

/// How far the transfer of a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransferState {
    /// It begins, or is tried again, by itself; and why it isn't under way when something was wrong. A download that
    /// nobody has at the moment waits with [`BlobFailure::Unknown`].
    Waiting(Option<BlobFailure>),
    /// Under way.
    Running,
    /// The user has stopped it.
    Paused,
    /// Here; or where the others can have it.
    Done,
    /// It is not tried again.
    Refused(BlobFailure),
    /// Nobody has asked for it: a file that doesn't come by itself.
    Offered,
}

/// The transfer of a file as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferView {
    /// The conversation.
    pub conversation: ConversationId,
    /// The row of its message.
    pub row: i64,
    /// Which of the message's files, from 0.
    pub part: u32,
    /// Which way it goes.
    pub direction: Direction,
    /// How far it has come.
    pub state: TransferState,
    /// How much of it is where it should be, in bytes.
    pub bytes: u64,
    /// Its size in bytes.
    pub size: u64,
}
