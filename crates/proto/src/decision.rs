//! Decided commits: the value that a log's homes agree on for an epoch, and the certificate that says so.
//!
//! MLS needs one commit per epoch. The homes decide which; only their certificate lets a client merge, and
//! only it opens the next segment. With one home the certificate holds one signature; the format is that of
//! several.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::address::Endpoint;
use crate::codec::{self, Blob, Bounded};
use crate::ids::{Hash, LogId, NodeId};
use crate::keys::PublicKey;
use crate::limits::{ENVELOPE_BYTES_MAX, HOMES_MAX};
use crate::signed::{Signed, SignedBody};

/// What a commit decides: the commit itself, and under which key and where the log goes on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CommitValue {
    /// The commit, as an envelope.
    #[n(0)]
    pub envelope: Blob<ENVELOPE_BYTES_MAX>,
    /// The capability key of the next epoch's segment.
    #[n(1)]
    pub next_capability: PublicKey,
    /// The homes of the next epoch's segment.
    #[n(2)]
    pub next_homes: Bounded<Endpoint, HOMES_MAX>,
}

impl CommitValue {
    /// The hash by which the value is decided.
    pub fn hash(&self) -> Hash {
        Hash::of("xchat v1 commit value", &[&codec::encode(self)])
    }
}

/// What one home says: this value closes this epoch of this log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Decision {
    /// The home that says so.
    #[n(0)]
    pub home: NodeId,
    /// The log.
    #[n(1)]
    pub log: LogId,
    /// The epoch that the value closes.
    #[n(2)]
    pub epoch: u64,
    /// The hash of the value.
    #[n(3)]
    pub value: Hash,
}

impl SignedBody for Decision {
    const CONTEXT: &'static str = "xchat v1 decision";
}

/// The decision certificate: what a majority of the homes says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DecisionCertificate {
    /// One signed decision for each home that took part.
    #[n(0)]
    pub decisions: Bounded<Signed<Decision>, HOMES_MAX>,
}

/// Why a certificate does not certify.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecisionError {
    /// Fewer than a majority of the homes have signed this value.
    #[error("{found} of the log's homes have decided this commit, {needed} are needed")]
    NoMajority {
        /// Homes that signed this value.
        found: usize,
        /// Homes needed.
        needed: usize,
    },
    /// The log has no homes to decide.
    #[error("the log has no homes")]
    NoHomes,
}

/// Checks that a majority of `homes` decided that the value with `hash` closes `epoch` of `log`.
///
/// # Errors
/// [`DecisionError`] when they did not. A home counts once, and only with a valid signature over exactly this.
pub fn verify_decision(
    certificate: &DecisionCertificate,
    homes: &[NodeId],
    log: &LogId,
    epoch: u64,
    hash: &Hash,
) -> Result<(), DecisionError> {
    if homes.is_empty() {
        return Err(DecisionError::NoHomes);
    }
    let needed = homes.len() / 2 + 1;
    let expected = |home: &NodeId| Decision {
        home: *home,
        log: *log,
        epoch,
        value: *hash,
    };
    let found = homes
        .iter()
        .filter(|home| {
            let decisions = certificate.decisions.as_slice();
            decisions
                .iter()
                .any(|signed| signed.verify(&PublicKey(home.0)) == Ok(expected(home)))
        })
        .count();
    if found < needed {
        return Err(DecisionError::NoMajority { found, needed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    fn decide(seed: u8, log: LogId, epoch: u64, value: Hash) -> Signed<Decision> {
        let key = SigningKey::from_seed(&[seed; 32]);
        Signed::new(
            &Decision {
                home: NodeId(key.public().0),
                log,
                epoch,
                value,
            },
            &key,
        )
        .unwrap()
    }

    fn home(seed: u8) -> NodeId {
        NodeId(SigningKey::from_seed(&[seed; 32]).public().0)
    }

    #[test]
    fn dec_01_a_majority_of_the_homes_certifies() {
        let (log, value) = (LogId([8; 32]), Hash([9; 32]));
        let homes = [home(1), home(2), home(3)];
        let decisions = vec![decide(1, log, 4, value), decide(3, log, 4, value)];
        let certificate = DecisionCertificate {
            decisions: Bounded::new(decisions).unwrap(),
        };
        assert_eq!(verify_decision(&certificate, &homes, &log, 4, &value), Ok(()));
        assert!(
            verify_decision(&certificate, &homes, &log, 5, &value).is_err(),
            "another epoch"
        );
        assert!(
            verify_decision(&certificate, &homes, &log, 4, &Hash([1; 32])).is_err(),
            "another value"
        );
        assert!(
            verify_decision(&certificate, &homes, &LogId([1; 32]), 4, &value).is_err(),
            "another log"
        );
        assert_eq!(
            verify_decision(&certificate, &[], &log, 4, &value),
            Err(DecisionError::NoHomes)
        );
    }

    #[test]
    fn dec_02_a_home_counts_once_and_a_stranger_never() {
        let (log, value) = (LogId([8; 32]), Hash([9; 32]));
        let homes = [home(1), home(2), home(3)];
        let decisions = vec![
            decide(1, log, 4, value),
            decide(1, log, 4, value),
            decide(7, log, 4, value),
        ];
        let certificate = DecisionCertificate {
            decisions: Bounded::new(decisions).unwrap(),
        };
        let verdict = verify_decision(&certificate, &homes, &log, 4, &value);
        assert_eq!(verdict, Err(DecisionError::NoMajority { found: 1, needed: 2 }));
    }
}
