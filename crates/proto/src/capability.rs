//! Capabilities: what a node accepts in the place of an account.
//!
//! Whoever holds the capability key of a log proves it with a signature over role, home, log, epoch and the exporter of
//! this very TLS connection, so a proof can't be carried to another connection, home, log or epoch.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::ids::{Hash, LogId, NodeId};
use crate::keys::PublicKey;
use crate::signed::{Signed, SignedBody, VerifyError};

/// The label of the TLS exporter (RFC 8446, section 7.5) that a proof is bound to.
pub const EXPORTER_LABEL: &[u8] = b"xchat v1 capability binding";

/// What a capability lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Append to and read the segment of one epoch of a conversation.
    #[n(0)]
    Member,
    /// Read and trim an inbox and publish its contact card and KeyPackages. The epoch is 0.
    #[n(1)]
    Owner,
}

/// What is signed to prove a capability.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CapabilityClaim {
    /// The role.
    #[n(0)]
    pub role: Role,
    /// The home that is asked.
    #[n(1)]
    pub home: NodeId,
    /// The log.
    #[n(2)]
    pub log: LogId,
    /// The epoch of the segment, 0 for an inbox.
    #[n(3)]
    pub epoch: u64,
    /// The exporter of the connection.
    #[n(4)]
    pub binding: Hash,
}

impl SignedBody for CapabilityClaim {
    const CONTEXT: &'static str = "xchat v1 capability claim";
}

/// Why a capability is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CapabilityError {
    /// Not signed by the capability key.
    #[error("capability: {0}")]
    Unverified(#[from] VerifyError),
    /// Signed, but for another home or another connection.
    #[error("the capability was proved to another home or on another connection")]
    NotBound,
}

/// Checks a claim against the connection it came over and the key of the log.
///
/// # Errors
/// [`CapabilityError`] when the claim is not for this home and connection, or not by `key`.
pub fn verify_claim(
    claim: &Signed<CapabilityClaim>,
    key: &PublicKey,
    home: &NodeId,
    binding: &Hash,
) -> Result<CapabilityClaim, CapabilityError> {
    let claim = claim.verify(key)?;
    if claim.home != *home || claim.binding != *binding {
        return Err(CapabilityError::NotBound);
    }
    Ok(claim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    #[test]
    fn cap_01_a_proof_serves_one_home_and_one_connection() {
        let key = SigningKey::from_seed(&[1; 32]);
        let (home, binding) = (NodeId([2; 32]), Hash([3; 32]));
        let claim = CapabilityClaim {
            role: Role::Member,
            home,
            log: LogId([4; 32]),
            epoch: 5,
            binding,
        };
        let signed = Signed::new(&claim, &key).unwrap();
        assert_eq!(verify_claim(&signed, &key.public(), &home, &binding), Ok(claim));
        let elsewhere = verify_claim(&signed, &key.public(), &NodeId([9; 32]), &binding);
        assert_eq!(elsewhere, Err(CapabilityError::NotBound));
        let replayed = verify_claim(&signed, &key.public(), &home, &Hash([9; 32]));
        assert_eq!(replayed, Err(CapabilityError::NotBound));
        let stranger = SigningKey::from_seed(&[7; 32]).public();
        assert!(verify_claim(&signed, &stranger, &home, &binding).is_err());
    }
}
