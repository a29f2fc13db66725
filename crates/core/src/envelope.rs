//! Envelopes: what a node sees of a message, and the keys of an epoch that make them.
//!
//! Every stored envelope wears an outer XChaCha20-Poly1305 under an exporter key of its epoch (RFC 9420, section 8.5),
//! so that MLS headers (group id, epoch, content type, sender data) don't show, and is padded to a bucket.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use openmls::prelude::{MlsGroup, StagedCommit};
use openmls_rust_crypto::RustCrypto;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::{ENVELOPE_BYTES_MAX, PADDING_BUCKETS};
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;
const LENGTH_BYTES: usize = 4;
const LABEL_OUTER: &str = "xchat v1 outer";
const LABEL_EPHEMERAL: &str = "xchat v1 ephemeral";
const LABEL_CAPABILITY: &str = "xchat v1 capability";

/// What an epoch's exporter yields for use outside MLS.
#[derive(Clone)]
pub struct EpochKeys {
    /// The epoch.
    pub epoch: u64,
    /// The capability key of the epoch's segment.
    pub capability: SigningKey,
    outer: Zeroizing<Vec<u8>>,
    ephemeral: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for EpochKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EpochKeys({})", self.epoch)
    }
}

/// By which a device knows its own envelopes again, also one whose database is an old copy.
#[derive(Clone)]
pub struct EnvelopeTag(Zeroizing<[u8; 32]>);

impl EnvelopeTag {
    /// The tag of a device.
    pub fn of_device(key: &SigningKey) -> Self {
        let seed = key.seed();
        Self(Zeroizing::new(
            Hash::of("xchat v1 envelope tag key", &[seed.as_slice()]).0,
        ))
    }

    /// A keyed hash: only who has the device's key can make it or check it.
    fn nonce(&self, log: &LogId, epoch: u64, message: &[u8]) -> [u8; NONCE_BYTES] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher
            .update(log.as_bytes())
            .update(&epoch.to_be_bytes())
            .update(message);
        let mut nonce = [0; NONCE_BYTES];
        hasher.finalize_xof().fill(&mut nonce);
        nonce
    }
}

impl std::fmt::Debug for EnvelopeTag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnvelopeTag(..)")
    }
}

/// The group has no exporter any more: this device was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this device is no longer a member")]
pub struct NotAMember;

/// Why an envelope does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// Not sealed under this epoch's key for this log.
    #[error("the envelope does not open under this epoch's key")]
    NotOurs,
    /// Opens, but its padding or length is wrong.
    #[error("the envelope's padding is malformed")]
    BadPadding,
    /// Too large to be stored.
    #[error("the envelope would be larger than {ENVELOPE_BYTES_MAX} bytes")]
    TooLarge,
}

impl EpochKeys {
    /// The keys of the group's present epoch.
    ///
    /// # Errors
    /// [`NotAMember`] when the group is inactive.
    pub fn of_group(group: &MlsGroup, crypto: &RustCrypto) -> Result<Self, NotAMember> {
        Self::derive(group.epoch().as_u64(), |label| {
            group.export_secret(crypto, label, &[], 32).ok()
        })
    }

    /// The keys of the epoch that a staged commit leads into, for checking it before it is merged.
    ///
    /// # Errors
    /// [`NotAMember`] when the commit removes this device.
    pub fn of_staged(staged: &StagedCommit, crypto: &RustCrypto) -> Result<Self, NotAMember> {
        Self::derive(staged.epoch().as_u64(), |label| {
            staged.export_secret(crypto, label, &[], 32).ok()
        })
    }

    fn derive(epoch: u64, export: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Self, NotAMember> {
        let secret = |label| export(label).map(Zeroizing::new).ok_or(NotAMember);
        let seed = secret(LABEL_CAPABILITY)?;
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(seed.as_slice().try_into().map_err(|_| NotAMember)?);
        Ok(Self {
            epoch,
            capability: SigningKey::from_seed(&seed),
            outer: secret(LABEL_OUTER)?,
            ephemeral: secret(LABEL_EPHEMERAL)?,
        })
    }

    /// Seals an MLS message for the log. The nonce is the device's own tag over it: unique for each message, and a
    /// sign by which the device, and nobody else, knows its envelopes again.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] when no log takes it.
    pub fn seal(&self, log: &LogId, message: &[u8], tag: &EnvelopeTag) -> Result<Vec<u8>, EnvelopeError> {
        let nonce = tag.nonce(log, self.epoch, message);
        let envelope = seal(&self.outer, log, self.epoch, &pad(message), nonce)?;
        if envelope.len() > ENVELOPE_BYTES_MAX {
            return Err(EnvelopeError::TooLarge);
        }
        Ok(envelope)
    }

    /// Whether the device with this tag has sealed `envelope`, which holds `message`.
    pub fn is_own(&self, log: &LogId, envelope: &[u8], message: &[u8], tag: &EnvelopeTag) -> bool {
        let nonce = envelope.first_chunk::<NONCE_BYTES>();
        nonce.is_some_and(|nonce| nonce.ct_eq(&tag.nonce(log, self.epoch, message)).into())
    }

    /// Opens an envelope of the log.
    ///
    /// # Errors
    /// [`EnvelopeError`] when it was not sealed under this epoch.
    pub fn open(&self, log: &LogId, envelope: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        unpad(open(&self.outer, log, self.epoch, envelope)?)
    }

    /// Seals an ephemeral envelope: no MLS generation is used up.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] never in practice: ephemerals are small.
    pub fn seal_ephemeral(
        &self,
        log: &LogId,
        message: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, EnvelopeError> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        seal(&self.ephemeral, log, self.epoch, &pad(message), nonce)
    }

    /// Opens an ephemeral envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`] when it was not sealed under this epoch.
    pub fn open_ephemeral(&self, log: &LogId, envelope: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        unpad(open(&self.ephemeral, log, self.epoch, envelope)?)
    }
}

fn associated_data(log: &LogId, epoch: u64) -> Vec<u8> {
    [log.as_bytes().as_slice(), &epoch.to_be_bytes()].concat()
}

fn seal(
    key: &[u8],
    log: &LogId,
    epoch: u64,
    plaintext: &[u8],
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, EnvelopeError> {
    let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| EnvelopeError::NotOurs)?;
    let aad = associated_data(log, epoch);
    let sealed = cipher
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plaintext,
                aad: &aad,
            },
        )
        .map_err(|_| EnvelopeError::TooLarge)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &[u8], log: &LogId, epoch: u64, envelope: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    let (nonce, sealed) = envelope
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(EnvelopeError::NotOurs)?;
    let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| EnvelopeError::NotOurs)?;
    let aad = associated_data(log, epoch);
    cipher
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: &aad,
            },
        )
        .map_err(|_| EnvelopeError::NotOurs)
}

/// The padded length of a plaintext, in bytes.
pub(crate) fn bucket(length: usize) -> usize {
    let last = PADDING_BUCKETS.last().copied().unwrap_or(1);
    let fits = PADDING_BUCKETS.iter().copied().find(|bucket| *bucket >= length);
    fits.unwrap_or_else(|| length.div_ceil(last).saturating_mul(last))
}

/// Pads to a bucket: length, message, zeros.
pub(crate) fn pad(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut padded = length.to_be_bytes().to_vec();
    padded.extend_from_slice(message);
    padded.resize(bucket(padded.len()), 0);
    padded
}

/// Takes the padding off.
///
/// # Errors
/// [`EnvelopeError::BadPadding`] when it is not what [`EpochKeys::seal`] puts on.
pub fn unpad(mut padded: Vec<u8>) -> Result<Vec<u8>, EnvelopeError> {
    let length = padded
        .first_chunk::<LENGTH_BYTES>()
        .ok_or(EnvelopeError::BadPadding)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| EnvelopeError::BadPadding)?;
    if length.saturating_add(LENGTH_BYTES) > padded.len() {
        return Err(EnvelopeError::BadPadding);
    }
    padded.drain(..LENGTH_BYTES);
    if padded.iter().skip(length).any(|byte| *byte != 0) {
        return Err(EnvelopeError::BadPadding);
    }
    padded.truncate(length);
    Ok(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(epoch: u64) -> EpochKeys {
        EpochKeys::derive(epoch, |label| {
            Some(blake3::hash(label.as_bytes()).as_bytes().to_vec())
        })
        .unwrap()
    }

    #[test]
    fn env_01_sizes_fall_into_buckets() {
        let log = LogId([1; 32]);
        let length = |n: usize| keys(1).seal(&log, &vec![1; n], &tag(1)).unwrap().len();
        assert_eq!(length(1), length(500));
        assert_ne!(length(1), length(600));
        assert_eq!(bucket(131_073), 262_144);
    }

    #[test]
    fn env_02_an_envelope_is_bound_to_its_log_and_epoch() {
        let (log, other) = (LogId([1; 32]), LogId([2; 32]));
        let envelope = keys(1).seal(&log, b"hello", &tag(1)).unwrap();
        assert_eq!(keys(1).open(&log, &envelope).unwrap(), b"hello");
        assert_eq!(keys(1).open(&other, &envelope), Err(EnvelopeError::NotOurs));
        assert_eq!(keys(2).open(&log, &envelope), Err(EnvelopeError::NotOurs));
        assert_eq!(
            keys(1).open_ephemeral(&log, &envelope),
            Err(EnvelopeError::NotOurs)
        );
        assert_eq!(keys(1).open(&log, &envelope[..20]), Err(EnvelopeError::NotOurs));
    }

    fn tag(seed: u8) -> EnvelopeTag {
        EnvelopeTag::of_device(&SigningKey::from_seed(&[seed; 32]))
    }

    #[test]
    fn env_04_a_device_knows_its_own_envelopes_and_nobody_can_forge_one() {
        let log = LogId([1; 32]);
        let own = keys(1).seal(&log, b"hello", &tag(1)).unwrap();
        assert!(keys(1).is_own(&log, &own, b"hello", &tag(1)));
        assert!(
            !keys(1).is_own(&log, &own, b"hullo", &tag(1)),
            "another message in its place"
        );
        // Another member wraps the same message anew: it has the outer key, and not the tag.
        let wrapped = keys(1).seal(&log, b"hello", &tag(2)).unwrap();
        assert!(!keys(1).is_own(&log, &wrapped, b"hello", &tag(1)));
        assert_eq!(keys(1).open(&log, &wrapped).unwrap(), b"hello");
    }

    #[test]
    fn env_03_padding_hides_nothing() {
        let mut padded = pad(b"hello");
        assert_eq!(unpad(padded.clone()).unwrap(), b"hello");
        *padded.last_mut().unwrap() = 1;
        assert_eq!(unpad(padded), Err(EnvelopeError::BadPadding));
        assert_eq!(unpad(vec![0xff; 8]), Err(EnvelopeError::BadPadding));
        assert_eq!(unpad(vec![0]), Err(EnvelopeError::BadPadding));
    }
}
