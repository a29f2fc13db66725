//! Finality certificates: the validators' signatures over a header's digest, as the consensus engine writes them.
//!
//! The format is the engine's (simplex `Finalization` with its Ed25519 scheme), spelled out in
//! docs/spec/directory.md and held to vectors that the real engine produced. Clients check it here, without
//! the engine.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::codec::{Blob, DecodeError};
use crate::genesis::{Parameters, Validators, validators_hash};
use crate::header::Header;
use crate::ids::{Hash, NetworkId};
use crate::keys::{Signature, SigningKey};
use crate::limits::CERTIFICATE_BYTES_MAX;

/// What the engine signs under: this, then the network's id, then the hash of the validators.
const NAMESPACE: &[u8] = b"xchat v1 directory ";
/// What the engine appends for a vote to finalise. Votes to notarise and to nullify have other suffixes.
const FINALIZE: &[u8] = b"_FINALIZE";

/// A certificate, as the engine encodes it. Unverified until [`Certificate::verify`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Certificate(#[n(0)] Blob<CERTIFICATE_BYTES_MAX>);

/// Why a certificate proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// Not the bytes of a certificate.
    #[error("the certificate is malformed")]
    Malformed,
    /// It certifies something else.
    #[error("the certificate is for another header")]
    OtherHeader,
    /// It is by a set of another size than the network's validators.
    #[error("the certificate is by {found} validators, the network has {expected}")]
    OtherValidators {
        /// The size of the certificate's set.
        found: u64,
        /// The size of the network's.
        expected: usize,
    },
    /// A quorum has not signed.
    #[error("{found} validators have signed, {needed} are needed")]
    TooFewSigners {
        /// How many have signed.
        found: usize,
        /// The quorum.
        needed: usize,
    },
    /// A signature is not the named validator's over this header in this network.
    #[error("the signature of validator {0} is not valid")]
    BadSignature(usize),
}

/// How many of `validators` must sign: all but the f of n = 3f + 1 that may be faulty. Of nobody it is one, which
/// nobody reaches.
pub fn quorum(validators: usize) -> usize {
    validators.saturating_sub(validators.saturating_sub(1) / 3).max(1)
}

/// The namespace of the connections between validators of this network.
pub fn peer_namespace(network: &NetworkId) -> Vec<u8> {
    [NAMESPACE, network.as_bytes()].concat()
}

/// The namespace under which the engine votes while these validators decide.
///
/// A vote is bound to the whole set: among more validators fewer than a quorum may have voted for a block that was
/// never final, and their votes alone could be a quorum of a smaller set that some of them were in before.
pub fn vote_namespace(network: &NetworkId, validators: &Validators) -> Vec<u8> {
    let validators = validators_hash(validators);
    [NAMESPACE, network.as_bytes(), validators.as_bytes()].concat()
}

/// What a validator votes for: a payload at a place in the engine's views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// The epoch.
    pub epoch: u64,
    /// The view.
    pub view: u64,
    /// The view of the parent.
    pub parent: u64,
    /// The header's digest.
    pub payload: Hash,
}

impl Proposal {
    /// The proposal of a header in a chain in which no view was lost.
    pub fn of(header: &Header, parameters: &Parameters) -> Self {
        Self {
            epoch: parameters.epoch_of(header.height),
            view: header.height,
            parent: header.height.saturating_sub(1),
            payload: header.digest(),
        }
    }

    /// The vote of one of `validators` to finalise this.
    pub fn vote(&self, network: &NetworkId, validators: &Validators, key: &SigningKey) -> Signature {
        key.sign(&signed_message(network, validators, &self.bytes()))
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [self.epoch, self.view, self.parent] {
            push_varint(&mut bytes, number);
        }
        bytes.extend(self.payload.as_bytes());
        bytes
    }
}

impl Certificate {
    /// The certificate that the engine makes of these votes, each with the place of its signer among `validators` many.
    /// Neither the votes are checked nor how many they are.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`] when the places are not ascending, or not among the validators.
    pub fn from_votes(
        proposal: &Proposal,
        validators: usize,
        votes: &[(usize, Signature)],
    ) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed;
        let mut bitmap = vec![0_u8; validators.div_ceil(8)];
        for (signer, _) in votes {
            if *signer >= validators {
                return Err(malformed);
            }
            let byte = bitmap.get_mut(signer / 8).ok_or(malformed)?;
            *byte |= 1 << (signer % 8);
        }
        if !votes.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err(malformed);
        }
        let mut bytes = proposal.bytes();
        bytes.extend((validators as u64).to_be_bytes());
        bytes.extend(bitmap);
        push_varint(&mut bytes, votes.len() as u64);
        for (_, signature) in votes {
            bytes.extend(signature.0);
        }
        Self::new(bytes).map_err(|_| malformed)
    }

    /// A certificate of these bytes.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when there are more than any certificate has.
    pub fn new(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        Blob::new(bytes).map(Self)
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The epoch that it claims to be of.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`] when it can't be read.
    pub fn epoch(&self) -> Result<u64, CertificateError> {
        Reader(self.0.as_slice())
            .varint()
            .ok_or(CertificateError::Malformed)
    }

    /// The places of its signers in the set of `validators`, in ascending order.
    ///
    /// # Errors
    /// [`CertificateError`] when it can't be read, or is by a set of another size.
    pub fn signers(&self, validators: usize) -> Result<Vec<usize>, CertificateError> {
        let parts = Parts::read(self.0.as_slice(), validators)?;
        Ok(parts.signatures.into_iter().map(|(signer, _)| signer).collect())
    }

    /// Checks that a quorum of `validators` has finalised the header with this digest in this network.
    ///
    /// # Errors
    /// [`CertificateError`] with the first thing that is wrong.
    pub fn verify(
        &self,
        network: &NetworkId,
        validators: &Validators,
        digest: &Hash,
    ) -> Result<(), CertificateError> {
        let keys = validators.as_slice();
        let parts = Parts::read(self.0.as_slice(), keys.len())?;
        if parts.payload != digest.as_bytes() {
            return Err(CertificateError::OtherHeader);
        }
        let needed = quorum(keys.len());
        if parts.signatures.len() < needed {
            return Err(CertificateError::TooFewSigners {
                found: parts.signatures.len(),
                needed,
            });
        }
        let message = signed_message(network, validators, parts.proposal);
        for (signer, signature) in parts.signatures {
            let key = keys.get(signer).ok_or(CertificateError::Malformed)?;
            if !key.verifies(&message, &signature) {
                return Err(CertificateError::BadSignature(signer));
            }
        }
        Ok(())
    }
}

/// What a validator signs: the length of the namespace, the namespace, the proposal.
fn signed_message(network: &NetworkId, validators: &Validators, proposal: &[u8]) -> Vec<u8> {
    let namespace = [vote_namespace(network, validators).as_slice(), FINALIZE].concat();
    // A varint, of one byte since the namespace has fewer than 128.
    let length = u8::try_from(namespace.len()).unwrap_or(u8::MAX);
    [&[length], namespace.as_slice(), proposal].concat()
}

struct Parts<'a> {
    /// Epoch, view, parent view and payload, as signed.
    proposal: &'a [u8],
    payload: &'a [u8],
    /// Ascending, each validator at most once.
    signatures: Vec<(usize, Signature)>,
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8], validators: usize) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed;
        let mut reader = Reader(bytes);
        for _ in ["epoch", "view", "parent view"] {
            reader.varint().ok_or(malformed)?;
        }
        let payload = reader.take(32).ok_or(malformed)?;
        let proposal_length = bytes.len().saturating_sub(reader.0.len());
        let proposal = bytes.get(..proposal_length).ok_or(malformed)?;

        let count: [u8; 8] = reader.take(8).and_then(|b| b.try_into().ok()).ok_or(malformed)?;
        let count = u64::from_be_bytes(count);
        if count != validators as u64 {
            return Err(CertificateError::OtherValidators {
                found: count,
                expected: validators,
            });
        }
        let bitmap = reader.take(validators.div_ceil(8)).ok_or(malformed)?;
        let bits = bitmap
            .iter()
            .flat_map(|byte| (0..8_u32).map(move |bit| byte >> bit & 1 == 1));
        let signers: Vec<usize> = bits
            .enumerate()
            .filter_map(|(at, set)| set.then_some(at))
            .collect();
        if signers.iter().any(|signer| *signer >= validators) {
            return Err(malformed);
        }

        if reader.varint() != Some(signers.len() as u64) {
            return Err(malformed);
        }
        let mut signatures = Vec::with_capacity(signers.len());
        for signer in signers {
            let signature: [u8; 64] = reader.take(64).and_then(|b| b.try_into().ok()).ok_or(malformed)?;
            signatures.push((signer, Signature(signature)));
        }
        if !reader.0.is_empty() {
            return Err(malformed);
        }
        Ok(Self {
            proposal,
            payload,
            signatures,
        })
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    /// A little-endian base-128 integer of at most 64 bits, in the one way to write it.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                return None;
            }
            value |= shifted;
            if byte & 0x80 == 0 {
                let is_shortest = *byte != 0 || shift == 0;
                return is_shortest.then_some(value);
            }
        }
        None
    }
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}
