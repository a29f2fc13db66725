//! Invitations: the link into a network, and the sealed invitation into a conversation.

use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::address::Endpoint;
use crate::codec::{self, Blob, Bounded, DecodeError};
use crate::identity::DeviceChain;
use crate::ids::{AccountId, Hash, LogId};
use crate::keys::PublicKey;
use crate::light::Checkpoint;
use crate::limits::{ENVELOPE_BYTES_MAX, HOMES_MAX};
use crate::name::Name;
use crate::signed::{Signed, SignedBody};
use crate::token::Token;

/// What every link begins with.
pub const LINK_PREFIX: &str = "xchat:";
/// Longest link, in characters: the most validators in genesis and checkpoint, three nodes with all that is known of
/// them, and a pass.
pub const LINK_LENGTH_MAX: usize = 16 * 1024;
/// Largest encoded genesis, in bytes.
pub const GENESIS_BYTES_MAX: usize = 4 * 1024;
const CHECKSUM_BYTES: usize = 4;

/// An invitation into a network: which one it is, and where its nodes are.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NetworkInvitation {
    /// The genesis, which is the network's identity.
    #[n(0)]
    pub genesis: Blob<GENESIS_BYTES_MAX>,
    /// Nodes to begin with.
    #[n(1)]
    pub nodes: Bounded<Endpoint, HOMES_MAX>,
    /// Who invites, unverified.
    #[n(2)]
    pub from: Option<Name>,
    /// A block that whoever invites has verified: whoever trusts the link need not follow the validators from the
    /// genesis.
    #[n(3)]
    pub checkpoint: Option<Checkpoint>,
    /// Pays for the registration of a name.
    #[n(4)]
    pub pass: Option<Pass>,
}

/// A registration token with the key that spends it. Whoever has it can spend it, once.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pass {
    /// The token.
    #[n(0)]
    pub token: Signed<Token>,
    /// The seed of the bearer's key.
    #[n(1)]
    pub bearer: Hash,
}

impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pass(..)")
    }
}

/// Why a text is no invitation link.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Does not begin like a link.
    #[error("an invitation begins with {LINK_PREFIX}")]
    NotALink,
    /// Longer than any link.
    #[error("the invitation is too long")]
    TooLong,
    /// A character is wrong or missing.
    #[error("the invitation is damaged: copy it again, whole")]
    Damaged,
    /// Undamaged, but not of a form that this version knows.
    #[error("the invitation is of another version: {0}")]
    Unreadable(DecodeError),
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let [a, b, c, d, ..] = Hash::of("xchat v1 link checksum", &[bytes]).0;
    [a, b, c, d]
}

impl NetworkInvitation {
    /// The link: upper-case base32, which a QR code holds well, with a checksum.
    pub fn link(&self) -> String {
        let mut bytes = codec::encode(self);
        bytes.extend(checksum(&bytes));
        format!("{LINK_PREFIX}{}", BASE32_NOPAD.encode(&bytes))
    }
}

impl FromStr for NetworkInvitation {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > LINK_LENGTH_MAX {
            return Err(LinkError::TooLong);
        }
        let upper = text.to_ascii_uppercase();
        let encoded = upper.strip_prefix("XCHAT:").ok_or(LinkError::NotALink)?;
        let bytes = BASE32_NOPAD
            .decode(encoded.as_bytes())
            .map_err(|_| LinkError::Damaged)?;
        let (body, sum) = bytes
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(LinkError::Damaged)?;
        if *sum != checksum(body) {
            return Err(LinkError::Damaged);
        }
        codec::decode(body, LINK_LENGTH_MAX).map_err(LinkError::Unreadable)
    }
}

/// An invitation into a conversation, signed by the device that sends it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ConversationInvitation {
    /// Whom it is for.
    #[n(0)]
    pub recipient: AccountId,
    /// The conversation's log.
    #[n(1)]
    pub log: LogId,
    /// The epoch that the Welcome leads into. It stays inert until the log opens it.
    #[n(2)]
    pub epoch: u64,
    /// The homes of the log.
    #[n(3)]
    pub homes: Bounded<Endpoint, HOMES_MAX>,
    /// The MLS Welcome.
    #[n(4)]
    pub welcome: Blob<ENVELOPE_BYTES_MAX>,
    /// When it was sent, in Unix milliseconds.
    #[n(5)]
    pub sent_ms: u64,
}

impl SignedBody for InvitationStatement {
    const CONTEXT: &'static str = "xchat v1 conversation invitation";
}

/// What the sending device signs. The invitation's hash covers recipient, log, epoch, homes, Welcome and time.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct InvitationStatement {
    /// Whom it is for.
    #[n(0)]
    pub recipient: AccountId,
    /// The hash of the whole invitation.
    #[n(1)]
    pub invitation: Hash,
}

/// An invitation with its sender's signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SealedContent {
    /// The sending device and its account.
    #[n(0)]
    pub sender: DeviceChain,
    /// The invitation.
    #[n(1)]
    pub invitation: ConversationInvitation,
    /// The sending device's signature over it.
    #[n(2)]
    pub statement: Signed<InvitationStatement>,
}

/// What a device signs that has lost its place in a conversation: its store is an old copy, or it fell behind
/// retention.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RejoinStatement {
    /// Whom it asks.
    #[n(0)]
    pub recipient: AccountId,
    /// The conversation's log.
    #[n(1)]
    pub log: LogId,
    /// The device of the same account whose leaf is to be replaced; perhaps its own.
    #[n(2)]
    pub replaces: PublicKey,
    /// When it was sent, in Unix milliseconds.
    #[n(3)]
    pub sent_ms: u64,
}

impl SignedBody for RejoinStatement {
    const CONTEXT: &'static str = "xchat v1 rejoin statement";
}

/// Asks to be removed from a conversation and added again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RejoinRequest {
    /// The device that is to be added, and its account.
    #[n(0)]
    pub sender: DeviceChain,
    /// Its signature.
    #[n(1)]
    pub statement: Signed<RejoinStatement>,
}

/// What may be sealed to an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum InboxMessage {
    /// An invitation into a conversation.
    #[n(0)]
    Invitation(#[n(0)] SealedContent),
    /// A device of a member asks to be added again.
    #[n(1)]
    Rejoin(#[n(0)] RejoinRequest),
}

/// What lies in an inbox log (HPKE base mode with X-Wing, RFC 9180).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SealedEnvelope {
    /// The encapsulated key.
    #[n(0)]
    pub kem_output: Blob<2048>,
    /// The sealed, padded [`InboxMessage`].
    #[n(1)]
    pub ciphertext: Blob<ENVELOPE_BYTES_MAX>,
}

/// The hash of an invitation, as its sender signs it.
pub fn invitation_hash(invitation: &ConversationInvitation) -> Hash {
    Hash::of(
        "xchat v1 conversation invitation hash",
        &[&codec::encode(invitation)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;

    fn invitation() -> NetworkInvitation {
        let node = Endpoint {
            id: NodeId([7; 32]),
            sockets: Bounded::default(),
            relay: None,
        };
        NetworkInvitation {
            genesis: Blob::new(vec![1, 2, 3]).unwrap(),
            nodes: Bounded::new(vec![node]).unwrap(),
            from: Some("alice".parse().unwrap()),
            checkpoint: None,
            pass: None,
        }
    }

    #[test]
    fn inv_01_a_link_is_read_as_people_paste_it() {
        let link = invitation().link();
        assert_eq!(link.parse(), Ok(invitation()));
        assert_eq!(format!("  {}\n", link.to_lowercase()).parse(), Ok(invitation()));
    }

    #[test]
    fn inv_02_a_damaged_link_is_told_from_a_foreign_text() {
        let link = invitation().link();
        let cut = &link[..link.len() - 2];
        assert_eq!(cut.parse::<NetworkInvitation>(), Err(LinkError::Damaged));
        let swapped = link.replacen('A', "B", 1);
        assert_eq!(swapped.parse::<NetworkInvitation>(), Err(LinkError::Damaged));
        assert_eq!(
            "https://example.org".parse::<NetworkInvitation>(),
            Err(LinkError::NotALink)
        );
        assert_eq!(
            "x".repeat(LINK_LENGTH_MAX + 1).parse::<NetworkInvitation>(),
            Err(LinkError::TooLong)
        );
    }
}
