//! Accounts and devices: the self-certifying chain from an account id to a device key.
//!
//! An account is the hash of its first identity link. Each link names an identity key and commits to the next
//! one, which no device holds (pre-rotation): whoever steals a device can't outbid the owner of the phrase. A
//! device is certified by the newest link. Everything here can be checked from the bytes alone: no clock, no
//! directory.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::codec::Bounded;
use crate::ids::{AccountId, Hash};
use crate::keys::{PublicKey, SigningKey};
use crate::limits::IDENTITY_LINKS_MAX;
use crate::name::Name;
use crate::signed::{Signed, SignedBody, VerifyError};

/// The commitment to an identity key that is not revealed yet.
pub fn key_commitment(key: &PublicKey) -> Hash {
    Hash::of("xchat v1 identity key commitment", &[&key.0])
}

/// One identity key of an account, signed by itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct IdentityLink {
    /// The number of the key: 0, 1, 2 ...
    #[n(0)]
    pub number: u32,
    /// The key.
    #[n(1)]
    pub key: PublicKey,
    /// The commitment to key number + 1.
    #[n(2)]
    pub next: Hash,
}

impl SignedBody for IdentityLink {
    const CONTEXT: &'static str = "xchat v1 identity link";
}

/// A device key, certified by the account's newest identity key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeviceCertificate {
    /// The account that the device speaks for.
    #[n(0)]
    pub account: AccountId,
    /// The number of the identity key that signs this.
    #[n(1)]
    pub identity_number: u32,
    /// The device's own key, which is its MLS signature key too.
    #[n(2)]
    pub device: PublicKey,
    /// When it was certified, in Unix milliseconds. Informative: nothing is judged by it.
    #[n(3)]
    pub created_ms: u64,
}

impl SignedBody for DeviceCertificate {
    const CONTEXT: &'static str = "xchat v1 device certificate";
}

/// The chain from account to device: what every MLS leaf carries as its credential.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeviceChain {
    /// The name that the account claims. The directory says whether it is so; the chain does not.
    #[n(0)]
    pub name: Name,
    /// All identity links from number 0 to the newest.
    #[n(1)]
    pub links: Bounded<Signed<IdentityLink>, IDENTITY_LINKS_MAX>,
    /// The device, certified by the newest link.
    #[n(2)]
    pub device: Signed<DeviceCertificate>,
}

/// A device whose chain has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedDevice {
    /// The account.
    pub account: AccountId,
    /// The claimed name.
    pub name: Name,
    /// The device key.
    pub device: PublicKey,
    /// The newest identity link.
    pub identity: IdentityLink,
}

/// Why a chain is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainError {
    /// The chain has no identity link.
    #[error("the chain has no identity key")]
    Empty,
    /// The links are not numbered 0, 1, 2 ...
    #[error("identity link {0} is out of place")]
    OutOfPlace(u32),
    /// A link's key is not the one that the link before committed to.
    #[error("identity key {0} is not the one that was committed to")]
    NotCommitted(u32),
    /// A signature or body is bad.
    #[error("identity chain: {0}")]
    Unverified(#[from] VerifyError),
    /// The certificate names another account than the chain.
    #[error("the device is certified for another account")]
    OtherAccount,
    /// The certificate is not by the newest identity key.
    #[error("the device is certified by an identity key that has been replaced")]
    OldIdentity,
}

/// Checks links 0 to n and returns the account and the newest link.
///
/// # Errors
/// [`ChainError`] with the first thing that is wrong.
pub fn verify_links(links: &[Signed<IdentityLink>]) -> Result<(AccountId, IdentityLink), ChainError> {
    let first = links.first().ok_or(ChainError::Empty)?;
    let account = account_of(first);
    let mut newest: Option<IdentityLink> = None;
    for signed in links {
        let claimed = signed.unverified()?;
        let link = signed.verify(&claimed.key)?;
        let expected = newest
            .as_ref()
            .map_or(Some(0), |before| before.number.checked_add(1));
        if Some(link.number) != expected {
            return Err(ChainError::OutOfPlace(link.number));
        }
        if newest
            .as_ref()
            .is_some_and(|before| before.next != key_commitment(&link.key))
        {
            return Err(ChainError::NotCommitted(link.number));
        }
        newest = Some(link);
    }
    Ok((account, newest.ok_or(ChainError::Empty)?))
}

/// The account whose first link this is.
pub fn account_of(first: &Signed<IdentityLink>) -> AccountId {
    AccountId(Hash::of("xchat v1 account", &[first.body()]).0)
}

impl DeviceChain {
    /// Checks the whole chain.
    ///
    /// # Errors
    /// [`ChainError`] with the first thing that is wrong.
    pub fn verify(&self) -> Result<VerifiedDevice, ChainError> {
        let (account, identity) = verify_links(self.links.as_slice())?;
        let certificate = self.device.verify(&identity.key)?;
        if certificate.account != account {
            return Err(ChainError::OtherAccount);
        }
        if certificate.identity_number != identity.number {
            return Err(ChainError::OldIdentity);
        }
        Ok(VerifiedDevice {
            account,
            name: self.name.clone(),
            device: certificate.device,
            identity,
        })
    }
}

/// Signs link `number` with its own key.
///
/// # Errors
/// Never in practice: the body is far below the limit of a signed body.
pub fn sign_link(
    number: u32,
    key: &SigningKey,
    next: &PublicKey,
) -> Result<Signed<IdentityLink>, crate::codec::DecodeError> {
    Signed::new(
        &IdentityLink {
            number,
            key: key.public(),
            next: key_commitment(next),
        },
        key,
    )
}

#[cfg(test)]
mod tests;
