//! What a device tells in passing, as it stands in an ephemeral envelope.

use minicbor::{Decode, Encode};
use xchat_proto::codec::{self, DecodeError};
use xchat_proto::ids::LogId;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::EPHEMERAL_BYTES_MAX;
use xchat_proto::signed::{Signed, SignedBody};

/// What a device tells in passing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Sign {
    /// Its user is looking.
    #[n(0)]
    Present,
    /// Its user is not looking any more.
    #[n(1)]
    Away,
    /// Its user types.
    #[n(2)]
    Typing,
    /// Its user has stopped typing.
    #[n(3)]
    NotTyping,
}

/// A sign, signed by the device within one epoch of one log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ephemeral {
    /// Who tells it.
    #[n(0)]
    pub device: PublicKey,
    /// In which conversation.
    #[n(1)]
    pub log: LogId,
    /// In which epoch of it.
    #[n(2)]
    pub epoch: u64,
    /// When, by the device's clock. A sign that is not newer than the one before is a replay.
    #[n(3)]
    pub at_ms: u64,
    /// What it tells.
    #[n(4)]
    pub sign: Sign,
}

impl SignedBody for Ephemeral {
    const CONTEXT: &'static str = "xchat v1 ephemeral";
}

/// Reads what an opened envelope holds. Nobody is believed yet.
///
/// # Errors
/// [`DecodeError`] when it is no signed sign.
pub fn decode(opened: &[u8]) -> Result<Signed<Ephemeral>, DecodeError> {
    codec::decode(opened, EPHEMERAL_BYTES_MAX)
}
