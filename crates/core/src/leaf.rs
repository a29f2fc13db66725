//! MLS leaves: the device key as MLS signer, and the device chain as credential.

use openmls::prelude::{
    ApplicationIdExtension, BasicCredential, Capabilities, Ciphersuite, Credential, CredentialWithKey,
    Extension, ExtensionType, LeafNode, SignatureScheme,
};
use openmls_traits::signatures::{Signer, SignerError};
use thiserror::Error;
use xchat_proto::codec::{self, DecodeError};
use xchat_proto::identity::{ChainError, DeviceChain, VerifiedDevice};
use xchat_proto::keys::SigningKey;

/// The suite of new groups: hybrid post-quantum (X-Wing) key agreement, Ed25519 signatures.
pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

/// The GroupContext extension that says what kind of conversation a group is.
pub const POLICY_EXTENSION: u16 = 0xf0c1;

const CHAIN_BYTES_MAX: usize = 32 * 1024;

/// Why a leaf is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LeafError {
    /// Not a credential of ours.
    #[error("the credential is not a device chain: {0}")]
    NotAChain(String),
    /// The chain does not hold.
    #[error("{0}")]
    Chain(#[from] ChainError),
    /// The leaf is signed by another key than the certified device's.
    #[error("the leaf's key is not the certified device's")]
    OtherKey,
}

impl From<DecodeError> for LeafError {
    fn from(error: DecodeError) -> Self {
        Self::NotAChain(error.to_string())
    }
}

/// What every device of ours can do in a group.
pub(crate) fn capabilities() -> Capabilities {
    let extensions = [
        ExtensionType::Unknown(POLICY_EXTENSION),
        ExtensionType::LastResort,
    ];
    Capabilities::new(None, Some(&[SUITE]), Some(&extensions), None, None)
}

/// When a KeyPackage was made stands in its leaf's application id: MLS's own lifetimes are read by the wall clock.
const MADE_AT: &[u8] = b"xchat made ";

/// The leaf extension that says when a KeyPackage was made.
pub(crate) fn made_at(now_ms: u64) -> Extension {
    Extension::ApplicationId(ApplicationIdExtension::new(
        &[MADE_AT, &now_ms.to_be_bytes()].concat(),
    ))
}

/// When the leaf's KeyPackage was made, in Unix milliseconds, as its device says.
pub(crate) fn made_ms(leaf: &LeafNode) -> Option<u64> {
    let id = leaf
        .extensions()
        .application_id()?
        .as_slice()
        .strip_prefix(MADE_AT)?;
    Some(u64::from_be_bytes(id.try_into().ok()?))
}

/// The device key, as MLS wants its signer.
pub(crate) struct LeafSigner<'k>(pub(crate) &'k SigningKey);

impl Signer for LeafSigner<'_> {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).0.to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// The credential of the device that `chain` certifies.
pub(crate) fn credential(chain: &DeviceChain, key: &SigningKey) -> CredentialWithKey {
    CredentialWithKey {
        credential: BasicCredential::new(codec::encode(chain)).into(),
        signature_key: key.public().0.to_vec().into(),
    }
}

/// Checks a leaf's whole chain: device key, certificate, identity links (CNV-01).
///
/// # Errors
/// [`LeafError`] when the leaf does not belong to the account that it names.
pub fn verify_leaf(credential: &Credential, signature_key: &[u8]) -> Result<VerifiedDevice, LeafError> {
    let basic = BasicCredential::try_from(credential.clone())
        .map_err(|error| LeafError::NotAChain(error.to_string()))?;
    let chain: DeviceChain = codec::decode(basic.identity(), CHAIN_BYTES_MAX)?;
    let device = chain.verify()?;
    if device.device.0.as_slice() != signature_key {
        return Err(LeafError::OtherKey);
    }
    Ok(device)
}
