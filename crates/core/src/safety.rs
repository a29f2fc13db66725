//! Safety numbers: what two people compare to know that nobody stands between them.
//!
//! NOT its concern: where the identity keys come from, and what the user has verified.

use data_encoding::BASE32_NOPAD;
use thiserror::Error;
use xchat_proto::ids::{AccountId, Hash};
use xchat_proto::keys::PublicKey;

use crate::error::MachineError;

/// Groups of digits in a safety number.
pub const GROUPS: usize = 12;
const HALF_GROUPS: usize = GROUPS / 2;
const BYTES_PER_GROUP: usize = 5;
/// What every code begins with. All of it is of the characters that a QR code packs best.
const CODE_PREFIX: &str = "XCHAT-SAFETY:";
const CODE_VERSION: u8 = 1;
/// Longer than any code.
const CODE_LENGTH_MAX: usize = 512;
const CHECKSUM_BYTES: usize = 4;

/// What the user has made sure of about the person in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verification {
    /// Nothing.
    None,
    /// That the identity key is theirs.
    Verified,
    /// The identity key or a device is not one that was known or verified, or the directory names another.
    Changed,
}

/// What the directory has proved about the person in a conversation: that its record names the same identity key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofView {
    /// The height of the block that proves it.
    pub height: u64,
    /// The time of that block, in Unix milliseconds.
    pub block_ms: u64,
    /// How many operators decide in the network.
    pub operators: u32,
    /// How many of them have signed the block.
    pub signers: u32,
    /// How many nodes were asked.
    pub asked: u32,
    /// How many of them agree: they showed this block, or one that it follows.
    pub agreed: u32,
    /// When this device checked it, in Unix milliseconds.
    pub checked_ms: u64,
}

/// What has changed about the person in a conversation since the user knew them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactChange {
    /// The name is another account's by now.
    Account,
    /// The identity key: they came back with their recovery words, or somebody else has them.
    IdentityKey,
    /// The devices: they have a new one, or somebody has added one.
    Device,
}

/// The safety number of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafetyView {
    /// Five digits each, the same and in the same order on both sides.
    pub groups: [String; GROUPS],
    /// What a QR code holds, for the other side to scan.
    pub code: String,
    /// What the user has made sure of.
    pub verification: Verification,
    /// What has changed, when something has.
    pub change: Option<ContactChange>,
    /// What the directory has proved; nothing when it has not been asked, or names another key.
    pub proof: Option<ProofView>,
}

/// Why there is no safety number, or nothing to compare it with.
#[derive(Debug, Error)]
pub enum SafetyError {
    /// No such conversation.
    #[error("there is no such conversation")]
    UnknownConversation,
    /// The note to oneself.
    #[error("there is nobody else in this conversation")]
    NobodyElse,
    /// The other side has no device in the conversation yet.
    #[error("the conversation is still being set up; try again in a moment")]
    NotReady,
    /// The text is no code.
    #[error("this is not a safety code: {0}")]
    MalformedCode(&'static str),
    /// The code is of another conversation.
    #[error("this is the code of another person, not of the one in this conversation")]
    OtherPerson,
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl SafetyError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownConversation => "unknown-conversation",
            Self::NobodyElse => "nobody-else",
            Self::NotReady => "not-ready",
            Self::MalformedCode(_) => "malformed-code",
            Self::OtherPerson => "other-person",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::NotReady => true,
            Self::Machine(error) => error.retryable(),
            _ => false,
        }
    }
}

/// One person's half of a safety number: a hash of the account and its identity key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) [u8; 32]);

impl Fingerprint {
    pub(crate) fn of(account: &AccountId, identity: &PublicKey) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("xchat v1 safety number");
        hasher.update(account.as_bytes());
        hasher.update(&identity.0);
        Self(*hasher.finalize().as_bytes())
    }

    fn groups(&self) -> [String; HALF_GROUPS] {
        let mut parts = self.0.chunks_exact(BYTES_PER_GROUP);
        std::array::from_fn(|_| {
            let part = parts.next().unwrap_or_default().iter();
            let number = part.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
            format!("{:05}", number % 100_000)
        })
    }
}

/// The safety number of two people, whoever of them asks.
pub(crate) fn groups(one: &Fingerprint, other: &Fingerprint) -> [String; GROUPS] {
    let mut halves = [one.groups(), other.groups()];
    halves.sort();
    let mut all = halves.into_iter().flatten();
    std::array::from_fn(|_| all.next().unwrap_or_default())
}

/// What a code says: whose it is, and what that side sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SafetyCode {
    /// The account of whoever shows it.
    pub(crate) account: AccountId,
    /// Their own half, as they see it.
    pub(crate) own: Fingerprint,
    /// The other half, as they see it.
    pub(crate) other: Fingerprint,
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let [a, b, c, d, ..] = Hash::of("xchat v1 safety code checksum", &[body]).0;
    [a, b, c, d]
}

impl SafetyCode {
    pub(crate) fn text(&self) -> String {
        let mut bytes = vec![CODE_VERSION];
        bytes.extend(self.account.as_bytes());
        bytes.extend(self.own.0);
        bytes.extend(self.other.0);
        bytes.extend(checksum(&bytes));
        format!("{CODE_PREFIX}{}", BASE32_NOPAD.encode(&bytes))
    }

    pub(crate) fn read(text: &str) -> Result<Self, SafetyError> {
        let damaged = SafetyError::MalformedCode("it is damaged; scan it again");
        let text = text.trim();
        if text.len() > CODE_LENGTH_MAX {
            return Err(SafetyError::MalformedCode("it is too long"));
        }
        let text = text.to_ascii_uppercase();
        let Some(encoded) = text.strip_prefix(CODE_PREFIX) else {
            return Err(SafetyError::MalformedCode("it is something else"));
        };
        let Ok(bytes) = BASE32_NOPAD.decode(encoded.as_bytes()) else {
            return Err(damaged);
        };
        let Some((body, sum)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
            return Err(damaged);
        };
        if *sum != checksum(body) {
            return Err(damaged);
        }
        let Some((&CODE_VERSION, body)) = body.split_first() else {
            return Err(SafetyError::MalformedCode("it is of another version of X Chat"));
        };
        let (Some((account, rest)), true) = (body.split_first_chunk::<32>(), body.len() == 96) else {
            return Err(damaged);
        };
        let (Some((own, _)), Some((_, other))) =
            (rest.split_first_chunk::<32>(), rest.split_last_chunk::<32>())
        else {
            return Err(damaged);
        };
        Ok(Self {
            account: AccountId(*account),
            own: Fingerprint(*own),
            other: Fingerprint(*other),
        })
    }
}

#[cfg(test)]
mod tests;
